// A run that could not do one file says so: it is in part, names the file, why, and what helps, and the others are safe.
import assert from "node:assert/strict";
import { join } from "node:path";
import { askForPlan, backUp, chooseThisComputer, id, keysIn, look, newHome, openApp, scenario, writeTree } from "./scenario.mjs";

scenario("a file whose name is too long for the bucket is named with its reason, and the run is in part", async (t) => {
  const home = newHome(t);
  const deep = Array.from({ length: 4 }, (_, n) => `${n}-${"folder-with-a-long-name-".repeat(10)}`.slice(0, 240)).join("/");
  const tooLong = `${deep}/${"n".repeat(200)}.txt`;
  const documents = writeTree(join(home, "Documents"), { "Letter.docx": "Dear", "Ledger.ods": "1 2 3", [tooLong]: "far down" });
  const window = await openApp(t, home);
  await chooseThisComputer(window);
  await look(window, documents);
  await window.waitForText(id("plan-problems"), /1 file cannot be backed up/);
  assert.equal(await backUp(window), "partial");
  assert.equal(await window.text(id("result-problem") + " h2"), "2 files were copied. 1 could not be.");
  const row = await window.text(id("failure"));
  assert.match(await window.attribute(`${id("failure")} [title]`, "title"), /^0-folder-with-a-long-name/, "the row names the file, the whole of it in its tooltip");
  assert.match(row, /1,024 is the most/, "the row says why");
  assert.match(row, /shorten its name/, "the row says what helps");
  assert.deepEqual((await keysIn(window)).sort(), ["Documents/Ledger.ods", "Documents/Letter.docx"]);

  await window.click(id("nav-activity"));
  assert.equal(await window.attribute(id("log-row"), "data-state"), "partial");
  await window.waitForText(id("log-row"), /In part, 1 not copied/);
});

scenario("a folder that is not there is refused with a reason before anything happens", async (t) => {
  const home = newHome(t);
  const window = await openApp(t, home);
  await chooseThisComputer(window);
  await window.type(id("folder-path"), join(home, "Nowhere"));
  await askForPlan(window);
  await window.waitForText(id("folder-path-error"), /Nowhere does not exist[\s\S]*connect it first/);
  await window.type(id("folder-path"), join(home, ".config", "user-dirs.dirs"));
  await askForPlan(window);
  await window.waitForText(id("folder-path-error"), /a file, not a folder/);
  assert.deepEqual(await keysIn(window), []);
});
