// The processes of one server: started in groups of their own, written down in its data folder, ended by that record.
// It never ends a process that it cannot recognise as the one it started.
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const RECORD = "processes.json";
const POLITE_STOP_MS = 10_000;

/** Starts a program that outlives this one; its output goes to DIR/log/NAME.log. */
export function startProcess(dir, name, program, args, env = {}) {
  const log = logPath(dir, name);
  const out = openSync(log, "a");
  const child = spawn(program, args, { detached: true, stdio: ["ignore", out, out], env: { ...process.env, ...env } });
  closeSync(out);
  child.on("error", () => {}); // reported by waitUntilAnswering as "not running"
  child.unref();
  const started = { name, pid: child.pid, since: child.pid && startTime(child.pid), log };
  if (child.pid) record(dir, [...recorded(dir), started]);
  return started;
}

export function logPath(dir, name) {
  mkdirSync(join(dir, "log"), { recursive: true });
  return join(dir, "log", `${name}.log`);
}

export function recorded(dir) {
  const file = join(dir, RECORD);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
}

/** Ends everything that was started for this data folder, the last first. */
export async function stopProcesses(dir) {
  for (const one of recorded(dir).reverse()) await stopProcess(one);
  rmSync(join(dir, RECORD), { force: true });
}

export function isRunning({ pid, since }) {
  return since !== undefined && startTime(pid) === since;
}

/** Waits for any HTTP answer; fails at once, with the end of the log, if the process is gone. */
export async function waitUntilAnswering(url, started, seconds = 60) {
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline) {
    if (!isRunning(started)) throw new Error(`${started.name} ended while starting:\n${endOfLog(started.log)}`);
    if (await answers(url)) return;
    await pause(100);
  }
  throw new Error(`${started.name} does not answer at ${url} after ${seconds} s:\n${endOfLog(started.log)}`);
}

async function answers(url) {
  try {
    await (await fetch(url, { signal: AbortSignal.timeout(2000), redirect: "manual" })).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

async function stopProcess(one) {
  if (!isRunning(one)) return;
  signalGroup(one, "SIGTERM");
  for (let waited = 0; isRunning(one) && waited < POLITE_STOP_MS; waited += 50) await pause(50);
  signalGroup(one, "SIGKILL"); // also what the leader left behind in its group
}

function signalGroup({ pid }, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/** When the process began, as the system tells it; undefined once it has ended. Guards against reused pids. */
function startTime(pid) {
  if (process.platform !== "linux") return processExists(pid) ? 0 : undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : Number(fields[19]);
  } catch {
    return undefined;
  }
}

function processExists(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function endOfLog(file) {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(-15).join("\n") : "(no output)";
}

function record(dir, list) {
  writeFileSync(join(dir, RECORD), JSON.stringify(list, null, 1) + "\n");
}
