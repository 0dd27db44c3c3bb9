// The tray keeps Holdfast at work when its window is closed: its menu says how everything is, opens the window again,
// pauses, and quits. A panel is played on the session's bus; the menu is read and chosen from as a panel does it.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { backUp, chooseThisComputer, keepInTray, look, newHome, openApp, pythonHelper, scenario, waitUntil, writeTree } from "./scenario.mjs";

const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const isThere = (pid) => existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
const shownWindows = () => spawnSync("xdotool", ["search", "--onlyvisible", "--name", "^Holdfast$"], { encoding: "utf8" }).stdout.split("\n").filter(Boolean);

/** A panel that answers questions about the one tray item it has. */
async function startPanel(t) {
  const ask = await pythonHelper(t, "tray_host.py");
  return { menu: () => ask("menu"), click: async (label) => assert.equal(await ask(`click ${label}`), 1, `${label} is not in the menu`) };
}

scenario("the tray keeps Holdfast at work, says how everything is, opens the window, pauses and quits", async (t) => {
  const panel = await startPanel(t);
  const home = newHome(t);
  keepInTray(home);
  const letters = writeTree(join(home, "Documents"), { "one.txt": "1", "two.txt": "22" });
  const window = await openApp(t, home);
  const app = window.pids();
  await chooseThisComputer(window);
  await look(window, letters);
  assert.equal(await backUp(window), "complete");
  const says = (what, wanted) => waitUntil(what, async () => (await panel.menu()).some((label) => wanted.test(label)));
  await says("the state in the menu", /^\(All backed up/);
  await says("the last result in the menu", /^Documents: complete, 2 files$/);

  await panel.click("Pause for an hour");
  await says("the pause in the menu", /^\(Paused until \d\d:\d\d\)$/);
  await panel.click("Go on now");
  await says("the end of the pause", /^\(All backed up/);

  assert.ok(window.webViews().length > 0, "a window has a process for its page");
  const [shown] = shownWindows();
  execFileSync("python3", [here("close_window.py"), shown]);
  await waitUntil("the window to go", () => shownWindows().length === 0);
  await waitUntil("the page's process to end, and its memory with it", () => window.webViews().length === 0);
  assert.ok(app.some(isThere), "the app ended with its window");
  await panel.click("Open Holdfast");
  await waitUntil("the window to come back", () => shownWindows().length === 1);
  await waitUntil("a process for its page", () => window.webViews().length > 0);
  await panel.click("Quit Holdfast");
  await waitUntil("the app to end", () => !app.some(isThere));
});
