// Every endpoint of the gateway does what its description at /openapi.json says, asked by schemathesis with the key of
// a client that may do everything: no 5xx, only described answers of the described shape, no endpoint without a key.
// schemathesis comes from PyPI into a folder of its own below the user's cache, once.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { env, platform } from "node:process";
import { test } from "node:test";
import { folder, newKey, startGateway } from "./started.mjs";

const VERSION = "4.32.5";
const SECONDS = 45;
const CHECKS = [
  "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
  "response_schema_conformance", "unsupported_method", "ignored_auth", "use_after_free",
];

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

test("the gateway does what its description says", async () => {
  const program = schemathesis();
  const key = newKey("client");
  const address = await startGateway({
    admin: { api_key_hash: newKey("admin").api_key_hash },
    clients: [{ name: "client", api_key_hash: key.api_key_hash, permissions: ["upload", "read", "list", "delete", "presign", "report"] }],
  });
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
