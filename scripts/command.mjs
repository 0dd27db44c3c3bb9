// Runs other programs: with their output passed on, or kept. Every program is a process group of its own,
// and all that still run are ended when this one is.
import { spawn, spawnSync } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));
const isWindows = process.platform === "win32";
const running = new Set();

/** Runs to the end with its output on ours; throws when it fails. */
export async function runVisibly(program, args, options = {}) {
  const code = await ended(start(program, args, { stdio: "inherit", ...options }));
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} failed (exit ${code})`);
}

/** Runs to the end with its output in a file; returns the exit code, never 0 for one that failed to start or took too long. */
export async function runIntoFile(program, args, file, { minutes, ...options }) {
  const out = openSync(file, "a");
  const child = start(program, args, { stdio: ["ignore", out, out], ...options });
  const limit = setTimeout(() => (writeSync(out, `\nended: not done after ${minutes} minutes\n`), endGroup(child, "SIGTERM")), minutes * 60_000);
  try {
    return await ended(child);
  } catch (error) {
    writeSync(out, `${program}: ${error.message}\n`);
    return 127;
  } finally {
    clearTimeout(limit);
    if (child.pid) endGroup(child, "SIGKILL"); // what it left behind in its group
    closeSync(out);
  }
}

/** What a short command prints, or undefined if it is missing or fails. */
export function outputOf(program, args) {
  const { status, stdout } = spawnSync(program, args, { cwd: ROOT, encoding: "utf8", shell: isWindows });
  return status === 0 ? stdout.trim() : undefined;
}

/** Ends every program started here that still runs, whole groups at a time; those that do not listen, by force. */
export async function endAll(patienceMs = 8000) {
  for (const child of running) endGroup(child, "SIGTERM");
  for (let waited = 0; running.size > 0 && waited < patienceMs; waited += 50) await pause(50);
  for (const child of running) endGroup(child, "SIGKILL");
}

function start(program, args, options) {
  const inGroup = !isWindows && options.stdio !== "inherit"; // what reads our terminal must stay in our group
  const child = spawn(program, args, { cwd: ROOT, detached: inGroup, shell: isWindows, ...options });
  running.add(child);
  return Object.assign(child, { inGroup });
}

function ended(child) {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  }).finally(() => running.delete(child));
}

function endGroup({ pid, inGroup, exitCode }, signal) {
  try {
    if (inGroup) process.kill(-pid, signal);
    else if (exitCode === null) process.kill(pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}
