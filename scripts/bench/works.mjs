// The pieces of work that are measured, and the bars they are held to.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { measureGateway } from "./gateway.mjs";
import { BUCKET, environment, prepare, programs } from "./peers.mjs";
import { inRounds, measured, median } from "./rounds.mjs";
import { startSwallower } from "./server.mjs";

export const WORKS = { small, large, unchanged, mixed, million, gateway };

const PEERS = ["s5cmd", "rclone", "aws-cli"];
const MEMORY_BAR = 150;

/** Many small files, up and down. */
async function small(bench) {
  const { files, rounds } = bench.size.small;
  const count = files.toLocaleString("en");
  const folder = tree(bench, "small", "even", files, 4096);
  const loop = (what, prefix) => [join(bench.built, "holdfast-bench"), what, "--endpoint", bench.server.endpoint, "--bucket", BUCKET, "--prefix", prefix, "--objects", String(files)];
  const barePut = { name: "bare PUT loop", run: (round) => measured(bench, loop("put-loop", `small-loop-${round}`), bench.env) };
  const up = await inRounds(bench, `${count} files of 4 KiB up`, rounds, [...uploads(bench, "small", folder), barePut]);
  bar(bench, up, "holdfast", "cpu", 0.5, ["s5cmd"]);
  bar(bench, up, "holdfast", "cpu", 1.5, ["bare PUT loop"]);
  bar(bench, up, "holdfast", "wall", 0.8, ["s5cmd"]);
  const bareGet = { name: "bare GET loop", run: () => measured(bench, loop("get-loop", "small-loop-0"), bench.env) };
  const down = await inRounds(bench, `${count} files of 4 KiB down`, rounds, [...downloads(bench, "small-holdfast-0", folder), bareGet]);
  bar(bench, down, "holdfast", "cpu", 0.6, PEERS);
  bar(bench, down, "holdfast", "wall", 0.8, PEERS);
}

/** One large file, up and down. */
async function large(bench) {
  const { bytes, rounds } = bench.size.large;
  const size = bytes >= 1 << 30 ? `${bytes / (1 << 30)} GiB` : `${bytes / (1 << 20)} MiB`;
  const folder = tree(bench, "large", "even", 1, bytes);
  const keep = (round, name) => round === 0 && name === "holdfast";
  const loop = (what, at, prefix) => [join(bench.built, "holdfast-bench"), what, at, "--endpoint", bench.server.endpoint, "--bucket", BUCKET, "--prefix", prefix];
  const bareUps = [["", []], [", each part hashed", ["--hash"]]].map(([how, more]) => ({
    name: `bare multipart loop${how}`,
    run: (round) => sentAndRemoved(bench, `large-loop-${round}`, (prefix) => [...loop("multipart-loop", folder, prefix), ...more]),
  }));
  const up = await inRounds(bench, `one file of ${size} up`, rounds, [...uploads(bench, "large", folder, { slowRounds: rounds, keep }), ...bareUps]);
  bar(bench, up, "holdfast", "wall", 0.8, PEERS);
  const bareDowns = [["", []], [", hashed", ["--hash"]]].map(([how, more]) => ({
    name: `bare range loop${how}`,
    run: () => fetched(bench, (at) => [...loop("range-loop", at, "large-holdfast-0"), ...more]),
  }));
  const down = await inRounds(bench, `one file of ${size} down`, rounds, [...downloads(bench, "large-holdfast-0", folder, rounds), ...bareDowns]);
  bar(bench, down, "holdfast", "wall", 0.8, PEERS);
  removePrefix(bench, "large-holdfast-0");
}

async function sentAndRemoved(bench, prefix, command) {
  const figures = await measured(bench, command(prefix), bench.env);
  removePrefix(bench, prefix);
  return figures;
}

async function fetched(bench, command) {
  const folder = join(bench.folder, "down");
  mkdirSync(folder);
  const figures = await measured(bench, command(folder), bench.env);
  rmSync(folder, { recursive: true });
  return figures;
}

/** A tree of which nothing has changed. */
async function unchanged(bench) {
  const { files, rounds } = bench.size.unchanged;
  const folder = tree(bench, "unchanged", "even", files, 100);
  const { holdfast, rclone } = bench.programs;
  await measured(bench, holdfast.up(folder, "unchanged"), bench.env);
  const again = await inRounds(bench, `${files.toLocaleString("en")} unchanged files again`, rounds, [
    { name: "holdfast", run: () => measured(bench, holdfast.again(folder, "unchanged"), bench.env) },
    { name: "rclone", run: () => measured(bench, rclone.again(folder, "unchanged"), bench.env), only: Math.min(3, rounds) },
    { name: "bare walk with stat", run: () => measured(bench, walk(bench, folder), bench.env) },
  ]);
  bar(bench, again, "holdfast", "requests", 0);
  bar(bench, again, "holdfast", "wall", 0.03, ["rclone"]);
  bar(bench, again, "holdfast", "wall", 4, ["bare walk with stat"]);
  removePrefix(bench, "unchanged");
}

/** Files of all sizes, up and down. */
async function mixed(bench) {
  const { files, rounds } = bench.size.mixed;
  const folder = tree(bench, "mixed", "mixed", files);
  const size = `${files.toLocaleString("en")} files of mixed sizes (${(treeOf(bench, folder).bytes / (1 << 20)).toFixed(0)} MiB)`;
  const keep = (round, name) => round === 0 && name === "holdfast";
  await inRounds(bench, `${size} up`, rounds, uploads(bench, "mixed", folder, { keep }));
  await inRounds(bench, `${size} down`, rounds, downloads(bench, "mixed-holdfast-0", folder));
}

/** So many files that memory shows. The peers are left out: this is about Holdfast's own limit. */
async function million(bench) {
  const { files } = bench.size.million;
  const folder = tree(bench, "million", "even", files, 16);
  const server = await startSwallower(bench.built);
  try {
    const env = environment(server, bench.home);
    const { holdfast } = programs(server, bench.bin, bench.built);
    for (const what of ["new, up to a server that keeps nothing", "unchanged, again"]) {
      const title = `${files.toLocaleString("en")} files of 16 bytes, ${what}`;
      const contenders = [{ name: "holdfast", run: () => measured(bench, holdfast.up(folder, "million"), env) }];
      if (what.startsWith("unchanged")) contenders.push({ name: "bare walk with stat", run: () => measured(bench, walk(bench, folder), env) });
      await inRounds(bench, title, 1, contenders);
    }
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Uploads of all sizes through a gateway, many at once. */
async function gateway(bench) {
  const { files, rounds } = bench.size.gateway;
  await measureGateway(bench, tree(bench, "gateway", "uploads", files), files, rounds, (prefix) => removePrefix(bench, prefix));
}

/** Every program sending a folder, each time below a prefix of its own, which is then removed unless it is kept. */
function uploads(bench, work, folder, { slowRounds = 1, keep = () => work === "small" } = {}) {
  return ["holdfast", ...PEERS].map((name) => ({
    name,
    only: name === "aws-cli" ? slowRounds : undefined,
    async run(round) {
      const prefix = `${work}-${name}-${round}`;
      const figures = await measured(bench, bench.programs[name].up(folder, prefix), bench.env);
      if (!keep(round, name)) removePrefix(bench, prefix);
      return figures;
    },
  }));
}

/** Every program fetching the same objects into a new folder, which must then hold what was sent. */
function downloads(bench, prefix, original, slowRounds = 1) {
  const wanted = JSON.stringify(treeOf(bench, original));
  return ["holdfast", ...PEERS].map((name) => ({
    name,
    only: name === "aws-cli" ? slowRounds : undefined,
    async run() {
      const folder = join(bench.folder, "down");
      mkdirSync(folder);
      const figures = await measured(bench, bench.programs[name].down(prefix, folder), bench.env);
      const got = JSON.stringify(treeOf(bench, folder));
      if (got !== wanted) throw new Error(`${name} brought back ${got} instead of ${wanted}`);
      rmSync(folder, { recursive: true });
      return figures;
    },
  }));
}

function tree(bench, name, shape, ...numbers) {
  const folder = join(bench.folder, name);
  if (!existsSync(folder)) tool(bench, "tree", shape, folder, ...numbers.map(String));
  return folder;
}

const walk = (bench, folder) => [join(bench.built, "holdfast-bench"), "walk", folder];
const treeOf = (bench, folder) => JSON.parse(tool(bench, "walk", folder));

function tool(bench, ...args) {
  const { status, stdout } = spawnSync(join(bench.built, "holdfast-bench"), args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (status !== 0) throw new Error(`holdfast-bench ${args.join(" ")} failed`);
  return stdout;
}

function removePrefix(bench, prefix) {
  const failed = prepare(bench.bin, bench.server, bench.env, "--log", "error", "rm", `s3://${BUCKET}/${prefix}/*`);
  if (failed) throw new Error(`removing ${prefix} from the server: ${failed}`);
}

/** Holds a figure to `limit` times the best of others, or to `limit` itself. */
function bar(bench, samples, name, figure, limit, others) {
  const of = (who) => median(samples[who].map((sample) => sample[figure]));
  const { title } = bench.results.at(-1);
  const best = others?.filter((who) => samples[who]?.length).sort((a, b) => of(a) - of(b))[0];
  const value = best ? of(name) / of(best) : of(name);
  bench.bars.push({ title, figure, best, among: others?.length, limit, value, holds: value <= limit });
}

/** The memory bar over all that was measured. */
export function memoryBars(bench) {
  for (const { title, samples } of bench.results) {
    const value = Math.max(...samples.holdfast.map((sample) => sample.peak_mib));
    bench.bars.push({ title, figure: "peak_mib", limit: MEMORY_BAR, value, holds: value < MEMORY_BAR });
  }
}
