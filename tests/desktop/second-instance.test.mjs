// Holdfast runs once for a person: started again it shows the window that is there, and the second start ends well.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { APP, chooseThisComputer, keepInTray, newHome, openApp, pythonHelper, scenario, waitUntil, writeTree } from "./scenario.mjs";

const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const windows = (name) => spawnSync("xdotool", ["search", "--onlyvisible", "--name", name], { encoding: "utf8" }).stdout.split("\n").filter(Boolean);
/** The windows of the screen from the one in front to the one behind all others. */
const stacked = () => execFileSync("xwininfo", ["-root", "-tree"], { encoding: "utf8" }).split("\n").map((line) => /^\s+0x\w+ "([^"]*)"/.exec(line)?.[1]).filter(Boolean);

/** Starts the app once more in the same home and says how it ended. */
async function startAgain(home) {
  const second = spawn(APP, [], { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, HOME: home } });
  const [code, signal] = await once(second, "exit");
  return { code, signal };
}

/** A window of another program over ours. */
async function cover(t) {
  const other = spawn("xmessage", ["-geometry", "1400x900+0+0", "-name", "Cover", "-title", "Cover", "something else"], { stdio: "ignore" });
  t.after(async () => {
    if (other.exitCode === null) other.kill(), await once(other, "exit");
  });
  await waitUntil("the other window", () => windows("^Cover$").length === 1);
  await waitUntil("the other window in front", () => stacked().indexOf("Cover") < stacked().indexOf("Holdfast"));
}

scenario("started a second time, the first window comes to the front and the second start ends well", async (t) => {
  await pythonHelper(t, "tray_host.py"); // a panel: the window can be closed to the tray
  const home = newHome(t);
  keepInTray(home);
  writeTree(join(home, "Documents"), { "one.txt": "1" });
  const window = await openApp(t, home);
  await chooseThisComputer(window);
  const app = window.pids();
  await cover(t);
  assert.deepEqual(await startAgain(home), { code: 0, signal: null });
  await waitUntil("our window in front", () => stacked().indexOf("Holdfast") < stacked().indexOf("Cover"));
  assert.equal(windows("^Holdfast$").length, 1, "there is one window");

  execFileSync("python3", [here("close_window.py"), windows("^Holdfast$")[0]]);
  await waitUntil("the window to go", () => windows("^Holdfast$").length === 0);
  assert.deepEqual(await startAgain(home), { code: 0, signal: null });
  await waitUntil("the window to come back", () => windows("^Holdfast$").length === 1);
  assert.deepEqual(window.pids(), app, "it is the first one that shows it");
});
