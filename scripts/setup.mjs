// Set-up for `npm start` and `npm test`: looks for Rust and Node, installs system packages where apt can,
// the Node packages, and builds the page. Everything that is there already is left alone.
// By hand: node scripts/setup.mjs [window | terminal | test]
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { argv, platform, versions } from "node:process";
import { fileURLToPath } from "node:url";
import { hasApt, installPackages } from "./apt.mjs";
import { ROOT, outputOf, runVisibly } from "./command.mjs";
import { adviceFor, APT } from "./system-packages.mjs";

/** Everything for a purpose (`window`, `terminal`, `test`) but the Node packages and the page. */
export function setUpSystem(purpose) {
  checkNode();
  checkRust(purpose === "test" ? ["fmt", "clippy"] : []);
  installSystemPackages(purpose);
}

export async function installNodePackages() {
  const lock = join(ROOT, "package-lock.json");
  if (!existsSync(lock)) return runVisibly("npm", ["install", "--no-audit", "--no-fund"]);
  const installed = join(ROOT, "node_modules", ".package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  await runVisibly("npm", ["ci", "--no-audit", "--no-fund"]);
}

export const buildPage = () => runVisibly("npm", ["run", "--silent", "ui:build"]);

/** The Node packages and the page, which every Rust build of the window needs to be there. */
export async function setUpPage() {
  await installNodePackages();
  await buildPage();
}

function checkNode() {
  const wanted = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).engines?.node ?? ">=20";
  if (isOlder(versions.node, wanted)) throw new Error(`Node ${versions.node} is too old; install Node ${wanted} from https://nodejs.org`);
}

function checkRust(components) {
  const found = outputOf("cargo", ["--version"]);
  const wanted = /^rust-version = "(.+)"/m.exec(readFileSync(join(ROOT, "Cargo.toml"), "utf8"))?.[1] ?? "1.95";
  if (!found) throw new Error(`Rust is missing; install it with https://rustup.rs (version ${wanted} or newer), then run this again`);
  if (isOlder(found, wanted)) throw new Error(`${found} is too old; Holdfast needs Rust ${wanted}: rustup update stable`);
  for (const name of components) checkComponent(name);
}

function checkComponent(name) {
  if (outputOf("cargo", [name, "--version"])) return;
  const component = name === "fmt" ? "rustfmt" : name;
  if (outputOf("rustup", ["component", "add", component]) === undefined) throw new Error(`cargo ${name} is missing; install it: rustup component add ${component}`);
}

function installSystemPackages(purpose) {
  if (platform === "linux" && hasApt()) {
    const unknown = installPackages(APT[purpose], `${purpose === "test" ? "the tests" : `the ${purpose}`}`);
    if (unknown.length) console.error(`not known to this system's apt, going on without: ${unknown.join(" ")}`);
    return;
  }
  if (platform === "win32") return; // WebView2 is part of Windows; Rust's installer asks for the build tools
  if (looksReady(purpose)) return;
  console.error(`system packages cannot be installed for you here. If something below fails for lack of them:\n  ${adviceFor(purpose, has)}`);
}

function looksReady(purpose) {
  if (platform === "darwin") return outputOf("xcode-select", ["-p"]) !== undefined;
  const libraries = purpose === "terminal" ? ["dbus-1"] : ["webkit2gtk-4.1", "dbus-1"];
  const drivers = purpose === "test" ? ["WebKitWebDriver", "Xvfb", "gnome-keyring-daemon"] : [];
  return outputOf("pkg-config", ["--exists", ...libraries]) !== undefined && drivers.every(has);
}

const has = (program) => outputOf("sh", ["-c", `command -v ${program}`]) !== undefined;

/** Compares the first two numbers of two texts such as `cargo 1.95.0 (…)` and `>=20.19`. */
function isOlder(found, wanted) {
  const [[major, minor], [wantedMajor, wantedMinor]] = [found, wanted].map((text) => /(\d+)(?:\.(\d+))?/.exec(text).slice(1).map((n) => Number(n ?? 0)));
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const purpose = argv[2] ?? "window";
    if (!Object.hasOwn(APT, purpose)) throw new Error("usage: setup.mjs [window | terminal | test]");
    setUpSystem(purpose);
    if (purpose !== "terminal") await setUpPage();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
