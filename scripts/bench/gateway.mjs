// The gateway under load: many uploads at once, each of which must be there with its hash; its memory; and its speed
// beside our own engine sending the same files straight to the same server, and beside the same files through nginx.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { BUCKET } from "./peers.mjs";
import { startProxy } from "./proxy.mjs";
import { inRounds, measured, median } from "./rounds.mjs";

const MEMORY_BAR = 128;
const SPEED_BAR = 0.8;

/** `folder` holds the files; needs Linux for what servers cost. */
export async function measureGateway(bench, folder, files, rounds, removePrefix) {
  const gateway = await startGateway(bench);
  const proxy = await startProxy(join(bench.folder, "nginx"), bench.server.endpoint);
  if (!proxy) console.log("SKIPPED: the comparison with a plain proxy, because nginx is not here and apt does not bring it");
  try {
    const tool = (what, round) => [join(bench.built, "holdfast-bench"), what, folder, "--gateway", gateway.address, "--prefix", `round-${round}`];
    const env = { ...bench.env, HOLDFAST_GATEWAY_KEY: gateway.key };
    const put = (name, endpoint, round) => [join(bench.built, "holdfast-bench"), "put-files", folder, "--endpoint", endpoint, "--bucket", BUCKET, "--prefix", `gateway-${name}-${round}`];
    const contenders = [
      { name: "holdfast", run: (round) => measured(bench, bench.programs.holdfast.up(folder, `gateway-straight-${round}`), bench.env) },
      { name: "through the gateway", run: (round) => withServer([gateway.child.pid], () => measured(bench, tool("gateway-up", round), env)) },
      { name: "bare SDK, straight", run: (round) => measured(bench, put("bare", bench.server.endpoint, round), bench.env) },
    ];
    if (proxy) contenders.push({ name: `bare SDK, through ${proxy.title}`, run: (round) => withServer(proxy.pids(), () => measured(bench, put("proxied", proxy.endpoint, round), bench.env)) });
    const places = { holdfast: "gateway-straight", "through the gateway": "gateway/bench/round", "bare SDK, straight": "gateway-bare" };
    const samples = await inRounds(bench, `${files.toLocaleString("en")} uploads, 200 at once, through a gateway`, rounds, contenders.map((one) => ({
      ...one,
      // What was sent goes at once, so that nobody waits for the disk to take in what others sent.
      async run(round) {
        const figures = await one.run(round);
        if (round > 0 || one.name !== "through the gateway") removePrefix(`${places[one.name] ?? "gateway-proxied"}-${round}`);
        return figures;
      },
    })));
    hold(bench, samples, peakMib([gateway.child.pid]));
    const compared = spawnSync(...command(tool("gateway-compare", 0)), { env, encoding: "utf8" });
    if (compared.status !== 0) throw new Error(`an acknowledged upload is not there: ${compared.stderr}`);
    console.log(`all ${JSON.parse(compared.stdout).files} acknowledged uploads are there with their hash`);
  } finally {
    await proxy?.stop();
    const ended = once(gateway.child, "exit");
    gateway.child.kill("SIGTERM");
    await ended;
  }
}

function hold(bench, samples, peak) {
  const { title } = bench.results.at(-1);
  bench.bars.push({ title, figure: "peak_mib", whose: "the gateway's", limit: MEMORY_BAR, value: peak, holds: peak < MEMORY_BAR });
  const wall = (name) => median(samples[name].map((sample) => sample.wall));
  const value = wall("through the gateway") / wall("holdfast");
  bench.bars.push({ title, figure: "wall", best: "holdfast", among: 1, limit: 1 / SPEED_BAR, value, holds: value <= 1 / SPEED_BAR });
}

/** The figures with what the server between spent in the meantime. */
async function withServer(pids, run) {
  const before = processorSeconds(pids);
  const figures = await run();
  return { ...figures, server_cpu: processorSeconds(pids) - before, server_peak_mib: peakMib(pids) };
}

const command = ([program, ...args]) => [program, args];
const sum = (numbers) => numbers.reduce((all, one) => all + one, 0);

/** User and system time; the system counts in steps of ten milliseconds. */
function processorSeconds(pids) {
  const ticks = (pid) => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ").slice(11, 13).map(Number);
  return sum(pids.flatMap(ticks)) / 100;
}

function peakMib(pids) {
  const kib = (pid) => Number(readFileSync(`/proc/${pid}/status`, "utf8").match(/^VmHWM:\s+(\d+) kB$/m)[1]);
  return sum(pids.map(kib)) / 1024;
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
