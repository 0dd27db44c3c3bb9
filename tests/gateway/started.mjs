// The embedded bucket and a gateway in front of it, as programs, in a temporary folder; all of it is gone afterwards.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { env } from "node:process";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const HOLDFAST = env.HOLDFAST_CLI ?? join(env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "debug", "holdfast");

export const folder = mkdtempSync(join(tmpdir(), "holdfast-gateway-"));
const children = [];
after(async () => {
  await Promise.all(children.map((child) => new Promise((ended) => {
    if (child.exitCode !== null) return ended();
    child.once("exit", ended);
    child.kill("SIGTERM");
  })));
  rmSync(folder, { recursive: true, force: true });
});

/** A new key and its hash. */
export function newKey(name) {
  const { stdout, stderr, status } = spawnSync(HOLDFAST, ["--json", "gateway", "key", "new", name, "--test"], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

/** Starts a part of Holdfast and gives back the line that it prints when it is ready. */
async function start(args) {
  const own = { ...env, HOLDFAST_CONFIG_DIR: join(folder, "config"), HOLDFAST_DATA_DIR: join(folder, "data") };
  const child = spawn(HOLDFAST, ["--json", ...args], { stdio: ["ignore", "pipe", "inherit"], env: { ...own, HOLDFAST_LOG: "warn" } });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line);
  throw new Error(`holdfast ${args[0]} ended at once`);
}

/** Starts both; `more` is put over the configuration. Gives the gateway's address. */
export async function startGateway({ server, ...more }) {
  const bucket = await start(["bucket", "serve", "--dir", join(folder, "place"), "--port", "0", "--bucket", "gateway"]);
  const config = {
    server: { port: 0, database: join(folder, "gateway.db"), ...server },
    s3: { endpoint: bucket.endpoint, region: bucket.region, bucket: bucket.bucket, path_style: true,
      access_key_id: bucket.access_key, secret_access_key: bucket.secret_key },
    ...more,
  };
  const file = join(folder, "gateway.yaml");
  writeFileSync(file, JSON.stringify(config)); // JSON is YAML
  return (await start(["gateway", "--config", file])).address;
}
