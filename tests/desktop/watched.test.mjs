// A watched folder needs nobody: a new file, a changed one and a renamed one are in the bucket a moment after they hold
// still, and the overview says that everything is backed up.
import assert from "node:assert/strict";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chooseThisComputer, id, keysIn, newHome, openApp, scenario, waitUntil, writeTree } from "./scenario.mjs";

const ROUND_MS = 60_000;

scenario("a watched folder sends a new file by itself, and the overview says so", async (t) => {
  const home = newHome(t);
  const documents = writeTree(join(home, "Documents"), { "Letter.docx": "Dear", "House/Plan.pdf": 30_000 });
  const window = await openApp(t, home);
  await chooseThisComputer(window);
  await window.type(id("folder-path"), documents);
  await window.click(id("choose-when"));
  await window.click(id("when-change"));
  await window.click(id("preview"));
  assert.match(await window.waitForText(id("held"), /Nothing is copied/), /by itself/);
  assert.deepEqual(await keysIn(window, "Documents/"), []);
  await window.click(id("run-backup"));
  const inBucket = (...keys) => waitUntil(`${keys} in the bucket`, async () => (await keysIn(window, "Documents/")).sort().join() === keys.sort().join(), ROUND_MS);
  await inBucket("Documents/Letter.docx", "Documents/House/Plan.pdf");

  await window.click(id("nav-overview"));
  await window.find(`${id("overview-set")}[data-state="ok"]`, ROUND_MS);
  writeFileSync(join(documents, "House", "Offer.pdf"), Buffer.alloc(3_000_000, 7));
  await inBucket("Documents/Letter.docx", "Documents/House/Plan.pdf", "Documents/House/Offer.pdf");
  await window.waitForText(id("overview-set"), /\b3 MB/, ROUND_MS);
  await window.waitForText(id("headline"), "Everything is backed up");
  assert.equal(await window.attribute(id("overview-set"), "data-state"), "ok");

  renameSync(join(documents, "Letter.docx"), join(documents, "Letter to the landlord.docx"));
  await inBucket("Documents/Letter.docx", "Documents/Letter to the landlord.docx", "Documents/House/Plan.pdf", "Documents/House/Offer.pdf");
  await window.click(id("nav-activity"));
  await waitUntil("the rounds in the log", async () => (await window.count(`${id("log-row")}[data-state="complete"]`)) >= 3);
  const { runs } = await window.invoke("list_runs", { filter: { set_id: null, kind: null, result: "all", before: null, limit: 10 } });
  assert.deepEqual(runs.slice(0, 2).map((run) => run.trigger), ["watch", "watch"], "nobody asked for these runs");
});
