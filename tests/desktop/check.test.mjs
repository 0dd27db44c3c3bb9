// The copies of a folder are checked from the window: by the list, by reading them back, and stopped in the middle. Copies
// that somebody removed or replaced in the bucket are named with why and what helps, and the next backup mends them.
import assert from "node:assert/strict";
import { join } from "node:path";
import { FAMILY, backUp, chooseThisComputer, id, keysIn, look, newHome, openApp, resultOf, scenario, treeOf, waitUntil, writeTree } from "./scenario.mjs";

/** From the plan: opens the check, chooses how closely to look, and waits for what it found. */
async function check(window, depth) {
  await window.waitForText(id("plan-sentence"), /./);
  await window.click(id("more"));
  await window.click(id("check"));
  await window.click(id(`check-${depth}`));
  await window.click(id("check-start"));
  return resultOf(window);
}

scenario("a check proves the copies, names those that are lost, and the next backup mends them", async (t) => {
  const home = newHome(t);
  const documents = writeTree(join(home, "Documents"), FAMILY);
  const window = await openApp(t, home);
  await chooseThisComputer(window);
  await look(window, documents);
  await window.click(id("tab-kept"));
  assert.ok(await window.run(`return document.querySelector('${id("kept-check")}').disabled`), "there is nothing to check before the first run");
  await window.click(id("tab-next"));
  assert.equal(await backUp(window), "complete");
  const before = treeOf(documents);
  await window.click(id("look-again"));

  assert.equal(await check(window, "quick"), "complete");
  assert.equal(await window.text(id("result-title")), "All 8 copies are there");
  await window.click(id("check-back"));
  assert.equal(await check(window, "full"), "complete");
  assert.equal(await window.text(id("result-title")), "All 8 copies are what was backed up");
  assert.match(await window.text(id("result-facts")), /Read back\s*8 copies[\s\S]*42\.9 MB/);
  await window.click(id("check-back"));

  const other = join(writeTree(join(home, "Elsewhere"), { "other.ods": 190_000 }), "other.ods");
  await window.invoke("delete_file_from_s3", { s3Key: "Documents/House/2026/Renovation budget.xlsx" });
  await window.invoke("upload_file_to_s3", { localPath: other, s3Key: "Documents/Taxes/2025/Ledger.ods", metadata: null });
  assert.equal(await check(window, "full"), "partial");
  await window.waitForText(id("result-problem"), "2 of 8 copies are not what was backed up");
  for (const [path, said] of [["House/2026/Renovation budget.xlsx", /missing[\s\S]*run the backup again/], ["Taxes/2025/Ledger.ods", /not what was backed up/]]) {
    assert.match(await window.text(`${id("failure")}:has([title="${path}"])`), said);
  }
  assert.equal((await keysIn(window)).length, 7, "a check mends nothing by itself");

  await window.click(id("check-copy"));
  await window.waitForText(id("plan-sentence"), /copies 2 files up and leaves 6 alone/);
  assert.equal(await backUp(window), "complete");
  await window.click(id("look-again"));
  assert.equal(await check(window, "full"), "complete");
  assert.equal(await window.text(id("result-title")), "All 8 copies are what was backed up");
  assert.deepEqual(treeOf(documents), before, "the files here are as they were");
  await window.click(id("nav-activity"));
  await waitUntil("two backups and four checks in the run log", async () => (await window.count(id("log-row"))) === 6);
});

scenario("a check that is stopped says how far it was and can be begun again", async (t) => {
  const home = newHome(t);
  const many = Object.fromEntries(Array.from({ length: 1200 }, (_, n) => [`Album ${n % 30}/IMG_${n}.jpg`, 60_000 + n]));
  const photos = writeTree(join(home, "Pictures"), many);
  const window = await openApp(t, home);
  await chooseThisComputer(window);
  await look(window, photos);
  assert.equal(await backUp(window), "complete");
  await window.click(id("look-again"));
  await window.waitForText(id("plan-sentence"), /already backed up/);
  await window.click(id("tab-kept"));
  await window.click(id("kept-check"));
  await window.click(id("check-full"));
  await window.click(id("check-start"));
  await waitUntil("copies that were compared", async () => Number((await window.text(`${id("files-done")} b`)).split(" ")[0].replaceAll(",", "")) > 20);
  await window.click(id("cancel"));
  assert.equal(await resultOf(window), "cancelled");
  await window.waitForText(id("result-title"), "The check was stopped");
  await window.click(id("check-again"));
  await window.click(id("check-quick"));
  await window.click(id("check-start"));
  await window.waitForText(id("result-title"), "All 1,200 copies are there");
});
