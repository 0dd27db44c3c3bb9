// Start at login is one file in the person's home, written when it is switched on and gone when it is switched off.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { APP, chooseThisComputer, id, newHome, openApp, scenario, waitUntil, writeTree } from "./scenario.mjs";

/** The entry is written before the settings are. */
const isKept = (window, on) => waitUntil("the setting", async () => (await window.invoke("get_settings")).start_at_login === on);

scenario("start at login writes its entry, and takes it away again", async (t) => {
  const home = newHome(t);
  const folder = join(home, ".config", "autostart");
  const entries = () => (existsSync(folder) ? readdirSync(folder) : []);
  const window = await openApp(t, home);
  await chooseThisComputer(window);
  await window.click(id("later"));
  await window.click(id("nav-settings"));
  await window.click(id("settings-tray"));
  assert.equal(await window.isChecked(id("start-at-login")), false);
  assert.deepEqual(entries(), []);

  await window.click(id("start-at-login"));
  const [name] = await waitUntil("the entry", () => entries().length === 1 && entries());
  await isKept(window, true);
  const entry = readFileSync(join(folder, name), "utf8");
  assert.match(entry, /^\[Desktop Entry\]/);
  const command = /^Exec=(.*)$/m.exec(entry)?.[1] ?? "";
  assert.ok(command.includes(APP.split("/").at(-1)), `it starts ${command}`);
  assert.match(command, /--hidden/, "it starts in the tray and not with a window");

  await window.click(id("start-at-login"));
  await waitUntil("the entry to go", () => entries().length === 0);
  await isKept(window, false);
});

scenario("the first folder that is backed up by itself has the app start with the computer, unless that is not wanted", async (t) => {
  const home = newHome(t);
  const folder = join(home, ".config", "autostart");
  const window = await openApp(t, home);
  await chooseThisComputer(window);
  await window.type(id("folder-path"), writeTree(join(home, "Documents"), { "Letter.docx": "Dear" }));
  await window.click(id("choose-when"));
  await window.click(id("when-hand"));
  assert.equal(await window.count(id("when-login")), 0, "what runs by hand needs no start");
  await window.click(id("when-change"));
  assert.equal(await window.isChecked(id("when-login")), true);
  await window.click(id("preview"));
  await waitUntil("the entry", () => existsSync(folder) && readdirSync(folder).length === 1);
  await isKept(window, true);
});
