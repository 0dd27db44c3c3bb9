// npm start [-- FOLDER]: sets everything up, builds Holdfast and opens its window.
// Without a display, or with --terminal, the same main job runs in the terminal: back up, restore, compare.
import { join, resolve } from "node:path";
import { argv, cwd, env, platform } from "node:process";
import { ROOT, runVisibly } from "./command.mjs";
import { setUpPage, setUpSystem } from "./setup.mjs";

const COMMAND_LINE = ["-p", "holdfast"];
// One cargo call for both, so that the crates they share are built once and with the same features.
const WINDOW = [...COMMAND_LINE, "-p", "holdfast-desktop", "--features", "holdfast-desktop/custom-protocol"];

const wanted = argv.slice(2);
const folders = wanted.filter((word) => !word.startsWith("--")).map((folder) => resolve(env.INIT_CWD ?? cwd(), folder));

try {
  if (folders.length > 1) throw new Error("npm start takes one folder at most");
  if (wanted.includes("--terminal")) await runInTerminal();
  else if (hasDisplay()) await openWindow();
  else await runInTerminal("there is no display here, so the main job runs in the terminal");
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

async function openWindow() {
  setUpSystem("window");
  await setUpPage();
  await build(WINDOW);
  await runVisibly(program("holdfast-desktop"), folders);
}

async function runInTerminal(reason) {
  if (reason) console.log(`${reason}.`);
  setUpSystem("terminal");
  await build(COMMAND_LINE);
  await runVisibly(program("holdfast"), ["demo", ...folders]);
}

async function build(what) {
  console.log("building Holdfast; the first time takes minutes");
  await runVisibly("cargo", ["build", "--release", ...what]);
}

function program(name) {
  return join(env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "release", platform === "win32" ? `${name}.exe` : name);
}

function hasDisplay() {
  return platform !== "linux" || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}
