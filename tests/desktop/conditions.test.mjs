// A set waits on battery, on a metered network and on a Wi-Fi that a person named; it says so where it is looked for, and
// goes on by itself when that is over. The limit of the timetable holds in its hours and in no others. The computer is
// played: its power is a folder laid over the system's in a mount namespace, its NetworkManager is on a bus of its own.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { APP, bareBus, chooseThisComputer, id, keysIn, newHome, openApp, pythonHelper, scenario, waitUntil, writeTree } from "./scenario.mjs";
import { KEYS } from "./webdriver.mjs";

const ROUND_MS = 90_000; // the system is asked every half a minute
const REST_MS = 6_000; // a watched file is sent after three seconds of rest
const SCENARIO_MS = 420_000;
const TO_SEND = 15_000_000;
const AT_THE_LIMIT_S = 13; // of 15 MB at 1 MB a second, less what the limiter lets through at once

/** A computer with a battery: `plug` and `unplug` it; `program` is the app with that power. */
function battery(t) {
  const dir = mkdtempSync(join(tmpdir(), "holdfast-power."));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const [supplies, program] = [join(dir, "power_supply"), join(dir, "holdfast-desktop")];
  const tell = (supply, facts) => {
    mkdirSync(join(supplies, supply), { recursive: true });
    for (const [name, value] of Object.entries(facts)) writeFileSync(join(supplies, supply, name), `${value}\n`);
  };
  const power = (plugged) => {
    tell("AC", { type: "Mains", online: plugged ? 1 : 0 });
    tell("BAT0", { type: "Battery", status: plugged ? "Charging" : "Discharging" });
  };
  power(true);
  const inside = 'mount --bind "$1" /sys/class/power_supply && shift && exec "$@"';
  writeFileSync(program, `#!/bin/sh\nexec unshare --map-current-user --keep-caps --mount sh -c '${inside}' sh '${supplies}' '${APP}' "$@"\n`);
  chmodSync(program, 0o755);
  return { program, plug: () => power(true), unplug: () => power(false) };
}

/** Documents are in the bucket and watched; the overview is open. */
async function watched(t, options) {
  const home = newHome(t);
  const documents = writeTree(join(home, "Documents"), { "Letter.docx": "Dear" });
  const window = await openApp(t, home, options);
  await chooseThisComputer(window);
  await window.type(id("folder-path"), documents);
  await window.click(id("choose-when"));
  await window.click(id("when-change"));
  await window.click(id("preview"));
  await window.click(id("run-backup"));
  const isThere = async (name) => (await keysIn(window, "Documents/")).includes(`Documents/${name}`);
  const arrives = (name) => waitUntil(`${name} in the bucket`, () => isThere(name), ROUND_MS);
  await arrives("Letter.docx");
  /** The set says why it waits, in the overview and in the list of the sets, and what is new stays here meanwhile. */
  const waits = async (why, name) => {
    writeFileSync(join(documents, name), `written while it waits: ${name}`);
    await window.click(id("nav-overview"));
    await window.waitForText(id("overview-set"), `Waits: ${why}`, ROUND_MS);
    await window.click(id("nav-backup"));
    await waitUntil("the same in the list", async () => (await window.run("return document.querySelector(arguments[0]).innerText", id("folder-Documents"))).includes(`Waits: ${why}`));
    await pause(REST_MS);
    assert.equal(await isThere(name), false, `${name} was sent although the set waits`);
  };
  /** It does so no more, and says nothing of it. */
  const goesOn = async (name) => {
    await arrives(name);
    await window.click(id("nav-overview"));
    await waitUntil("no word of waiting", async () => !/Waits/.test(await window.text(id("overview-set"))), ROUND_MS);
    await window.waitForText(id("headline"), "Everything is backed up", ROUND_MS);
  };
  return { documents, window, waits, goesOn };
}

async function settings(window, page) {
  await window.click(id("nav-settings"));
  await window.click(id(`settings-${page}`));
}

const saved = (window, what, is) => waitUntil(what, async () => is(await window.invoke("get_settings")));

scenario("on battery a set waits and says so, and plugged in it goes on by itself", async (t) => {
  const power = battery(t);
  const { window, waits, goesOn } = await watched(t, { program: power.program });
  await settings(window, "power");
  await window.click(id("on-battery"));
  await saved(window, "the battery in the settings", (kept) => kept.conditions.not_on_battery);
  power.unplug();
  await waits("on battery", "Offer.pdf");
  power.plug();
  await goesOn("Offer.pdf");
}, SCENARIO_MS);

scenario("on a metered network and on a Wi-Fi that was named a set waits and says so", async (t) => {
  const bus = await bareBus(t);
  const network = await pythonHelper(t, new URL("network_manager.py", import.meta.url));
  await network(`at ${bus}`);
  const { window, waits, goesOn } = await watched(t, { env: { DBUS_SYSTEM_BUS_ADDRESS: bus } });
  await settings(window, "power");
  await window.click('[role="switch"][aria-label="Not on a metered network"]');
  await window.type(id("wifi-names"), "Café Nero");
  await window.click(id("settings-look")); // leaving the field keeps what it holds
  await saved(window, "the network in the settings", ({ conditions }) => conditions.not_on_metered && conditions.not_on_wifi.join() === "Café Nero");

  await network("metered yes");
  await waits("on a metered network", "Offer.pdf");
  await network("metered no");
  await goesOn("Offer.pdf");
  await network("wifi Café Nero");
  await waits("on the Wi-Fi “Café Nero”", "Plan.pdf");
  await network("wifi Home");
  await goesOn("Plan.pdf");
}, SCENARIO_MS);

scenario("the limit of the timetable holds in its hours and in no others", async (t) => {
  const { documents, window } = await watched(t, {});
  const seen = new Set();
  /** Sends a file by itself and says how many seconds its run took. */
  const send = async (name) => {
    writeTree(documents, { [name]: TO_SEND });
    const run = await waitUntil(`the run of ${name}`, async () => {
      const { runs } = await window.invoke("list_runs", { filter: { set_id: null, kind: "backup", result: "all", before: null, limit: 20 } });
      return runs.find((one) => one.result === "complete" && one.bytes >= TO_SEND && !seen.has(one.id));
    }, ROUND_MS);
    seen.add(run.id);
    return (Date.parse(run.ended) - Date.parse(run.started)) / 1000;
  };
  const fill = async (label, text) => {
    const field = await window.run("return [...document.querySelectorAll('[data-testid=hours] label')].find((one) => one.textContent.trim() === arguments[0]).htmlFor", label);
    await window.type(`#${field}`, text);
    await window.press(`#${field}`, KEYS.tab);
  };
  const hour = new Date().getHours();
  const hourIn = (hours) => `${String((hour + hours + 24) % 24).padStart(2, "0")}:00`;
  const limited = async (from, to) => {
    await fill("From", hourIn(from));
    await fill("To", hourIn(to));
    await saved(window, "the hours in the settings", ({ bandwidth: { timetable } }) => timetable[0].from === hourIn(from) && timetable[0].to === hourIn(to));
  };
  const slow = () => window.count(".week i.slow");

  await settings(window, "speed");
  assert.equal(await slow(), 0);
  await window.click(id("add-hours"));
  for (const day of ["Saturday", "Sunday"]) await window.click(`${id("hours")} button[title="${day}"]`);
  await fill("Limit", "1");
  await limited(-1, 2);
  assert.equal(await slow(), 7 * 3, "the picture shows three hours of each day");
  const inside = await send("inside.bin");
  assert.ok(inside >= AT_THE_LIMIT_S, `15 MB at 1 MB a second took ${inside} s`);
  await limited(3, 6);
  const outside = await send("outside.bin");
  assert.ok(outside < AT_THE_LIMIT_S, `15 MB without a limit took ${outside} s`);
}, SCENARIO_MS);
