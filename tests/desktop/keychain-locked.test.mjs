// A keychain that is locked is told as that, with what to do; nothing is lost or asked for anew, and once it is unlocked
// the same set runs again.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { backUp, fillBucket, id, keysIn, look, newHome, openApp, pythonHelper, scenario, serveBucket, waitUntil, writeTree } from "./scenario.mjs";

const MS = 60_000;
const question = () => spawnSync("xdotool", ["search", "--onlyvisible", "--name", "^Unlock .*Keyring$"], { encoding: "utf8" }).stdout.trim();

const ESCAPE = [["key", "Escape"]];
const PASSWORD = [["key", "ctrl+a"], ["type", "holdfast"], ["key", "Return"]];

/** The system asks for the password; it is answered with these keys, again as long as its window is not ready for them. */
async function answer(presses) {
  await waitUntil("the system's question", question);
  await waitUntil("the question to go", async () => {
    const [shown] = question().split("\n");
    if (!shown) return true;
    spawnSync("xdotool", ["windowfocus", shown]);
    await pause(500);
    for (const press of question() ? presses : []) spawnSync("xdotool", press);
    await pause(500);
    return question() === "";
  });
}

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
  await answer(ESCAPE);
  await again.find(`${id("overview-set")}[data-state="bad"]`, MS);
  await again.waitForText(id("problem"), /keychain is locked/i);
  assert.equal(readFileSync(profiles, "utf8"), before, "the place is as it was");

  await pause(5500); // who refused is not asked again at once
  await again.click(id("run-all"));
  await answer(PASSWORD);
  await again.find(`${id("overview-set")}[data-state="ok"]`, MS);
  assert.deepEqual((await keysIn(again, "Documents/")).sort(), ["Documents/Letter.docx", "Documents/Offer.pdf"]);
  assert.deepEqual(await keyring("state"), { locked: false });
});

scenario("a keychain that was unlocked elsewhere is used without a question", async (t) => {
  const keyring = await pythonHelper(t, "keyring.py");
  const home = newHome(t);
  const bucket = await serveBucket(t, home);
  const window = await openApp(t, home);
  await fillBucket(window, bucket, bucket.secret_key);
  assert.deepEqual(await keyring("lock"), { locked: true });
  await window.click(id("continue"));
  await answer(ESCAPE);
  assert.match(await window.waitForText(id("place-error"), /keychain is locked/i), /Nothing was saved/);
  assert.deepEqual(await keyring("unlock holdfast"), { locked: false });
  await window.click(id("continue"));
  await window.find(`${id("test-result")}[data-state="passed"]`);
  assert.equal(question(), "");
});
