// OpenStack Swift with its S3 face, one disk in a folder: S3 on PORT, its three storage servers on PORT+1 to PORT+3.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitUntilAnswering } from "../processes.mjs";

const KINDS = ["account", "container", "object"];
const FILTERS = {
  catch_errors: "", gatekeeper: "", healthcheck: "",
  cache: "memcache_servers = 127.0.0.1:1", // no memcached: nothing listens there
  listing_formats: "", bulk: "",
  s3api: "location = us-east-1\ncheck_bucket_owner = false\ns3_acl = false\ndns_compliant_bucket_names = false",
  tempauth: "user_test_tester = testing .admin",
  copy: "", slo: "", dlo: "",
  versioned_writes: "allow_versioned_writes = true\nallow_object_versioning = true",
  symlink: "",
};

export async function start({ dir, port, spawn }) {
  if (!existsSync(join(dir, "proxy.conf"))) makeCluster(dir, port);
  KINDS.forEach((kind) => spawn(kind, `swift-${kind}-server`, [join(dir, `${kind}.conf`)]));
  const proxy = spawn("proxy", "swift-proxy-server", [join(dir, "proxy.conf")]);
  await waitUntilAnswering(`http://127.0.0.1:${port}/healthcheck`, proxy);
  return { access_key: "test:tester", secret_key: "testing" };
}

function makeCluster(dir, port) {
  for (const folder of ["dev/d1", "etc"]) mkdirSync(join(dir, folder), { recursive: true });
  KINDS.forEach((kind, step) => {
    makeRing(join(dir, "etc", `${kind}.builder`), port + 1 + step);
    writeFileSync(join(dir, `${kind}.conf`), storageConf(dir, kind, port + 1 + step));
  });
  writeFileSync(join(dir, "proxy.conf"), proxyConf(dir, port));
}

function makeRing(builder, port) {
  const ring = (...args) => spawnSync("swift-ring-builder", [builder, ...args], { encoding: "utf8" });
  ring("create", "4", "1", "1");
  ring("add", `r1z1-127.0.0.1:${port}/d1`, "1");
  const { status, stdout } = ring("rebalance");
  if (status > 1) throw new Error(`its ring cannot be built: ${stdout}`); // 1 is only a warning
}

const common = (dir, port) => `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
swift_dir = ${dir}/etc
user = ${process.env.USER ?? "root"}
workers = 1
log_level = WARNING
log_address = /dev/null
`;

const storageConf = (dir, kind, port) => `${common(dir, port)}devices = ${dir}/dev
mount_check = false
disable_fallocate = true
[pipeline:main]
pipeline = ${kind}-server
[app:${kind}-server]
use = egg:swift#${kind}
`;

const proxyConf = (dir, port) => `${common(dir, port)}[pipeline:main]
pipeline = ${Object.keys(FILTERS).join(" ")} proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
${Object.entries(FILTERS).map(([name, settings]) => `[filter:${name}]\nuse = egg:swift#${egg(name)}\n${settings}`).join("\n")}
`;

const egg = (filter) => (filter === "cache" ? "memcache" : filter);
