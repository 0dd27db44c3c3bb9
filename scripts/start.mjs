// npm start [-- FOLDER]: sets everything up, builds Holdfast and opens its window.
// Without a display, or with --terminal, the same main job runs in the terminal: back up, restore, compare.
import { resolve } from "node:path";
import { argv, cwd, env, platform } from "node:process";
import { runVisibly } from "./command.mjs";
import { buildCommandLine, buildWindow, program } from "./release.mjs";
import { setUpPage, setUpSystem } from "./setup.mjs";

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
  await build(buildWindow);
  await runVisibly(program("holdfast-desktop"), folders);
}

async function runInTerminal(reason) {
  if (reason) console.log(`${reason}.`);
  setUpSystem("terminal");
  await build(buildCommandLine);
  await runVisibly(program("holdfast"), ["demo", ...folders]);
}

async function build(release) {
  console.log("building Holdfast; the first time takes minutes");
  await release();
}

function hasDisplay() {
  return platform !== "linux" || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}
