// node scripts/try-package.mjs [--no-build]
// Builds the .deb, installs it, starts the installed app with a display and a session bus of its own until it has painted
// its window, and removes it again. For a machine that may be changed: a CI runner, a container. Debian and Ubuntu only.
// --no-build puts the program that is in target/release into the package. The picture is left in tests/artifacts.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { env, exit } from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { asRoot, installPackages } from "./apt.mjs";
import { ROOT, runVisibly } from "./command.mjs";
import { APT } from "./system-packages.mjs";

const ARTIFACT = join(ROOT, "tests", "artifacts", "installed.png");
const PACKAGE = "holdfast";
const PATIENCE_MS = 60_000;
/** A window that shows nothing has one colour, or a frame's few. */
const COLOURS = 64;

if (process.argv[2] === "--window") exit(await window(process.argv[3]));

installPackages([...APT.window, ...APT.test], "building and trying the package");
const flags = process.argv.slice(2).filter((word) => word === "--no-build");
await runVisibly(process.execPath, [join(ROOT, "scripts", "package.mjs"), "deb", ...flags]);
const archive = newest(join(env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "release", "bundle", "deb"));
console.log(`${archive}: ${(statSync(archive).size / 2 ** 20).toFixed(1)} MiB`);
asSystem("dpkg", "-i", archive);
try {
  const program = lookInto();
  await runVisibly(join(ROOT, "tests", "desktop", "with-desktop.sh"), [process.execPath, fileURLToPath(import.meta.url), "--window", program]);
} finally {
  asSystem("dpkg", "-r", PACKAGE);
}
assert.equal(spawnSync("dpkg", ["-L", PACKAGE]).status, 1, "something of the package stayed");
console.log(`installed, painted (${ARTIFACT}) and removed`);

function newest(folder) {
  const found = readdirSync(folder).filter((name) => name.endsWith(".deb")).map((name) => join(folder, name));
  assert.ok(found.length > 0, `no package in ${folder}`);
  return found.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
}

function asSystem(...command) {
  const [program, ...args] = [...asRoot(), ...command];
  const { status, error } = spawnSync(program, args, { stdio: ["ignore", 2, 2] });
  assert.equal(status, 0, `${command.join(" ")}: ${error ?? `exit ${status}`}`);
}

/** What the package brought: the command line with its page, the menu's entry with its program and its icon. Gives the program. */
function lookInto() {
  const files = spawnSync("dpkg", ["-L", PACKAGE], { encoding: "utf8" }).stdout.split("\n");
  const entry = files.find((file) => file.endsWith(".desktop"));
  assert.ok(entry, "no entry for the menu");
  const field = (name) => new RegExp(`^${name}=(.+)$`, "m").exec(readFileSync(entry, "utf8"))?.[1];
  const program = join("/usr/bin", field("Exec").split(" ")[0]);
  assert.ok(files.includes(program), `${entry} starts ${program}, which is not in the package`);
  assert.ok(files.some((file) => file.endsWith(`/${field("Icon")}.png`)), `no icon ${field("Icon")}`);
  const { status, stdout } = spawnSync("holdfast", ["--version"], { encoding: "utf8" });
  assert.equal(status, 0, `holdfast --version: ${stdout}`);
  for (const end of ["/man1/holdfast.1.gz", "/completions/holdfast", "/_holdfast", "/holdfast.fish"]) assert.ok(files.some((file) => file.endsWith(end)), `no ${end}`);
  const missing = spawnSync("ldd", [program], { encoding: "utf8" }).stdout.split("\n").filter((line) => line.includes("not found"));
  assert.deepEqual(missing, [], "libraries that the package does not ask for");
  return program;
}

/** Starts the program and waits until its window shows something. */
async function window(program) {
  const app = spawn(program, [], { stdio: ["ignore", "inherit", "inherit"] });
  const ended = new Promise((end) => app.once("exit", (code, signal) => end({ code, signal })));
  let early;
  ended.then((how) => (early = how));
  mkdirSync(dirname(ARTIFACT), { recursive: true });
  try {
    const until = Date.now() + PATIENCE_MS;
    for (let colours = 0; colours < COLOURS; colours = look()) {
      assert.equal(early, undefined, `it ended: ${JSON.stringify(early)}`);
      assert.ok(Date.now() < until, `after ${PATIENCE_MS / 1000} s the window has ${colours} colours`);
      await pause(200);
    }
  } finally {
    app.kill("SIGTERM");
    await ended;
  }
  return 0;
}

/** Takes a picture of the window: how many colours it has; 0 while there is none. */
function look() {
  const { stdout } = spawnSync("xdotool", ["search", "--onlyvisible", "--name", "^Holdfast$"], { encoding: "utf8" });
  const [id] = stdout.split("\n");
  if (!id || spawnSync("import", ["-window", id, ARTIFACT]).status !== 0 || !existsSync(ARTIFACT)) return 0;
  return Number(spawnSync("identify", ["-format", "%k", ARTIFACT], { encoding: "utf8" }).stdout);
}
