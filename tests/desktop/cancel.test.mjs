// A larger backup that is stopped in the middle, by its button or because the app ended, loses nothing: the next run
// goes on and completes, and what comes back is what was there. One that is paused stands still, says so, and goes on.
import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { assertSameTree, backUp, chooseThisComputer, id, keysIn, look, newHome, openApp, pythonHelper, resultOf, scenario, waitUntil, writeTree } from "./scenario.mjs";

const MANY_FILES = 1200;
const MANY = Object.fromEntries(Array.from({ length: MANY_FILES }, (_, n) => [`Album ${n % 30}/IMG_${n}.jpg`, 40_000 + n]));
const confirmed = async (window) => Number((await window.text(`${id("files-done")} b`)).split(" ")[0].replaceAll(",", ""));

/** A first backup of many files in the middle, in a new window. */
async function underWay(t) {
  const home = newHome(t);
  const photos = writeTree(join(home, "Pictures"), MANY);
  const window = await openApp(t, home);
  await chooseThisComputer(window);
  await look(window, photos);
  await window.click(id("run-backup"));
  await waitUntil("confirmed files", async () => (await confirmed(window)) > 20);
  return { home, photos, window };
}

scenario("a backup that is cancelled goes on with the next run", async (t) => {
  const { home, photos, window } = await underWay(t);
  await window.click(id("cancel"));
  assert.equal(await resultOf(window), "cancelled");
  const safe = Number((await window.text(id("result-facts"))).match(/Copied\s*([\d,]+) file/)[1].replaceAll(",", ""));
  assert.ok(safe > 0 && safe < MANY_FILES, `${safe} files are confirmed after a stop in the middle`);
  assert.ok((await keysIn(window, "Pictures/")).length >= safe, "a confirmed file is not in the bucket");
  assert.deepEqual((await window.invoke("list_unfinished_uploads", { profile: null })).uploads, []);

  await window.click(id("look-again"));
  const left = await window.waitForText(id("plan-sentence"), /copies [\d,]+ files? up/);
  assert.equal(Number(left.match(/copies ([\d,]+)/)[1].replaceAll(",", "")), MANY_FILES - safe, "what was confirmed is not sent again");
  assert.equal(await backUp(window), "complete");
  assert.equal((await keysIn(window, "Pictures/")).length, MANY_FILES);
  const back = join(home, "back");
  const restored = await window.invoke("restore_folder_from_s3", { s3Prefix: "Pictures", localFolder: back, options: {}, operationId: null });
  assert.equal(restored.state, "complete");
  assertSameTree(photos, back);
});

scenario("a backup that is paused stands still, says so in the window and the tray, and goes on", async (t) => {
  const ask = await pythonHelper(t, "tray_host.py");
  const { window } = await underWay(t);
  await window.click(id("pause"));
  await window.waitForText(id("pause"), /^Go on$/);
  await waitUntil("the pause in the tray", async () => (await ask("menu")).some((label) => /^\(Pictures, paused at \d+%\)$/.test(label)));
  await wait(1500); // what was under way when it was paused is confirmed
  const before = await confirmed(window);
  await wait(3000);
  assert.equal(await confirmed(window), before, "files are confirmed while it is paused");
  assert.ok(before < MANY_FILES, "it was not paused in the middle");
  assert.match(await window.text(id("progress")), /Paused/);
  await window.click(id("pause"));
  assert.equal(await resultOf(window), "complete");
  assert.equal((await keysIn(window, "Pictures/")).length, MANY_FILES);
});

scenario("a window that ends during a run loses nothing", async (t) => {
  const { home, photos, window } = await underWay(t);
  await window.end();

  const again = await openApp(t, home);
  await again.click(id("folder-Pictures"));
  await again.waitForText(id("plan-sentence"), /copies [\d,]+ files? up/); // a quarter of a second of confirmed work may not be written down
  assert.equal(await backUp(again), "complete");
  assert.equal((await keysIn(again, "Pictures/")).length, MANY_FILES);
  assert.deepEqual((await again.invoke("list_unfinished_uploads", { profile: null })).uploads, []);
});
