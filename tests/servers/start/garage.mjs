// Garage as a single node: S3 on PORT, its own protocol on PORT+1, administration on PORT+2.
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { waitUntilAnswering } from "../processes.mjs";

// Garage accepts only keys of this shape.
const ACCESS_KEY = "GK0123456789abcdef01234567";
const SECRET_KEY = "0123456789abcdef".repeat(4);

export async function start({ dir, port, program, spawn }) {
  const config = join(dir, "garage.toml");
  if (!existsSync(config)) writeFileSync(config, configuration(dir, port), { mode: 0o600 });
  const server = spawn("garage", program, ["-c", config, "server", "--single-node", "--default-access-key"], {
    GARAGE_DEFAULT_ACCESS_KEY: ACCESS_KEY,
    GARAGE_DEFAULT_SECRET_KEY: SECRET_KEY,
    RUST_LOG: "garage=warn",
  });
  await waitUntilAnswering(`http://127.0.0.1:${port}/`, server);
  await allowBuckets(program, config);
  return { access_key: ACCESS_KEY, secret_key: SECRET_KEY };
}

/** The default key may not create buckets until it is told so; the key itself appears a moment after the start. */
async function allowBuckets(program, config) {
  let said = "";
  for (let attempt = 0; attempt < 100; attempt++) {
    const { status, stderr } = spawnSync(program, ["-c", config, "key", "allow", "--create-bucket", ACCESS_KEY], { encoding: "utf8" });
    if (status === 0) return;
    said = stderr;
    await pause(100);
  }
  throw new Error(`its key cannot be allowed to create buckets: ${said}`);
}

function configuration(dir, port) {
  return `metadata_dir = "${dir}/meta"
data_dir = "${dir}/data"
db_engine = "sqlite"
metadata_fsync = false
data_fsync = false
replication_factor = 1
rpc_bind_addr = "127.0.0.1:${port + 1}"
rpc_public_addr = "127.0.0.1:${port + 1}"
rpc_secret = "${randomBytes(32).toString("hex")}"
[s3_api]
s3_region = "us-east-1"
api_bind_addr = "127.0.0.1:${port}"
[admin]
api_bind_addr = "127.0.0.1:${port + 2}"
admin_token = "${randomBytes(16).toString("hex")}"
`;
}
