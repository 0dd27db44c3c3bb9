// npm run bench [-- --quick] [--server rclone|minio|embedded] [--only small,large,unchanged,mixed,million,gateway|bucket|desktop|history|records] [--rounds N]
//               [--no-build] [--work DIR] [--output FILE]
// Measures Holdfast beside s5cmd, rclone and aws-cli on one server in one run and writes bench/RESULTS.md; the gateway, the
// embedded bucket, the window, the history and the records are measured by themselves.
// Everything happens on loopback and in one temporary folder, which is removed.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env, exit } from "node:process";
import { parseArgs } from "node:util";
import { environment, BUCKET, installPeers, prepare, programs, versionsOf } from "./bench/peers.mjs";
import { measureBucket } from "./bench/bucket.mjs";
import { measureHistory } from "./bench/history.mjs";
import { BUCKET_SECTION, HISTORY, keptSections, RECORDS, withSection } from "./bench/sections.mjs";
import { measureRecords } from "./bench/records.mjs";
import { report } from "./bench/report.mjs";
import { SERVERS, startBenchServer } from "./bench/server.mjs";
import { memoryBars, WORKS } from "./bench/works.mjs";
import { ROOT, outputOf, runVisibly } from "./command.mjs";
import { buildWindow, program } from "./release.mjs";

const FULL = {
  small: { files: 10_000, rounds: 5 },
  large: { bytes: 1 << 30, rounds: 5 },
  unchanged: { files: 100_000, rounds: 7 },
  mixed: { files: 3_000, rounds: 3 },
  million: { files: 1_000_000 },
  gateway: { files: 20_000, rounds: 1 },
};
const QUICK = {
  small: { files: 1_000, rounds: 2 },
  large: { bytes: 128 << 20, rounds: 2 },
  unchanged: { files: 5_000, rounds: 2 },
  mixed: { files: 300, rounds: 1 },
  million: { files: 50_000 },
  gateway: { files: 2_000, rounds: 1 },
};

/** What is measured beside other programs; the rest is asked for by name. */
const BESIDE_PEERS = Object.keys(WORKS).filter((work) => work !== "gateway");

const bench = { results: [], bars: [] };
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => cleanUp().then(() => exit(130)));

if (process.argv.includes("desktop")) {
  await runVisibly("npm", ["run", "-s", "ui:build"]);
  await buildWindow();
  Object.assign(env, { HOLDFAST_APP: program("holdfast-desktop"), HOLDFAST_CLI: program("holdfast"), RESULTS: join(ROOT, "bench", "RESULTS.md") });
  await runVisibly(join(ROOT, "tests", "desktop", "with-desktop.sh"), ["node", join(ROOT, "scripts", "bench", "desktop.mjs")]);
  exit(0);
}

const BY_THEMSELVES = [["bucket", BUCKET_SECTION, measureBucket], ["history", HISTORY, measureHistory], ["records", RECORDS, measureRecords]];
for (const [name, head, measure] of BY_THEMSELVES) {
  if (!process.argv.includes(name)) continue;
  const built = await build(!process.argv.includes("--no-build"));
  const file = join(ROOT, "bench", "RESULTS.md");
  const section = await measure(built);
  writeFileSync(file, withSection(readFileSync(file, "utf8"), head, section));
  console.log(section);
  exit(0);
}

try {
  const options = choose();
  Object.assign(bench, options);
  bench.bin = installPeers();
  bench.built = await build(options.build);
  bench.folder = mkdtempSync(join(options.where, "holdfast-bench-"));
  bench.home = join(bench.folder, "home");
  mkdirSync(bench.home);
  bench.server = await startBenchServer(options.server, join(bench.folder, "server"), bench.built);
  bench.env = environment(bench.server, bench.home);
  bench.programs = programs(bench.server, bench.bin, bench.built);
  const failed = prepare(bench.bin, bench.server, bench.env, "mb", `s3://${BUCKET}`);
  if (failed && options.server !== "embedded") throw new Error(`making the bucket: ${failed}`);
  for (const work of options.only) await WORKS[work](bench);
  memoryBars(bench);
  finish(options);
} catch (error) {
  console.error(error.stack);
  process.exitCode = 1;
} finally {
  await cleanUp();
}

function choose() {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      server: { type: "string" },
      only: { type: "string", default: BESIDE_PEERS.join(",") },
      rounds: { type: "string" },
      work: { type: "string" },
      output: { type: "string" },
      "no-build": { type: "boolean", default: false },
    },
  });
  const only = values.only.split(",");
  // rclone's server sometimes stores an object of a new folder, says so, and cannot give it back: a proof needs another.
  const server = values.server ?? (only.includes("gateway") ? "minio" : "rclone");
  if (!SERVERS.includes(server)) throw new Error(`--server is one of ${SERVERS.join(", ")}`);
  const unknown = only.find((work) => !Object.hasOwn(WORKS, work));
  if (unknown) throw new Error(`--only knows ${Object.keys(WORKS).join(", ")}, not ${unknown}`);
  const size = structuredClone(values.quick ? QUICK : FULL);
  if (values.rounds) for (const work of Object.values(size)) work.rounds &&= Number(values.rounds);
  const output = values.output ?? (values.quick || values.only !== BESIDE_PEERS.join(",") ? undefined : join(ROOT, "bench", "RESULTS.md"));
  return { quick: values.quick, build: !values["no-build"], server, only, size, where: values.work ?? tmpdir(), output };
}

async function build(wanted) {
  if (wanted) await runVisibly("cargo", ["build", "--release", "-p", "holdfast", "-p", "holdfast-bench"]);
  return join(env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "release");
}

function finish({ quick, where, output }) {
  const text = report({
    ...bench,
    quick,
    server: bench.server.title,
    where,
    versions: versionsOf(bench.bin, bench.built, bench.env),
    when: new Date().toISOString().slice(0, 10),
    commit: outputOf("git", ["describe", "--always", "--dirty"]) ?? "an unknown commit",
  });
  if (output) writeFileSync(output, text.trimEnd() + "\n" + (existsSync(output) ? keptSections(readFileSync(output, "utf8")) : ""));
  console.log(output ? `\nwritten: ${output}` : `\n${text}`);
  const missed = bench.bars.filter(({ holds }) => !holds).length;
  console.log(`${bench.bars.length - missed} of ${bench.bars.length} bars hold`);
}

async function cleanUp() {
  if (bench.child?.pid) process.kill(-bench.child.pid, "SIGTERM"); // the stopwatch and what it times
  await bench.server?.stop?.();
  if (bench.folder) rmSync(bench.folder, { recursive: true, force: true });
}
