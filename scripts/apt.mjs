// System packages on Debian and Ubuntu: asks dpkg first, and calls apt only for what is missing.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";

const APT_GET = ["-o", "DPkg::Lock::Timeout=600", "-o", "Acquire::Retries=5", "-q", "-y", "--no-install-recommends"];

export const hasApt = () => existsSync("/usr/bin/apt-get") && existsSync("/usr/bin/dpkg-query");

export function missingPackages(names) {
  const { stdout } = spawnSync("dpkg-query", ["-W", "-f", "${Package}\t${db:Status-Status}\n", ...names], { encoding: "utf8" });
  const installed = new Set(String(stdout ?? "").split("\n").filter((line) => line.endsWith("\tinstalled")).map((line) => line.split("\t")[0]));
  return names.filter((name) => !installed.has(name));
}

/** Installs what is missing of these packages; says why. Returns the ones that this system does not know. */
export function installPackages(names, reason) {
  const missing = missingPackages(names);
  if (missing.length === 0) return [];
  if (!hasApt()) throw new Error(`${reason} needs these packages, which only apt can install here: ${missing.join(" ")}`);
  console.error(`installing ${missing.length} system packages for ${reason}: ${missing.join(" ")}`);
  aptGet(["update"]);
  const unknown = missing.filter((name) => !isKnown(name));
  const wanted = missing.filter((name) => !unknown.includes(name));
  if (wanted.length) aptGet(["install", ...wanted]);
  return unknown;
}

/**
 * Unpacks a package into a folder without installing it: nothing of it is started and no other package is needed. False
 * where there is no apt or the package cannot be had.
 */
export function unpackPackage(name, folder) {
  if (!hasApt()) return false;
  mkdirSync(folder, { recursive: true });
  const quiet = { cwd: folder, stdio: "ignore" };
  const fetched = () => spawnSync("apt-get", ["-q", "download", name], quiet).status === 0;
  if (!fetched()) {
    aptGet(["update"]);
    if (!fetched()) return false;
  }
  const [archive] = readdirSync(folder).filter((file) => file.endsWith(".deb"));
  return spawnSync("dpkg-deb", ["-x", archive, folder], quiet).status === 0;
}

function isKnown(name) {
  return spawnSync("apt-cache", ["show", "--no-all-versions", name], { stdio: "ignore" }).status === 0;
}

function aptGet(args) {
  const command = [...asRoot(), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", ...APT_GET, ...args];
  const { status, error } = spawnSync(command[0], command.slice(1), { stdio: ["inherit", 2, 2] });
  if (error || status !== 0) throw new Error(`apt-get ${args[0]} failed (${error?.message ?? `exit ${status}`}); try by hand: sudo apt-get ${args.join(" ")}`);
}

/** Nothing for root, sudo for others; without sudo the caller is told what to run. */
export function asRoot() {
  if (process.getuid?.() === 0) return [];
  if (spawnSync("sudo", ["-V"], { stdio: "ignore" }).status === 0) return ["sudo"];
  throw new Error("installing system packages needs root, and sudo is not here");
}
