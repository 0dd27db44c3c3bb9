// The embedded bucket as a server: how soon it is there, how long many keys take to list, and small objects beside rclone's
// server with the same client. A section of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUCKET, environment, installPeers, prepare } from "./peers.mjs";
import { measured, median } from "./rounds.mjs";
import { BUCKET_SECTION } from "./sections.mjs";
import { startBenchServer } from "./server.mjs";

const SIZES = { starts: 21, keys: 100_000, objects: 10_000, one_by_one: 2_000, rounds: 7 };
const QUICK = { starts: 5, keys: 2_000, objects: 500, one_by_one: 100, rounds: 1 };
const START_BAR_MS = 100;
const LISTING_BAR_S = 2;
/** Requests at once, and what the row calls it. */
const LOADS = [[64, "64 at once", "objects"], [1, "one by one", "one_by_one"]];

export async function measureBucket(built, quick = false) {
  const sizes = quick ? QUICK : SIZES;
  const bench = { built, bin: installPeers(), folder: mkdtempSync(join(tmpdir(), "holdfast-bench-bucket-")) };
  bench.home = join(bench.folder, "home");
  mkdirSync(bench.home);
  try {
    const empty = await starts(bench, join(bench.folder, "empty"), sizes.starts);
    const { listings, full } = await listing(bench, sizes);
    const speeds = await small(bench, sizes);
    return sectionOf(sizes, { empty, full, listings, speeds });
  } finally {
    await bench.server?.stop();
    rmSync(bench.folder, { recursive: true, force: true });
  }
}

/** Milliseconds from beginning the program to its line that says it is ready, each time. */
async function starts(bench, folder, times) {
  const all = [];
  for (let time = 0; time < times; time++) {
    const begin = performance.now();
    const child = spawn(join(bench.built, "holdfast"), ["bucket", "serve", "--dir", folder, "--json"], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    all.push(performance.now() - begin);
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
  }
  return all;
}

/** Seconds of each listing of everything, the first right after a start, and the starts over that many objects. */
async function listing(bench, { keys, starts: times, rounds }) {
  const folder = join(bench.folder, "many");
  await withServer(bench, "embedded", folder, () => loop(bench, "put-loop", "many", keys, 64, 16));
  const full = await starts(bench, folder, times);
  const listings = [];
  await withServer(bench, "embedded", folder, async () => {
    for (let round = 0; round < rounds; round++) {
      listings.push((await measured(bench, tool(bench, "list-all", "many"), bench.env)).wall);
      const listed = Number(readFileSync(join(bench.folder, "output.txt"), "utf8"));
      if (listed !== keys) throw new Error(`${listed} keys were listed instead of ${keys}`);
    }
  });
  rmSync(folder, { recursive: true });
  return { full, listings };
}

/** Objects a second of each server for each load and direction; the servers take turns. */
async function small(bench, sizes) {
  const speeds = {};
  for (let round = 0; round < sizes.rounds; round++) {
    for (const name of round % 2 ? ["rclone", "embedded"] : ["embedded", "rclone"]) {
      for (const [load, speed] of Object.entries(await smallOf(bench, sizes, name, `round ${round + 1}`))) ((speeds[load] ??= {})[name] ??= []).push(speed);
    }
  }
  return speeds;
}

/** One round of one server. rclone's sometimes stores an object of a new folder and cannot give it back: then once more. */
async function smallOf(bench, sizes, name, title, attempts = name === "rclone" ? 5 : 1) {
  const folder = mkdtempSync(join(bench.folder, `${name}-`));
  const speeds = {};
  try {
    await withServer(bench, name, folder, async () => {
      for (const [inFlight, , which] of LOADS) {
        for (const what of ["put-loop", "get-loop"]) {
          const objects = sizes[which];
          const { wall } = await loop(bench, what, `small-${inFlight}`, objects, inFlight, 4096);
          console.log(`${name}, ${title}: ${what} ${inFlight} at once: ${(objects / wall).toFixed(0)} a second`);
          speeds[`${what}-${inFlight}`] = objects / wall;
        }
      }
    });
    return speeds;
  } catch (error) {
    if (attempts === 1) throw error;
    console.log(`${name}, ${title}: once more, since it lost an object: ${error.message.split("\n")[0]}`);
    return smallOf(bench, sizes, name, title, attempts - 1);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function withServer(bench, name, folder, work) {
  mkdirSync(folder, { recursive: true });
  bench.server = await startBenchServer(name, folder, bench.built);
  bench.env = environment(bench.server, bench.home);
  const failed = prepare(bench.bin, bench.server, bench.env, "mb", `s3://${BUCKET}`);
  if (failed && !/BucketAlreadyOwnedByYou/.test(failed)) throw new Error(`making the bucket: ${failed}`);
  try {
    await work();
  } finally {
    await bench.server.stop();
    bench.server = undefined;
  }
}

const tool = (bench, what, prefix, ...more) => [join(bench.built, "holdfast-bench"), what, "--endpoint", bench.server.endpoint, "--bucket", BUCKET, "--prefix", prefix, ...more];
const loop = (bench, what, prefix, objects, inFlight, size) => measured(bench, tool(bench, what, prefix, "--objects", String(objects), "--in-flight", String(inFlight), "--size", String(size)), bench.env);

const many = (number) => number.toLocaleString("en");
const verdict = (holds) => (holds ? "holds" : "**missed**");

function sectionOf(sizes, { empty, full, listings, speeds }) {
  const start = (what, all) => {
    const [middle, least, most] = [median(all), Math.min(...all), Math.max(...all)].map((ms) => ms.toFixed(0));
    return `| ${what}, to the line that says it is ready, median of ${all.length} | ${middle} ms (${least} to ${most}) | < ${START_BAR_MS} ms | ${verdict(median(all) < START_BAR_MS)} |`;
  };
  const listed = listings.map((seconds) => seconds.toFixed(2)).join(", ");
  const speed = (what, verb, [inFlight, how]) => {
    const { embedded, rclone } = speeds[`${what}-${inFlight}`];
    const ratio = median(embedded) / median(rclone);
    return `| ${verb} of 4 KiB, ${how} | ${many(Math.round(median(embedded)))} a second; rclone's server ${many(Math.round(median(rclone)))}: ${ratio.toFixed(2)} × | ≥ 1 × | ${verdict(ratio >= 1)} |`;
  };
  return [
    BUCKET_SECTION, "",
    `Written by \`npm run bench -- --only bucket\` on ${new Date().toISOString().slice(0, 10)}: a release build of \`holdfast bucket serve\` over a folder on the disk, where each write is synced before it is confirmed, beside \`rclone serve s3\`, which syncs nothing. The client is the bare loop over the SDK; medians of ${sizes.rounds} rounds in which the servers took turns.`, "",
    "| what | measured | bar | |", "| --- | --- | --- | --- |",
    start("start over an empty folder", empty),
    start(`start over ${many(sizes.keys)} objects`, full),
    `| listing ${many(sizes.keys)} keys in pages of 1,000, the first right after a start | ${listed} s | < ${LISTING_BAR_S} s | ${verdict(Math.max(...listings) < LISTING_BAR_S)} |`,
    ...LOADS.flatMap((load) => [speed("put-loop", "PUT", load), speed("get-loop", "GET", load)]),
    "",
  ].join("\n");
}
