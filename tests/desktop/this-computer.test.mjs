// Someone without an account chooses this computer, backs up a real folder, is told that a second run has nothing
// to do, restores it into another folder, and every byte, time and mode is the same.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { FAMILY, askForPlan, assertSameTree, backUp, chooseThisComputer, id, look, newHome, openApp, restore, scenario, treeOf, writeTree } from "./scenario.mjs";

scenario("a folder goes to this computer and comes back byte for byte", async (t) => {
  const home = newHome(t);
  const documents = writeTree(join(home, "Documents"), FAMILY);
  const window = await openApp(t, home);

  await chooseThisComputer(window);
  await window.click(id("suggested-Documents"));
  assert.equal(await window.value(id("folder-path")), documents);
  const sentence = await look(window, documents);
  assert.match(sentence, /copies 8 files up/);
  assert.equal(await backUp(window), "complete");
  assert.equal(await window.text(id("result-title")), "Documents is backed up");
  assert.match(await window.text(id("result-facts")), /8 files[\s\S]*42\.9 MB/);

  await window.click(id("look-again"));
  await window.waitForText(id("plan-sentence"), /Everything is already backed up/);
  assert.equal(await window.attribute(id("run-backup"), "disabled"), "true", "there is nothing to run");

  const back = join(home, "Restored here");
  assert.equal(await restore(window, "Documents", back), "complete");
  assert.match(await window.text(id("result-title")), /^8 files are back in /);
  assert.ok(await window.isShown(id("show-in-folder")));
  assertSameTree(documents, back);
});

scenario("the folder that the app was started with is the first one it asks about", async (t) => {
  const home = newHome(t);
  const letters = writeTree(join(home, "Letters"), { "one.txt": "1", "two.txt": "22" });
  const window = await openApp(t, home, { args: [letters] });
  await chooseThisComputer(window);
  assert.equal(await window.value(id("folder-path")), letters);
  await askForPlan(window);
  await window.waitForText(id("plan-sentence"), /copies 2 files up/);
  assert.equal(await backUp(window), "complete");
  await window.end();

  const again = await openApp(t, home);
  await again.click(id("nav-backup"));
  await again.click(id("folder-Letters"));
  await again.waitForText(id("plan-sentence"), /Everything is already backed up/);
});

scenario("a file that is different here is asked about, and keeping both keeps both", async (t) => {
  const home = newHome(t);
  const documents = writeTree(join(home, "Documents"), { "Budget.xlsx": "old figures", "Letter.docx": "Dear" });
  const window = await openApp(t, home);
  await chooseThisComputer(window);
  await look(window, documents);
  assert.equal(await backUp(window), "complete");
  writeTree(documents, { "Budget.xlsx": "new figures, longer" });
  await window.click(id("nav-restore"));
  await window.click(id("refresh"));
  await window.click(id("restore-check-Documents"));
  await window.waitForText(id("conflicts"), "1 file here is different");
  await window.waitForText(id("run-restore"), "Restore 1 file");
  await window.click(id("run-restore"));
  await window.find(`${id("result")}[data-state="complete"]`);
  const names = Object.keys(treeOf(documents));
  assert.equal(names.length, 3, `one more file beside the two: ${names}`);
  assert.ok(existsSync(join(documents, "Budget.xlsx")));
});
