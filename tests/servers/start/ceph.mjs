// Ceph with one monitor, one OSD and the S3 gateway, without cephx and without a manager.
// S3 on PORT, the monitor on PORT+1 and PORT+2; with TLS_CERT and TLS_KEY in the environment https on PORT+3.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { logPath, waitUntilAnswering } from "../processes.mjs";
import { signedRequest } from "../signed.mjs";
import { configuration } from "./ceph-conf.mjs";

const ACCESS_KEY = "holdfastceph";
const SECRET_KEY = "holdfast-ceph-secret";
const COLD_CLASSES = ["STANDARD_IA", "GLACIER"];

export async function start({ dir, port, spawn, signal }) {
  const conf = join(dir, "ceph.conf");
  const isFirst = !existsSync(conf);
  const run = (program, ...args) => runTool(dir, signal, program, args);
  const daemon = (name, program, ...args) => spawn(name, program, ["-c", conf, ...args, "-f"]);
  const tool = (program, ...args) => run(program, "-c", conf, ...args);
  const ceph = (...args) => tool("ceph", "--connect-timeout", "60", ...args);

  if (isFirst) await makeCluster({ dir, port, conf }, run);
  daemon("mon", "ceph-mon", "-i", "a");
  await waitUntil("its monitor", async () => (await ceph("mon", "stat")).ok, signal);
  if (isFirst) await makeDisk(ceph, tool);
  daemon("osd", "ceph-osd", "-i", "0");
  await waitUntil("its disk", async () => (await ceph("osd", "stat")).said.includes("1 up"), signal);
  if (isFirst) await makeUser(tool);
  const gateway = daemon("rgw", "radosgw", "-n", "client.rgw.a");
  await waitUntilAnswering(`http://127.0.0.1:${port}/`, gateway, 120);
  if (isFirst) await makePools(`http://127.0.0.1:${port}/holdfast-warm-up`);
  return { access_key: ACCESS_KEY, secret_key: SECRET_KEY, ...tlsAccess(conf, port) };
}

async function makeCluster({ dir, port, conf }, run) {
  for (const folder of ["mon", "osd", "rgw", "run"]) mkdirSync(join(dir, folder), { recursive: true });
  const fsid = randomUUID();
  writeFileSync(conf, configuration({ dir, port, fsid, tls: tlsFiles() }));
  const monitors = `[v2:127.0.0.1:${port + 1},v1:127.0.0.1:${port + 2}]`;
  const map = join(dir, "monmap");
  must(await run("monmaptool", "--create", "--clobber", "--fsid", fsid, "--addv", "a", monitors, map));
  must(await run("ceph-mon", "-c", conf, "-i", "a", "--mkfs", "--monmap", map));
}

async function makeDisk(ceph, tool) {
  const id = randomUUID();
  must(await ceph("osd", "new", id));
  must(await tool("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", id));
}

/** One user who may do everything, and the cheaper storage classes in a pool of their own. */
async function makeUser(tool) {
  const keys = [`--access-key=${ACCESS_KEY}`, `--secret-key=${SECRET_KEY}`];
  must(await tool("radosgw-admin", "user", "create", "--uid=test", "--display-name=test", ...keys, "--max-buckets=5000"));
  for (const name of COLD_CLASSES) {
    const where = ["--placement-id", "default-placement", "--storage-class", name];
    must(await tool("radosgw-admin", "zonegroup", "placement", "add", "--rgw-zonegroup", "default", ...where));
    must(await tool("radosgw-admin", "zone", "placement", "add", "--rgw-zone", "default", ...where, "--data-pool", "default.rgw.cold.data"));
  }
}

/** The first write of each kind makes a pool and takes seconds; better here than within a test. */
async function makePools(bucket) {
  const keys = { access_key: ACCESS_KEY, secret_key: SECRET_KEY, region: "us-east-1" };
  await signedRequest(keys, "PUT", bucket);
  await signedRequest(keys, "PUT", `${bucket}/object`, "x");
  const answer = await signedRequest(keys, "POST", `${bucket}/parts?uploads=`);
  const id = /<UploadId>([^<]+)/.exec(await answer.text())?.[1];
  if (id) await signedRequest(keys, "DELETE", `${bucket}/parts?uploadId=${encodeURIComponent(id)}`);
  await signedRequest(keys, "DELETE", `${bucket}/object`);
  await signedRequest(keys, "DELETE", bucket);
}

function tlsFiles() {
  const { TLS_CERT: cert, TLS_KEY: key } = process.env;
  if (Boolean(cert) !== Boolean(key)) throw new Error("TLS_CERT and TLS_KEY are needed both or not at all");
  return cert ? { cert, key } : undefined;
}

function tlsAccess(conf, port) {
  return readFileSync(conf, "utf8").includes("ssl_endpoint") ? { tls_endpoint: `https://127.0.0.1:${port + 3}` } : {};
}

function runTool(dir, signal, program, args) {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 120_000, signal }, (error, stdout, stderr) => {
      const said = `${stdout}${stderr}${error?.message ?? ""}`;
      if (existsSync(dir)) writeFileSync(logPath(dir, "tools"), `$ ${program} ${args.join(" ")}\n${said}`, { flag: "a" });
      resolve({ ok: !error, said, command: program });
    });
  });
}

function must({ ok, said, command }) {
  if (!ok) throw new Error(`${command} failed: ${said.trimEnd().split("\n").slice(-15).join("\n")}`); // the rest is in its log
}

async function waitUntil(what, isSo, signal, seconds = 180) {
  for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; await pause(250)) {
    signal.throwIfAborted();
    if (await isSo()) return;
  }
  throw new Error(`${what} is not up after ${seconds} s`);
}
