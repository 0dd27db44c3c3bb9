// What the scenarios share: a home of its own with a window in it, folders with known content, a served bucket,
// and the steps a person takes through the pages. Everything it starts ends with the scenario.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { byTestId, openWindow, waitUntil } from "./webdriver.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const built = (name) => join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "debug", name);
export const APP = process.env.HOLDFAST_APP ?? built("holdfast-desktop");
export const CLI = process.env.HOLDFAST_CLI ?? built("holdfast");
const ARTIFACTS = process.env.HOLDFAST_ARTIFACTS ?? join(ROOT, "tests", "artifacts");
const RUN_MS = 120_000;
export const id = byTestId;

/** One scenario. What it started ends in reverse order, also after a failure, which leaves a picture of each open window. */
export function scenario(sentence, act, timeout = 150_000) {
  test(sentence, { timeout }, async () => {
    const endings = [];
    const windows = new Set();
    let failure;
    try {
      await act({ after: (end) => endings.unshift(end), windows });
    } catch (error) {
      const file = sentence.slice(0, 60).replace(/\W+/g, "-");
      for (const [n, window] of [...windows].entries()) await window.screenshot(join(ARTIFACTS, "desktop", `${file}${n > 0 ? `-${n + 1}` : ""}.png`)).catch(() => {});
      failure = error;
    }
    for (const end of endings) {
      try {
        await end();
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure) throw failure;
  });
}

/** A home that nobody used before, with the folders a desktop has. It goes away with the scenario. */
export function newHome(t) {
  const home = mkdtempSync(join(tmpdir(), "holdfast-home."));
  t.after(() => rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }));
  userFolders(home);
  closeMeansQuit(home);
  return home;
}

/** Holdfast stays in the tray when its window is closed; a scenario that is not about that wants it gone. */
const closeMeansQuit = (home) => writeSettings(home, { close_to_tray: false });
export const keepInTray = (home) => writeSettings(home, { close_to_tray: true });

function writeSettings(home, settings) {
  const folder = join(home, ".config", "holdfast");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, "settings.json"), JSON.stringify({ version: 1, settings }));
}

/** The folders that a desktop makes in each home, and the file in which it says so. */
export function userFolders(home) {
  mkdirSync(join(home, ".config"), { recursive: true });
  const folders = { DOCUMENTS: "Documents", PICTURES: "Pictures" };
  for (const name of Object.values(folders)) mkdirSync(join(home, name), { recursive: true });
  const lines = Object.entries(folders).map(([key, name]) => `XDG_${key}_DIR="$HOME/${name}"`);
  writeFileSync(join(home, ".config", "user-dirs.dirs"), `${lines.join("\n")}\n`);
}

/** The app in that home. It is closed at the latest when the scenario ends. */
export async function openApp(t, home, { args = [], env = {}, program = APP } = {}) {
  const window = await openWindow(program, { args, env: { HOME: home, ...env } });
  t.windows.add(window);
  const end = async () => {
    if (t.windows.delete(window)) await window.close();
  };
  t.after(end);
  return Object.assign(window, { end });
}

/** Writes files: a number is so many bytes of noise that is the same each time. Times are old, so that nothing looks busy. */
export function writeTree(folder, files) {
  const long_ago = new Date("2026-03-01T10:00:00Z");
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === "number" ? noise(path, content) : content);
    utimesSync(file, long_ago, long_ago);
  }
  return folder;
}

function noise(seed, length) {
  const block = Buffer.concat(Array.from({ length: 64 }, (_, n) => createHash("sha256").update(`${seed}/${n}`).digest()));
  return Buffer.alloc(length, block);
}

/** A family's folder: depth, spaces, umlauts, an empty file, and one file of several parts. */
export const FAMILY = {
  "Letter to Åsa.docx": "Dear Åsa",
  "empty.txt": "",
  "House/2026/Renovation budget.xlsx": 418_000,
  "House/2026/Site visit/IMG_2201.heic": 1_200_003,
  "House/2026/Site visit/IMG_2202.heic": 1_100_001,
  "Taxes/2025/Ledger.ods": 190_000,
  "Taxes/2025/#5 100% & more?.pdf": 1,
  "Videos/Baptism.mp4": 40_000_000,
};

/** Path to content hash, mode and time, for comparing two folders byte for byte. */
export function treeOf(folder, at = folder) {
  const found = {};
  for (const name of readdirSync(at).sort()) {
    const path = join(at, name);
    const stat = lstatSync(path);
    if (stat.isDirectory()) Object.assign(found, treeOf(folder, path));
    else found[relative(folder, path)] = [stat.isSymbolicLink() ? readlinkSync(path) : sha256(path), stat.mode & 0o777, Math.floor(stat.mtimeMs / 1000)];
  }
  return found;
}

export const sha256 = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");

export function assertSameTree(expected, restored) {
  assert.deepEqual(treeOf(restored), treeOf(expected), "the restored folder is not the one that was backed up");
}

/** Serves an empty bucket over S3 as another program and returns its endpoint and keys. */
export async function serveBucket(t, home) {
  const dir = mkdtempSync(join(tmpdir(), "holdfast-bucket."));
  const server = spawn(CLI, ["bucket", "serve", "--dir", dir, "--json"], { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, HOME: home } });
  t.after(async () => {
    if (server.exitCode === null) server.kill("SIGTERM"), await once(server, "exit");
    rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  });
  const [line] = await once(createInterface({ input: server.stdout }), "line");
  return JSON.parse(line);
}

/** The embedded bucket on one port with one pair of keys, over one folder: it can be killed, and started again as it was. */
export async function steadyBucket(t) {
  const dir = mkdtempSync(join(tmpdir(), "holdfast-bucket."));
  const keys = { access_key: "AKSTEADYBUCKETOFTESTS", secret_key: "steady-secret-of-a-bucket-of-the-tests-0" };
  let [server, port] = [null, 0];
  const start = async () => {
    const program = join(dirname(CLI), "examples", "serve"); // `holdfast bucket serve` has new keys at each start
    server = spawn(program, [dir, String(port), "holdfast"], { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, SERVE_ACCESS_KEY: keys.access_key, SERVE_SECRET_KEY: keys.secret_key } });
    const [line] = await once(createInterface({ input: server.stdout }), "line");
    const [endpoint] = line.split(" ");
    port = Number(new URL(endpoint).port);
    return endpoint;
  };
  const kill = async () => {
    if (server.exitCode === null && server.signalCode === null) server.kill("SIGKILL"), await once(server, "exit");
  };
  t.after(async () => {
    await kill();
    rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  });
  return { endpoint: await start(), bucket: "holdfast", ...keys, start, kill };
}

/** A Python program of this folder on the session's bus that answers each line of its input with a line of JSON. */
export async function pythonHelper(t, file) {
  const helper = spawn("/usr/bin/python3", [fileURLToPath(new URL(file, import.meta.url))], { stdio: ["pipe", "pipe", "inherit"] });
  t.after(async () => {
    if (helper.exitCode === null) helper.kill(), await once(helper, "exit");
  });
  const answers = createInterface({ input: helper.stdout })[Symbol.asyncIterator]();
  assert.equal((await answers.next()).value, "ready");
  return async (line) => (helper.stdin.write(`${line}\n`), JSON.parse((await answers.next()).value));
}

/** Another person at another desk: a display, a session bus and an unlocked keychain of its own, as environment. */
export async function anotherDesk(t) {
  const say = 'printf "%s %s %s\\n" "$DISPLAY" "$DBUS_SESSION_BUS_ADDRESS" "$XDG_RUNTIME_DIR"; exec sleep infinity';
  const desk = spawn(fileURLToPath(new URL("with-desktop.sh", import.meta.url)), ["sh", "-c", say], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(async () => {
    if (desk.exitCode === null) desk.kill("SIGTERM"), await once(desk, "exit");
  });
  const [line] = await once(createInterface({ input: desk.stdout }), "line");
  const [DISPLAY, DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR] = line.split(" ");
  return { DISPLAY, DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR };
}

/** A session bus without any service: no keychain, and none that could be started. */
export async function bareBus(t) {
  const dir = mkdtempSync(join(tmpdir(), "holdfast-bus."));
  const config = join(dir, "bus.conf");
  writeFileSync(config, `<busconfig><type>session</type><listen>unix:dir=${dir}</listen><policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`);
  const bus = spawn("dbus-daemon", [`--config-file=${config}`, "--nofork", "--nopidfile", "--print-address"], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(async () => {
    if (bus.exitCode === null) bus.kill(), await once(bus, "exit");
    rmSync(dir, { recursive: true, force: true });
  });
  const [address] = await once(createInterface({ input: bus.stdout }), "line");
  return address;
}

/** First run: this computer, kept in its usual folder, up to the question for the first folder. */
export async function chooseThisComputer(window) {
  await window.click(id("choose-computer"));
  await window.click(id("continue"));
  await window.find(`${id("test-result")}[data-state="passed"]`, RUN_MS);
  await window.click(id("continue"));
  await window.find(id("folder-path"));
}

/** Fills the fields for a served bucket. */
export async function fillBucket(window, bucket, secret) {
  await window.click(id("choose-provider"));
  await window.click(id("field-provider"));
  await window.click(id("field-provider-other"));
  await window.type(id("field-endpoint"), bucket.endpoint);
  await window.type(id("field-bucket"), bucket.bucket);
  await window.type(id("field-key-id"), bucket.access_key);
  await window.type(id("field-secret"), secret);
}

/** The folder is to be backed up by hand, so that no run begins by itself; asks for its plan. */
export async function askForPlan(window) {
  if ((await window.count(id("choose-when"))) > 0) await window.click(id("choose-when"));
  await window.click(id("when-hand"));
  await window.click(id("preview"));
}

/** Names a folder and waits for its plan. */
export async function look(window, folder) {
  await window.type(id("folder-path"), folder);
  await askForPlan(window);
  return window.waitForText(id("plan-sentence"), /\./, RUN_MS);
}

/** Presses "Back up now" and waits for the result; returns its state. */
export async function backUp(window) {
  await window.click(id("run-backup"));
  return resultOf(window);
}

export async function resultOf(window) {
  await window.find(id("result"), RUN_MS);
  return window.attribute(id("result"), "data-state");
}

/** Restores one folder of the bucket's top into a folder here; returns the result's state. */
export async function restore(window, name, destination) {
  await window.click(id("nav-restore"));
  await window.click(id("refresh"));
  await window.click(id(`restore-check-${name}`));
  await window.find(id("restore-total"));
  await waitUntil("a field for the folder", async () => {
    await window.click(id("destination-new"));
    return (await window.isShown(id("restore-destination"))) && (await window.value(id("restore-destination"))) !== ""; // a folder was suggested
  });
  await window.type(id("restore-destination"), destination);
  await window.click(id("run-restore"), RUN_MS);
  return resultOf(window);
}

/** What lies in the bucket, by key. */
export async function keysIn(window, prefix = null) {
  const keys = [];
  let continuation = null;
  do {
    const page = await window.invoke("list_s3_objects", { prefix, maxKeys: 1000, delimiter: null, continuation });
    keys.push(...page.objects.map(({ key }) => key));
    continuation = page.continuation;
  } while (continuation);
  return keys;
}

export { waitUntil };
