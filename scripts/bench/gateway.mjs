// The gateway under load: many uploads at once, each of which must be there with its hash; its memory; and its speed
// beside our own engine sending the same files straight to the same server.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { BUCKET } from "./peers.mjs";
import { inRounds, measured, median } from "./rounds.mjs";

const MEMORY_BAR = 128;
const SPEED_BAR = 0.8;

/** `folder` holds the files; needs Linux for the gateway's peak memory. */
export async function measureGateway(bench, folder, files, rounds) {
  const gateway = await startGateway(bench);
  try {
    const tool = (what, round) => [join(bench.built, "holdfast-bench"), what, folder, "--gateway", gateway.address, "--prefix", `round-${round}`];
    const env = { ...bench.env, HOLDFAST_GATEWAY_KEY: gateway.key };
    const straight = (round) => measured(bench, bench.programs.holdfast.up(folder, `gateway-straight-${round}`), bench.env);
    const samples = await inRounds(bench, `${files.toLocaleString("en")} uploads, 200 at once, through a gateway`, rounds, [
      { name: "holdfast", run: straight },
      { name: "gateway", run: (round) => measured(bench, tool("gateway-up", round), env) },
    ]);
    const { title } = bench.results.at(-1);
    const peak = peakMib(gateway.child.pid);
    bench.bars.push({ title, figure: "the gateway's peak_mib", limit: MEMORY_BAR, value: peak, holds: peak < MEMORY_BAR });
    const wall = (name) => median(samples[name].map((sample) => sample.wall));
    const value = wall("gateway") / wall("holdfast");
    bench.bars.push({ title, figure: "wall", best: "holdfast", among: 1, limit: 1 / SPEED_BAR, value, holds: value <= 1 / SPEED_BAR });
    const compared = spawnSync(...command(tool("gateway-compare", 0)), { env, encoding: "utf8" });
    if (compared.status !== 0) throw new Error(`an acknowledged upload is not there: ${compared.stderr}`);
    console.log(`all ${JSON.parse(compared.stdout).files} acknowledged uploads are there with their hash; the gateway's memory was at most ${peak.toFixed(0)} MiB`);
  } finally {
    const ended = once(gateway.child, "exit");
    gateway.child.kill("SIGTERM");
    await ended;
  }
}

const command = ([program, ...args]) => [program, args];

function peakMib(pid) {
  const [, kib] = readFileSync(`/proc/${pid}/status`, "utf8").match(/^VmHWM:\s+(\d+) kB$/m);
  return Number(kib) / 1024;
}

async function startGateway(bench) {
  const holdfast = join(bench.built, "holdfast");
  const made = spawnSync(holdfast, ["--json", "gateway", "key", "new", "bench", "--test"], { encoding: "utf8", env: bench.env });
  const { api_key: key, api_key_hash: hash } = JSON.parse(made.stdout);
  const { endpoint, region, access_key, secret_key } = bench.server;
  const config = {
    server: { port: 0, database: join(bench.folder, "gateway.db") },
    s3: { endpoint, region, bucket: BUCKET, path_style: true, path_prefix: "gateway", access_key_id: access_key, secret_access_key: secret_key },
    clients: [{ name: "bench", api_key_hash: hash, max_concurrent_requests: 256 }],
  };
  const file = join(bench.folder, "gateway.yaml");
  writeFileSync(file, JSON.stringify(config)); // JSON is YAML
  const child = spawn(holdfast, ["--json", "gateway", "--config", file], { stdio: ["ignore", "pipe", "inherit"], env: { ...bench.env, HOLDFAST_LOG: "warn" } });
  for await (const line of createInterface({ input: child.stdout })) return { child, key, address: JSON.parse(line).address };
  throw new Error("the gateway ended while it started");
}
