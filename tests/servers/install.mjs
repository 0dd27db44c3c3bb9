// Installs test servers into a cache by version, so that a second run finds them. System packages are the exception.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { installPackages, missingPackages } from "../../scripts/apt.mjs";

const SYSTEM_PATH = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"];

const INSTALLERS = { go: installWithGo, cargo: installWithCargo, pypi: installFromPypi, apt: installWithApt };

/** Makes sure that the server's program is here and returns its path. */
export function install(server) {
  const { from } = server.install;
  if (!isInstalled(server)) INSTALLERS[from](server);
  const program = programPath(server);
  if (!existsSync(program)) throw new Error(`${server.name}: installed, but ${program} is not there`);
  return program;
}

export function isInstalled(server) {
  if (server.install.from === "apt") return missingPackages(server.install.packages).length === 0;
  return existsSync(markerPath(server)) && existsSync(programPath(server));
}

export function programPath(server) {
  const { from, program } = server.install;
  if (from !== "apt") return join(cacheFolder(server), "bin", program);
  return SYSTEM_PATH.map((folder) => join(folder, program)).find(existsSync) ?? join("/usr/bin", program);
}

/** The cache folder of this server in exactly this version. */
export function cacheFolder(server) {
  const root = process.env.HOLDFAST_TEST_CACHE ?? join(homedir(), ".cache", "holdfast-tests");
  return join(root, `${server.name}-${server.install.version}`);
}

const markerPath = (server) => join(cacheFolder(server), "installed");

function installWithGo(server) {
  requireTool("go", ["version"], server, "install Go 1.24 or newer (https://go.dev/dl), the distribution's own is often too old");
  const { module, version } = server.install;
  const folder = freshFolder(server);
  run(server, "go", ["install", `${module}@${version}`], { GOBIN: join(folder, "bin"), GOFLAGS: "-buildvcs=false" });
  markInstalled(server);
}

function installWithCargo(server) {
  requireTool("cargo", ["--version"], server, "install Rust (https://rustup.rs)");
  const { crate, version, features } = server.install;
  const folder = freshFolder(server);
  const build = join(folder, "build");
  const what = [crate, "--version", version, "--locked", "--no-default-features", "--features", features];
  // The dev profile halves the wait: a server for tests need not be quick, only right.
  run(server, "cargo", ["install", ...what, "--debug", "--root", folder], {
    CARGO_TARGET_DIR: build,
    CARGO_PROFILE_DEV_DEBUG: "0",
    CARGO_PROFILE_DEV_OPT_LEVEL: "1",
  });
  rmSync(build, { recursive: true, force: true });
  markInstalled(server);
}

function installFromPypi(server) {
  requireTool("python3", ["-c", "import venv, ensurepip"], server, "install python3 with venv (Debian: python3-venv)");
  const { package: wanted, version } = server.install;
  const folder = freshFolder(server);
  run(server, "python3", ["-m", "venv", folder]);
  run(server, join(folder, "bin", "pip"), ["install", "--quiet", "--disable-pip-version-check", `${wanted}==${version}`]);
  markInstalled(server);
}

function installWithApt(server) {
  installPackages(server.install.packages, `the test server ${server.name}`);
}

function freshFolder(server) {
  const folder = cacheFolder(server);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

function markInstalled(server) {
  writeFileSync(markerPath(server), JSON.stringify(server.install) + "\n");
}

function requireTool(tool, args, server, advice) {
  const found = spawnSync(tool, args, { stdio: "ignore" }).status === 0;
  if (!found) throw new Error(`${server.name} cannot be installed: ${tool} is missing; ${advice}`);
}

function run(server, program, args, extra = {}) {
  const env = { ...process.env, ...extra, PATH: [process.env.PATH, ...SYSTEM_PATH].join(delimiter) };
  const { status, error } = spawnSync(program, args, { env, stdio: ["ignore", 2, 2] });
  if (error || status !== 0) throw new Error(`${server.name}: ${program} ${args[0]} failed (${error?.message ?? `exit ${status}`})`);
}
