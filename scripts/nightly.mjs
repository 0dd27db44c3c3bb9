// npm run nightly [-- SEEDS]: the simulations with so many seeds as a night has room for, in release: 10,000 of the log
// under shell history and family records, and a hundredth of that of whole family records, whose runs are that much
// longer. A seed that fails is named; HOLDFAST_TEST_SEED replays it. The last line counts as `npm test` does.
import { platform } from "node:process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { endAll, runIntoFile } from "./command.mjs";
import { add, countTests, inWords } from "./test/counts.mjs";
import { TARGET } from "./test/parts.mjs";

const SEEDS = 10_000;
const HOURS = 6;

const parts = (seeds) => [
  { name: "journal", seeds, what: ["-p", "holdfast-journal", "--test", "simulation"] },
  { name: "records", seeds: Math.ceil(seeds / 100), what: ["-p", "holdfast-records", "--test", "vaults", "simulation"] },
];

async function run({ name, seeds, what }) {
  const log = join(TARGET, "test-logs", `nightly-${name}.log`);
  mkdirSync(join(TARGET, "test-logs"), { recursive: true });
  rmSync(log, { force: true });
  const began = Date.now();
  const env = { ...process.env, HOLDFAST_SIMULATION_SEEDS: String(seeds), CARGO_TERM_COLOR: "never" };
  const command = ["cargo", "test", "--release", ...what, "--", "--nocapture"];
  const [program, ...args] = platform === "win32" ? command : ["nice", "-n", "19", ...command];
  const code = await runIntoFile(program, args, log, { env, minutes: HOURS * 60 });
  const text = readFileSync(log, "utf8");
  let counts = countTests(text);
  if (code !== 0 && counts.failed === 0) counts = add(counts, { passed: 0, failed: 1, skipped: 0 });
  console.log(`${counts.failed === 0 ? "ok    " : "FAILED"} ${name}: ${seeds.toLocaleString("en")} seeds, ${((Date.now() - began) / 1000).toFixed(0)} s with the build, ${log}`);
  for (const line of text.split("\n").filter((line) => /replay with|^\d+ runs:/.test(line))) console.log(`        ${line}`);
  return counts;
}

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, async () => (await endAll(), process.exit(130)));

const seeds = Number(process.argv[2] ?? SEEDS);
if (!Number.isInteger(seeds) || seeds < 1) {
  console.error("usage: npm run nightly [-- SEEDS]");
  process.exit(2);
}
let counts = { passed: 0, failed: 0, skipped: 0 };
for (const part of parts(seeds)) counts = add(counts, await run(part));
console.log(`\n${inWords(counts)}`);
process.exitCode = counts.failed === 0 ? 0 : 1;
