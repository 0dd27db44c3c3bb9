// A run that would remove what a person did not mean to delete stops before it: nothing is removed until they say so.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { backUp, chooseThisComputer, id, keysIn, look, newHome, openApp, resultOf, scenario, waitUntil, writeTree } from "./scenario.mjs";

const FILES = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`Invoices/${n}.pdf`, 1000 + n]));

scenario("an emptied folder removes nothing from the bucket until a person confirms the number", async (t) => {
  const home = newHome(t);
  const documents = writeTree(join(home, "Documents"), FILES);
  const window = await openApp(t, home);
  await chooseThisComputer(window);
  await window.click(id("delete-remote"));
  await look(window, documents);
  assert.equal(await backUp(window), "complete");
  rmSync(join(documents, "Invoices"), { recursive: true });

  await window.click(id("look-again"));
  await window.waitForText(id("brake"), "This run would remove 30 files");
  assert.equal(await window.count(id("run-backup")), 0, "a braked plan cannot be run as it is");
  assert.equal(await window.attribute(id("brake-remove"), "disabled"), null);
  const options = { dry_run: false, delete_remote: true, exclude_patterns: [], include_hidden: false, confirm_removal_of: null };
  const refused = await window.invoke("sync_folder_to_s3", { localFolder: documents, s3Prefix: "Documents", options, operationId: null }).catch((error) => error.thrown);
  assert.equal(refused.code, "brake_empty", "not even a direct call removes anything");
  assert.equal((await keysIn(window)).length, 30);

  await window.click(id("brake-keep"));
  await window.waitForText(id("plan-sentence"), /copies nothing|holds no files/);
  assert.equal((await keysIn(window)).length, 30);

  await window.click(id("tab-rules"));
  await waitUntil("the rule that was given up", async () => (await window.isChecked(id("delete-remote"))) === false);
  await window.click(id("delete-remote"));
  await window.click(id("save-set"));
  await window.click(id("tab-next"));
  await window.waitForText(id("brake-remove"), "Remove 30 files");
  await window.click(id("brake-remove"));
  assert.equal(await resultOf(window), "complete");
  assert.match(await window.text(id("result-facts")), /Copies removed\s*30 files/);
  assert.deepEqual(await keysIn(window), []);
});
