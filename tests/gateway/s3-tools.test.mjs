// restic and rclone, which know nothing of Holdfast, back up through the gateway over TLS with a client's key alone, and
// bring everything back; what the client may not do they cannot do either.
// restic comes from apt, rclone from PyPI; both are unpacked into the user's cache. A tool that cannot be had is skipped.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, relative } from "node:path";
import { env } from "node:process";
import { before, test } from "node:test";
import { unpackPackage } from "../../scripts/apt.mjs";
import { install } from "../servers/install.mjs";
import { serverNamed } from "../servers/table.mjs";
import { folder, newKey, startGateway } from "./started.mjs";

const CACHE = env.HOLDFAST_TEST_CACHE ?? join(env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "holdfast-tests");
const MINUTES = 5;
const ALL = ["upload", "read", "list", "delete"];
const keys = { restic: newKey("restic"), rclone: newKey("rclone"), "no-delete": newKey("no-delete") };
const certificate = join(folder, "cert.pem");
let address;

before(async () => {
  const made = spawnSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", join(folder, "key.pem"), "-out", certificate], { encoding: "utf8" });
  assert.equal(made.status, 0, `openssl: ${made.error ?? made.stderr}`);
  const clients = Object.entries(keys).map(([name, { api_key_hash }]) => ({
    name, api_key_hash, max_file_size_mb: 64, permissions: ALL.filter((permission) => name !== "no-delete" || permission !== "delete"),
  }));
  const tls = { enabled: true, cert_file: certificate, key_file: join(folder, "key.pem") };
  address = await startGateway({ server: { tls }, s3_api: true, clients });
  assert.match(address, /^https:/);
});

/** restic of the system or from its package; undefined where there is neither. */
function restic() {
  const unpacked = join(CACHE, "restic", "usr", "bin", "restic");
  const found = () => ["/usr/bin/restic", unpacked].find((place) => existsSync(place));
  return found() ?? (unpackPackage("restic", join(CACHE, "restic")) ? found() : undefined);
}

function rclone() {
  try {
    return install(serverNamed("rclone"));
  } catch (error) {
    console.log(`rclone cannot be had: ${error.message}`);
    return undefined;
  }
}

/** Runs a tool to its end: its exit code and all that it said, without keys. */
async function run(program, args, more) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: { PATH: env.PATH, HOME: folder, ...more }, timeout: MINUTES * 60_000 });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += text));
  const code = await new Promise((ended, failed) => child.once("error", failed).once("close", ended));
  for (const { api_key } of Object.values(keys)) said = said.replaceAll(api_key, "…");
  return { code, said };
}

async function done(program, args, more) {
  const { code, said } = await run(program, args, more);
  assert.equal(code, 0, `${args.join(" ")}: ${said.slice(-4000)}`);
  return said;
}

const FILES = [["a.txt", 3], ["empty", 0], ["sub/ü ñ+%20.bin", 70_000], ["sub/deep/er/b", 4096], ["large.bin", 24 << 20]];
function makeTree(root) {
  for (const [path, size] of FILES) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), randomBytes(size));
  }
  for (let n = 0; n < 60; n++) writeFileSync(join(root, "sub", `${n}`), `file ${n}`);
  return root;
}

/** Files by path and hash. */
function tree(root) {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const hashed = files.map((entry) => join(entry.parentPath ?? entry.path, entry.name)).map((path) => [relative(root, path), createHash("sha256").update(readFileSync(path)).digest("hex")]);
  return Object.fromEntries(hashed.sort(([a], [b]) => (a < b ? -1 : 1)));
}

test("restic backs up, checks, restores and prunes", async (t) => {
  const program = restic();
  if (!program) return t.skip("restic is not here, and apt does not bring it");
  const of = (name, key = keys[name].api_key) => ({ RESTIC_PASSWORD: "a password", RESTIC_REPOSITORY: `s3:${address}/${name}/repo`, AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: key });
  const call = (...args) => done(program, ["--cacert", certificate, "--no-cache", ...args], of("restic"));
  const source = makeTree(join(folder, "restic-source"));
  await call("init");
  await call("backup", source);
  const first = tree(source);
  appendFileSync(join(source, "a.txt"), "more");
  rmSync(join(source, "sub", "7"));
  await call("backup", source);
  await call("check", "--read-data");
  const snapshots = JSON.parse(await call("snapshots", "--json"));
  assert.equal(snapshots.length, 2);
  for (const [at, wanted] of [[0, first], [1, tree(source)]]) {
    const target = join(folder, `restic-${at}`);
    await call("restore", snapshots[at].id, "--target", target);
    assert.deepEqual(tree(join(target, source)), wanted);
  }
  await call("forget", "--keep-last", "1", "--prune");
  await call("check", "--read-data");
  const stranger = await run(program, ["--cacert", certificate, "--no-cache", "snapshots"], of("restic", keys.rclone.api_key));
  assert.notEqual(stranger.code, 0, "another client's key opens it");
  const trusting = await run(program, ["--no-cache", "snapshots"], of("restic"));
  assert.notEqual(trusting.code, 0, "a certificate that nobody vouches for is taken");
});

test("rclone copies, checks, syncs and is held to the client's limits", async (t) => {
  const program = rclone();
  if (!program) return t.skip("rclone is not here, and PyPI does not bring it");
  const of = (name) => ({
    RCLONE_CONFIG: join(folder, "none"), RCLONE_CONFIG_GW_TYPE: "s3", RCLONE_CONFIG_GW_PROVIDER: "Other", RCLONE_CONFIG_GW_ENDPOINT: address,
    RCLONE_CONFIG_GW_ACCESS_KEY_ID: keys[name].api_key, RCLONE_CONFIG_GW_SECRET_ACCESS_KEY: keys[name].api_key, RCLONE_CONFIG_GW_FORCE_PATH_STYLE: "true",
  });
  const fast = ["--ca-cert", certificate, "--retries", "1", "--low-level-retries", "1", "--s3-upload-cutoff", "5M", "--s3-chunk-size", "5M"];
  const call = (...args) => done(program, [...fast, ...args], of("rclone"));
  const source = makeTree(join(folder, "rclone-source"));
  await call("copy", source, "gw:rclone/files");
  await call("check", "--download", source, "gw:rclone/files");
  rmSync(join(source, "sub", "7"));
  appendFileSync(join(source, "a.txt"), "more");
  await call("sync", source, "gw:rclone/files");
  const back = join(folder, "rclone-back");
  await call("copy", "gw:rclone/files", back);
  assert.deepEqual(tree(back), tree(source));
  const refused = async (name, ...args) => assert.notEqual((await run(program, [...fast, ...args], of(name))).code, 0, args.join(" "));
  await refused("restic", "copy", source, "gw:rclone/other");
  await refused("restic", "lsf", "gw:rclone/files");
  await done(program, [...fast, "copy", join(source, "a.txt"), "gw:no-delete/files"], of("no-delete"));
  await refused("no-delete", "deletefile", "gw:no-delete/files/a.txt");
  const large = join(folder, "too-large");
  writeFileSync(large, Buffer.alloc((64 << 20) + 1));
  await refused("rclone", "copyto", large, "gw:rclone/too-large");
  assert.doesNotMatch(await call("lsf", "gw:rclone"), /too-large/);
});
