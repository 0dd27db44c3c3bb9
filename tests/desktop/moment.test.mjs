// A file that was written over comes back as it was on an earlier day: the day is chosen, the file is ticked, and what is
// written is byte for byte what was backed up that day. The earlier days are made with a clock that is told them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CLI, chooseThisComputer, id, newHome, openApp, resultOf, scenario, sha256, waitUntil, writeTree } from "./scenario.mjs";

const FAKETIME = "/usr/bin/faketime";
const LETTER = "House/Letter to the landlord.odt";

scenario("one file comes back as it was on an earlier day, byte for byte", async (t) => {
  assert.ok(existsSync(FAKETIME), "faketime is not installed");
  const home = newHome(t);
  const documents = writeTree(join(home, "Documents"), { [LETTER]: 70_001, "House/Plan.pdf": 20_000 });
  const first = readFileSync(join(documents, LETTER));
  const holdfast = (...args) => execFileSync(CLI, args, { env: { ...process.env, HOME: home }, encoding: "utf8" });
  const daysAgo = (days, ...args) => execFileSync(FAKETIME, ["-f", `-${days}d`, CLI, ...args], { env: { ...process.env, HOME: home }, encoding: "utf8" });
  const setUp = await openApp(t, home);
  await chooseThisComputer(setUp);
  await setUp.end();
  holdfast("place", "versioning", "default", "on");
  daysAgo(9, "set", "add", "Documents", documents, "Documents", "--no-drill");
  daysAgo(9, "set", "run", "Documents");
  writeTree(documents, { [LETTER]: "written over" });
  daysAgo(2, "set", "run", "Documents");

  const window = await openApp(t, home);
  await window.click(id("nav-restore"));
  await window.click(id("restore-open-Documents"));
  await window.click(id("restore-open-House"));
  await window.waitForText(id(`restore-row-${LETTER.split("/")[1]}`), /\b12 B/);
  const here = (name, state) => window.find(`${id(`here-${name}`)}[data-state="${state}"]`);
  await here(LETTER.split("/")[1], "same");
  const now = await window.text(id("as-of-day"));
  await window.click(id("earlier"));
  const later = await waitUntil("an earlier day", async () => { const day = await window.text(id("as-of-day")); return day !== now && day; });
  await waitUntil("the button", async () => (await window.attribute(id("earlier"), "disabled")) === null);
  await window.click(id("earlier"));
  await waitUntil("the first day", async () => ![now, later].includes(await window.text(id("as-of-day"))));
  await window.waitForText(id(`restore-row-${LETTER.split("/")[1]}`), /\b70(\.0)? KB/);
  await here(LETTER.split("/")[1], "newer"); // what is on this computer today
  await here("Plan.pdf", "same");

  await window.click(id(`restore-check-${LETTER.split("/")[1]}`));
  await window.waitForText(id("restore-total"), /^1 file/);
  const back = join(home, "As it was");
  await window.click(id("destination-new"));
  await window.type(id("restore-destination"), back);
  await window.waitForText(id("run-restore"), "Restore 1 file");
  await window.click(id("run-restore"));
  assert.equal(await resultOf(window), "complete");
  const restored = join(back, LETTER.split("/")[1]);
  assert.ok(readFileSync(restored).equals(first), "it is what was backed up that day");
  assert.notEqual(sha256(join(documents, LETTER)), sha256(restored), "the file of today stays as it is");
});
