// A selection out of a backed-up folder comes back: the ticked files and folders, byte for byte, and nothing else.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { FAMILY, backUp, chooseThisComputer, id, look, newHome, openApp, resultOf, scenario, treeOf, writeTree } from "./scenario.mjs";

scenario("what was ticked comes back, and nothing else", async (t) => {
  const home = newHome(t);
  const more = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`House/2026/Site visit/more ${n}.txt`, `note ${n}`]));
  const documents = writeTree(join(home, "Documents"), { ...FAMILY, ...more });
  const window = await openApp(t, home);
  await chooseThisComputer(window);
  await look(window, documents);
  assert.equal(await backUp(window), "complete");

  await window.click(id("nav-restore"));
  await window.click(id("refresh"));
  await window.click(id("restore-open-Documents"));
  await window.click(id("restore-check-Letter to Åsa.docx"));
  await window.click(id("restore-open-House"));
  await window.click(id("restore-open-2026"));
  await window.click(id("restore-check-Site visit"));
  await window.waitForText(id("restore-total"), /^43 files/);
  const back = join(home, "Chosen");
  await window.click(id("destination-new"));
  await window.type(id("restore-destination"), back);
  await window.waitForText(id("run-restore"), "Restore 43 files");
  assert.equal(existsSync(back), false, "nothing is written before the button is pressed");
  await window.click(id("run-restore"));
  assert.equal(await resultOf(window), "complete");
  assert.match(await window.text(id("result-title")), /^43 files are back in /);

  const all = treeOf(documents);
  const ticked = Object.entries(all).filter(([path]) => path === "Letter to Åsa.docx" || path.startsWith("House/2026/Site visit/"));
  assert.equal(ticked.length, 43);
  assert.deepEqual(treeOf(back), Object.fromEntries(ticked));
});
