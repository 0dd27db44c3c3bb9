// Measures the desktop app: start to first paint, frames while files go by, what the tray costs while nothing happens, and memory.
//   npm run bench -- --only desktop      builds the release and runs this with a display and a session bus of its own
// HOLDFAST_APP and HOLDFAST_CLI are the programs, HOLDFAST_BUILD says what they are unless it is a release build. With RESULTS it writes its section into that file, else to the screen.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { APP, CLI, chooseThisComputer, id, keepInTray, newHome, openApp, pythonHelper, waitUntil, writeTree } from "../../tests/desktop/scenario.mjs";
import { median } from "./rounds.mjs";
import { sectionOf } from "./desktop-section.mjs";
import { DESKTOP, withSection } from "./sections.mjs";

const STARTS = 5;
const IDLE_S = 60;
/** So many files of 1 KiB, and so many a second. */
const [BUSY_FILES, BUSY_RATE, BUSY_S] = [4000, 100, 15];
const endings = [];
const t = { after: (end) => endings.unshift(end), windows: new Set() };

const read = (file) => { try { return readFileSync(file, "utf8"); } catch { return ""; } };
const parentOf = (pid) => Number(read(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ")[1]);
/** A process and all below it. */
function family(pid) {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
  const found = new Set([pid]);
  for (let grew = true; grew; ) {
    const more = all.filter((one) => !found.has(one) && found.has(parentOf(one)));
    more.forEach((one) => found.add(one));
    grew = more.length > 0;
  }
  return [...found];
}
/** Milliseconds on a processor, also of threads that ended; the system counts in steps of ten. */
const busy = (pids) => sum(pids.flatMap((pid) => read(`/proc/${pid}/stat`).split(") ").at(-1).split(" ").slice(11, 13).map(Number))) * 10;
/** MiB that would be free without it: what is shared counts in part. */
const pss = (pids) => sum(pids.map((pid) => Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0))) / 1024;
const sum = (numbers) => numbers.reduce((all, one) => all + one, 0);
const named = (pids) => pids.map((pid) => read(`/proc/${pid}/comm`).trim());

/** When a process began, in the clock of `Date.now`. */
function beginOf(pid) {
  const ticks = Number(read(`/proc/${pid}/stat`).split(") ").at(-1).split(" ")[19]);
  return Date.now() - (Number(read("/proc/uptime").split(" ")[0]) - ticks / 100) * 1000;
}

async function home() {
  const folder = newHome(t);
  keepInTray(folder);
  const documents = writeTree(join(folder, "Documents"), Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`${n % 50}/${n}.txt`, 1000 + n])));
  const window = await openApp(t, folder);
  await chooseThisComputer(window);
  await window.end();
  const run = (...args) => execFileSync(CLI, args, { env: { ...process.env, HOME: folder } });
  run("set", "add", "Documents", documents, "Documents", "--watch");
  run("set", "run", "Documents");
  return folder;
}

/** Milliseconds from the begin of the process to the first thing on the screen. */
async function start(folder) {
  const window = await openApp(t, folder);
  const [app] = window.pids();
  const painted = await waitUntil("the first paint", () => window.run("const paint = performance.getEntriesByName('first-contentful-paint')[0]; return paint && performance.timeOrigin + paint.startTime"));
  const begin = beginOf(app);
  await pause(3000);
  const memory = pss(family(app));
  await window.end();
  return { paint: painted - begin, memory };
}

/** The frames of the page that shows a run, while about 100 files a second go by. */
async function frames(folder) {
  const window = await openApp(t, folder);
  try {
    const busy = writeTree(join(folder, "Busy"), Object.fromEntries(Array.from({ length: BUSY_FILES }, (_, n) => [`${n % 40}/${n}.txt`, 1024])));
    execFileSync(CLI, ["set", "add", "Busy", busy, "Busy", "--limit", `${BUSY_RATE}K`], { env: { ...process.env, HOME: folder } });
    const { id: set } = (await window.invoke("list_backup_sets")).find((one) => one.draft.name === "Busy");
    const operation = await window.invoke("run_backup_set", { id: set, confirmRemovalOf: null });
    const done = async () => Number((await window.text(`${id("files-done")} b`)).split(" ")[0].replaceAll(",", ""));
    await window.click(id("nav-activity"));
    await waitUntil("the run to send files", async () => (await done()) > BUSY_RATE);
    const [before, at] = [await done(), performance.now()];
    await window.run(`
      const took = (globalThis.framesTook = []);
      let last = performance.now();
      const next = (now) => { took.push(now - last); last = now; requestAnimationFrame(next); };
      requestAnimationFrame(next);`);
    await pause(BUSY_S * 1000);
    const took = (await window.run("return globalThis.framesTook")).slice(1).sort((a, b) => a - b);
    const files = ((await done()) - before) / ((performance.now() - at) / 1000);
    await window.invoke("cancel_operation", { operationId: operation });
    return { files, took };
  } finally {
    await window.end();
  }
}

async function idle(pid) {
  await pause(10_000); // what a start does is done
  const pids = family(pid);
  if (!named(pids)[0]) throw new Error("the app ended by itself: there is nothing to measure");
  const [before, at] = [busy(pids), performance.now()];
  await pause(IDLE_S * 1000);
  const percent = ((busy(pids) - before) / (performance.now() - at)) * 100;
  return { percent, memory: pss(pids), processes: named(pids) };
}

/** The name by which starts find one another is free: the one before has ended as the bus sees it, too. */
const nameIsFree = () => waitUntil("the app before to end", () => {
  const asked = ["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.NameHasOwner", "string:org.holdfast.desktop.SingleInstance"];
  return execFileSync("dbus-send", asked, { encoding: "utf8" }).includes("boolean false");
});

/** Begun with the session: there never was a window. */
async function hidden(folder) {
  await nameIsFree();
  const app = spawn(APP, ["--hidden"], { env: { ...process.env, HOME: folder }, stdio: "ignore" });
  const ended = new Promise((end) => app.on("exit", end));
  try {
    return await idle(app.pid);
  } finally {
    app.kill("SIGTERM");
    await ended;
  }
}

/** Its window was opened and closed to the tray. */
async function closed(folder) {
  await nameIsFree();
  const app = spawn(APP, [], { env: { ...process.env, HOME: folder }, stdio: "ignore" });
  const ended = new Promise((end) => app.on("exit", end));
  const shown = () => spawnSync("xdotool", ["search", "--onlyvisible", "--name", "^Holdfast$"], { encoding: "utf8" }).stdout.split("\n").filter(Boolean);
  try {
    const [window] = await waitUntil("the window", () => shown().length > 0 && shown());
    await pause(3000);
    execFileSync("python3", [fileURLToPath(new URL("../../tests/desktop/close_window.py", import.meta.url)), window]);
    await waitUntil("the window to go", () => shown().length === 0);
    return await idle(app.pid);
  } finally {
    app.kill("SIGTERM");
    await ended;
  }
}

try {
  await pythonHelper(t, "tray_host.py"); // a panel with a place for the icon
  const folder = await home();
  const starts = [];
  for (let n = 0; n < STARTS; n++) starts.push(await start(folder));
  const busyFrames = await frames(folder);
  const section = sectionOf({
    frames: busyFrames,     paints: starts.map((one) => one.paint), paint: median(starts.map((one) => one.paint)), open: median(starts.map((one) => one.memory)),
    hidden: await hidden(folder), closed: await closed(folder), seconds: IDLE_S, build: process.env.HOLDFAST_BUILD ?? "a release build",
  });
  const file = process.env.RESULTS;
  if (file) writeFileSync(file, withSection(read(file), DESKTOP, section));
  console.log(section);
} finally {
  for (const end of endings) await Promise.resolve(end()).catch(() => {});
}
