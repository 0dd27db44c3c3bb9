// A keychain that is locked is told as that, with what to do; nothing is lost or asked for anew, and once it is unlocked
// the same set runs again.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { backUp, fillBucket, id, keysIn, look, newHome, openApp, pythonHelper, scenario, serveBucket, writeTree } from "./scenario.mjs";

const MS = 60_000;

scenario("a locked keychain is told clearly, nothing is lost, and after it is unlocked the set runs", async (t) => {
  const keyring = await pythonHelper(t, "keyring.py");
  const home = newHome(t);
  const documents = writeTree(join(home, "Documents"), { "Letter.docx": "Dear" });
  const bucket = await serveBucket(t, home);
  const window = await openApp(t, home);
  await fillBucket(window, bucket, bucket.secret_key);
  await window.click(id("continue"));
  await window.find(`${id("test-result")}[data-state="passed"]`);
  await window.click(id("continue"));
  await look(window, documents);
  assert.equal(await backUp(window), "complete");
  await window.end();
  const profiles = join(home, ".config", "holdfast", "profiles.json");
  const before = readFileSync(profiles, "utf8");

  assert.deepEqual(await keyring("lock"), { locked: true });
  const again = await openApp(t, home);
  writeTree(documents, { "Offer.pdf": 20_000 });
  await again.click(id("nav-overview"));
  await again.click(id("run-all"));
  await again.find(`${id("overview-set")}[data-state="bad"]`, MS);
  await again.waitForText(id("problem"), /keychain is locked/i);
  assert.match(await again.text(id("problem")), /unlock it/i);
  assert.equal(readFileSync(profiles, "utf8"), before, "the place is as it was");

  assert.deepEqual(await keyring("unlock holdfast"), { locked: false });
  await again.click(id("run-all"));
  await again.find(`${id("overview-set")}[data-state="ok"]`, MS);
  assert.deepEqual((await keysIn(again, "Documents/")).sort(), ["Documents/Letter.docx", "Documents/Offer.pdf"]);
});
