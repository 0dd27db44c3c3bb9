// A server that is killed is told as that, in words, on the result, in the log and on the overview; nothing that was
// confirmed is lost, and when it is back the next run is complete and all is green again.
import assert from "node:assert/strict";
import { join } from "node:path";
import { assertSameTree, backUp, fillBucket, id, keysIn, look, newHome, openApp, restore, resultOf, scenario, steadyBucket, waitUntil, writeTree } from "./scenario.mjs";

const MS = 60_000;
const OFFERS = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`Offers/${n}.pdf`, 9000 + n])); // so many in a row end a run

scenario("a server that is gone is told in clear words, and all is green when it is back", async (t) => {
  const home = newHome(t);
  const documents = writeTree(join(home, "Documents"), { "Letter.docx": "Dear", "Ledger.ods": 50_000 });
  const bucket = await steadyBucket(t);
  const window = await openApp(t, home);
  await fillBucket(window, bucket, bucket.secret_key);
  await window.click(id("continue"));
  await window.find(`${id("test-result")}[data-state="passed"]`, MS);
  await window.click(id("continue"));
  await look(window, documents);
  assert.equal(await backUp(window), "complete");
  await window.click(id("nav-overview"));
  await window.find(`${id("overview-set")}[data-state="ok"]`);

  await bucket.kill();
  writeTree(documents, OFFERS);
  await window.click(id("run-all"));
  await window.find(`${id("overview-set")}[data-state="warn"]`, MS);
  await window.waitForText(id("headline"), /needs you|worth a look/i);
  const problem = await window.waitForText(id("problem"), /does not answer|nothing answers|cannot be reached/i);
  assert.match(problem, /127\.0\.0\.1/, "it is said who does not answer");
  await window.click(id("nav-activity"));
  await window.find(`${id("log-row")}[data-state="failed"]`);

  assert.equal(await bucket.start(), bucket.endpoint);
  await window.click(id("nav-overview"));
  await window.click(id("run-all"));
  await window.find(`${id("overview-set")}[data-state="ok"]`, MS);
  await window.waitForText(id("headline"), "Everything is backed up");
  assert.equal(await window.count(id("problem")), 0);
  assert.equal((await keysIn(window, "Documents/")).length, 22);
  const back = join(home, "back");
  assert.equal(await restore(window, "Documents", back), "complete");
  assertSameTree(documents, back);
});

scenario("a server that dies in the middle of a run loses nothing, and the next run goes on", async (t) => {
  const home = newHome(t);
  const files = Object.fromEntries(Array.from({ length: 1500 }, (_, n) => [`Album ${n % 20}/IMG_${n}.jpg`, 30_000 + n]));
  const photos = writeTree(join(home, "Pictures"), files);
  const bucket = await steadyBucket(t);
  const window = await openApp(t, home);
  await fillBucket(window, bucket, bucket.secret_key);
  await window.click(id("continue"));
  await window.find(`${id("test-result")}[data-state="passed"]`, MS);
  await window.click(id("continue"));
  await look(window, photos);
  await window.click(id("run-backup"));
  await waitUntil("confirmed files", async () => Number((await window.text(`${id("files-done")} b`)).split(" ")[0].replaceAll(",", "")) > 20);
  await bucket.kill();
  assert.match(await resultOf(window), /^(failed|partial)$/);
  assert.match(await window.text(id("result")), /answer|reach/i);

  await bucket.start();
  await window.waitForText(id("set-detail"), "No complete run yet");
  await window.click(id("try-again"));
  await window.waitForText(id("plan-sentence"), /leaves [\d,]+ alone/, MS);
  assert.equal(await backUp(window), "complete");
  assert.equal((await keysIn(window, "Pictures/")).length, 1500);
});
