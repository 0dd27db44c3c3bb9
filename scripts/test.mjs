// npm test [-- --only rust|ui|desktop]: sets everything up and runs every test, also after a part has failed.
// Real S3 servers are named in HOLDFAST_TEST_SERVERS (minio,garage,ceph,…); the embedded bucket is always tested.
// The last line says how many tests passed and failed.
import { readFileSync } from "node:fs";
import { SERVER_NAMES, serversNamed } from "../tests/servers/table.mjs";
import { endAll } from "./command.mjs";
import { installNodePackages, setUpSystem } from "./setup.mjs";
import { add, inWords } from "./test/counts.mjs";
import { excerpt, failedTests } from "./test/failures.mjs";
import { endAllServers, notRun, runPart } from "./test/part-run.mjs";
import { hishtoryLeftOut, lanes } from "./test/parts.mjs";

const SUBJECTS = ["rust", "ui", "desktop"];
const STILL_RUNNING_MS = 60_000;
const now = new Set();
let isEnding = false;

async function setUp() {
  setUpSystem("test");
  await installNodePackages();
}

/** All lanes side by side; within a lane one part after the other. */
async function runLanes(all) {
  const heartbeat = setInterval(() => now.size && console.log(`  … ${[...now].join(", ")}`), STILL_RUNNING_MS);
  const outcomes = new Map(all.flat().map((part) => [part.name, promise()]));
  await Promise.all(all.map(async (lane) => { for (const part of lane) await runWhenReady(part, outcomes); }));
  clearInterval(heartbeat);
  return Promise.all(all.flat().map((part) => outcomes.get(part.name).value));
}

async function runWhenReady(part, outcomes) {
  const needed = await Promise.all((part.needs ?? []).map((name) => outcomes.get(name).value));
  const missing = needed.filter(({ ok, part: { name } }) => !ok && !name.startsWith("install ")); // a server is missed where it is started
  if (isEnding) return;
  const result = missing.length ? notRun(part, `${missing.map((one) => one.part.name).join(", ")} failed`) : await runNow(part);
  if (isEnding) return;
  console.log(`${result.ok ? "ok    " : "FAILED"} ${line(result)}`);
  if (!result.ok && result.log) console.log([result.log, ...excerpt(readFileSync(result.log, "utf8"))].map((text) => `    | ${text}`).join("\n"));
  outcomes.get(part.name).resolve(result);
}

async function runNow(part) {
  now.add(part.name);
  try {
    return await runPart(part);
  } catch (error) {
    return notRun(part, error.message);
  } finally {
    now.delete(part.name);
  }
}

function report(results, setUpSeconds) {
  console.log(`\n       ${"set-up".padEnd(28)} ${seconds(setUpSeconds)}`);
  for (const result of results) console.log(`${result.ok ? "ok    " : "FAILED"} ${line(result)}`);
  // Once more at the end, where a log that is cut still has them.
  for (const { part, log } of results.filter(({ ok, log }) => !ok && log)) for (const name of failedTests(readFileSync(log, "utf8"))) console.log(`FAILED  ${part.name}: ${name}`);
  const total = results.map(({ counts }) => counts).reduce(add);
  console.log(`\n${inWords(total)}`);
  return results.every(({ ok }) => ok) && total.passed > 0;
}

function line({ part, counts, seconds: took, notes }) {
  const count = part.counted || part.skip ? `  ${inWords(counts)}` : "";
  return ` ${part.name.padEnd(28)} ${seconds(took)}${count}${notes.map((note) => `\n        ${note}`).join("")}`;
}

const seconds = (number) => `${number.toFixed(1).padStart(7)} s`;

function subjectsFrom(args) {
  if (args.length === 0) return new Set(SUBJECTS);
  const [flag, list = ""] = args[0].split("=").concat(args.slice(1));
  const named = list.split(",").filter(Boolean);
  const isGood = flag === "--only" && named.length > 0 && named.every((name) => SUBJECTS.includes(name));
  if (!isGood) throw new Error("usage: npm test [-- --only rust|ui|desktop]");
  return new Set(named);
}

async function giveUp(signal) {
  if (isEnding) return;
  console.error(`\n${signal}: ending what was started`);
  await endEverything();
  process.exit(130);
}

async function endEverything() {
  isEnding = true; // no part starts any more
  await Promise.all([endAll(), endAllServers()]);
}

function promise() {
  let resolve;
  const value = new Promise((done) => (resolve = done));
  return { value, resolve };
}

async function timed(work) {
  const began = Date.now();
  await work();
  return (Date.now() - began) / 1000;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => giveUp(signal));

try {
  const subjects = subjectsFrom(process.argv.slice(2));
  const servers = serversNamed(process.env.HOLDFAST_TEST_SERVERS);
  if (subjects.has("rust") && servers.length === 0) console.log(`real servers: none named in HOLDFAST_TEST_SERVERS (${SERVER_NAMES.join(", ")}); the embedded bucket only`);
  if (subjects.has("rust")) for (const words of hishtoryLeftOut(process.env)) console.log(words);
  const setUpSeconds = await timed(() => setUp());
  const results = await runLanes(lanes(subjects, servers));
  if (!report(results, setUpSeconds)) process.exitCode = 1;
} catch (error) {
  console.error(error.message);
  console.log("0 passed, 1 failed");
  await endEverything();
  process.exit(1);
}
