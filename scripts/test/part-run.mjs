// Runs one part of `npm test` and tells how it went: time, counts, and a log that can be read afterwards.
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Fleet } from "../../tests/servers/fleet.mjs";
import { runIntoFile } from "../command.mjs";
import { add, countTests } from "./counts.mjs";
import { TARGET } from "./parts.mjs";

const LOGS = join(TARGET, "test-logs");
const fleets = new Set();

/** A part's result: `ok`, `counts`, `seconds`, the path of its log, and notes on what else went wrong. */
export async function runPart(part) {
  const began = Date.now();
  const log = freshLog(part);
  if (part.skip) return { part, ok: true, counts: { passed: 0, failed: 0, skipped: part.skipped }, seconds: 0, notes: [part.skip] };
  const fleet = part.servers ? await startServers(part.servers) : undefined;
  try {
    const env = { ...process.env, ...part.env, NO_COLOR: "1", FORCE_COLOR: "0", CARGO_TERM_COLOR: "never" };
    if (fleet) Object.assign(env, whatRuns(fleet));
    const [program, ...args] = part.command;
    const code = await runIntoFile(program, args, log, { env, minutes: part.minutes ?? 30 });
    return judge(part, code, log, fleet?.failures ?? [], (Date.now() - began) / 1000);
  } finally {
    await endServers(fleet);
  }
}

/** A part that could not run, which counts as one failure. */
export function notRun(part, reason) {
  return { part, ok: false, counts: failures(1), seconds: 0, notes: [`not run: ${reason}`] };
}

export async function endAllServers() {
  await Promise.all([...fleets].map(endServers));
}

function judge(part, code, log, deadServers, seconds) {
  const notes = deadServers.map(({ reason }) => reason);
  let counts = part.counted ? countTests(readFileSync(log, "utf8")) : failures(0);
  counts = add(counts, failures(deadServers.length));
  if (code !== 0 && counts.failed === deadServers.length) {
    notes.push(`exit code ${code}`);
    counts = add(counts, failures(1));
  }
  if (part.counted && code === 0 && counts.passed + counts.failed === 0) {
    notes.push("it ran no test");
    counts = add(counts, failures(1));
  }
  return { part, ok: counts.failed === 0, counts, seconds, log, notes };
}

const failures = (failed) => ({ passed: 0, failed, skipped: 0 });

/** The servers that run are tested; one that could not start is a failure of its own. */
function whatRuns({ endpoints }) {
  return { HOLDFAST_TEST_SERVERS: endpoints.map(({ name }) => name).join(","), HOLDFAST_TEST_ENDPOINTS: JSON.stringify(endpoints) };
}

async function startServers(servers) {
  const fleet = new Fleet();
  fleets.add(fleet); // before it starts, so that an interrupted start is ended too
  await fleet.start(servers);
  return fleet;
}

async function endServers(fleet) {
  if (!fleet || !fleets.delete(fleet)) return;
  await fleet.stop();
}

function freshLog({ name }) {
  mkdirSync(LOGS, { recursive: true });
  const log = join(LOGS, `${name.replaceAll(" ", "-")}.log`);
  rmSync(log, { force: true });
  return log;
}
