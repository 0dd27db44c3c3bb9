// Every endpoint of the gateway does what its description at /openapi.json says, asked by schemathesis with the key of
// a client that may do everything: no 5xx, only described answers of the described shape, no endpoint without a key.
// schemathesis comes from PyPI into a folder of its own below the user's cache, once.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { env, platform } from "node:process";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const HOLDFAST = env.HOLDFAST_CLI ?? join(env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "debug", "holdfast");
const VERSION = "4.32.5";
const SECONDS = 45;
const CHECKS = [
  "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
  "response_schema_conformance", "unsupported_method", "ignored_auth", "use_after_free",
];

const folder = mkdtempSync(join(tmpdir(), "holdfast-openapi-"));
const children = [];
after(async () => {
  await Promise.all(children.map((child) => new Promise((ended) => {
    if (child.exitCode !== null) return ended();
    child.once("exit", ended);
    child.kill("SIGTERM");
  })));
  rmSync(folder, { recursive: true, force: true });
});

function schemathesis() {
  const venv = join(env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "holdfast-tests", `schemathesis-${VERSION}`);
  const bin = join(venv, platform === "win32" ? "Scripts" : "bin");
  const program = join(bin, "schemathesis");
  if (existsSync(program)) return program;
  for (const [command, args] of [["python3", ["-m", "venv", venv]], [join(bin, "pip"), ["install", "--quiet", `schemathesis==${VERSION}`]]]) {
    const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
    assert.equal(status, 0, `${command} ${args.join(" ")}: ${error ?? stderr}`);
  }
  return program;
}

function holdfast(args) {
  const { stdout, stderr, status } = spawnSync(HOLDFAST, ["--json", ...args], { encoding: "utf8" });
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

async function startGateway(key, admin) {
  const bucket = await start(["bucket", "serve", "--dir", join(folder, "place"), "--port", "0", "--bucket", "gateway"]);
  const config = {
    server: { port: 0, database: join(folder, "gateway.db") },
    s3: { endpoint: bucket.endpoint, region: bucket.region, bucket: bucket.bucket, path_style: true,
      access_key_id: bucket.access_key, secret_access_key: bucket.secret_key },
    admin: { api_key_hash: admin.api_key_hash },
    clients: [{ name: "client", api_key_hash: key.api_key_hash, permissions: ["upload", "read", "list", "delete", "presign", "report"] }],
  };
  const file = join(folder, "gateway.yaml");
  writeFileSync(file, JSON.stringify(config)); // JSON is YAML
  return (await start(["gateway", "--config", file])).address;
}

test("the gateway does what its description says", async () => {
  const program = schemathesis();
  const key = holdfast(["gateway", "key", "new", "client", "--test"]);
  const address = await startGateway(key, holdfast(["gateway", "key", "new", "admin", "--test"]));
  const args = ["run", `${address}/openapi.json`, "--header", `Authorization: Bearer ${key.api_key}`, "--checks", CHECKS.join(","),
    "--max-time", String(SECONDS), "--phases", "examples,coverage,fuzzing", "--seed", "1", "--continue-on-failure", "--no-color"];
  const run = spawn(program, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [run.stdout, run.stderr]) stream.on("data", (text) => (output += text));
  const code = await new Promise((ended) => run.once("exit", ended));
  output = output.replaceAll(key.api_key, "…");
  console.log(output.split("\n").slice(-25).join("\n"));
  assert.equal(code, 0, output.slice(0, 20_000));
});
