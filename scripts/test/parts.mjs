// The parts of `npm test`, in lanes. Parts of one lane follow one another; lanes run side by side, and a part
// waits for the parts it names. Cargo allows one build at a time, so everything Rust is one lane. The windows are driven
// beside the Rust tests, which let them go first: a person waits for a window, and so do the scenarios.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { platform } from "node:process";
import { serverNamed } from "../../tests/servers/table.mjs";
import { ROOT } from "../command.mjs";

export const TARGET = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target");
const SCENARIOS = join(ROOT, "tests", "desktop");
const WITH_DESKTOP = join(SCENARIOS, "with-desktop.sh");

// The same packages and features in every cargo command: otherwise shared crates are built more than once.
const WORKSPACE = ["--workspace", "--features", "holdfast-desktop/custom-protocol"];

/** The lanes for a set of subjects out of rust, ui and desktop. `servers` are the real servers to test against. */
export function lanes(subjects, servers) {
  const every = {
    rust: [...(subjects.has("rust") ? rustChecks() : []), ...rustBuild(subjects), ...(subjects.has("rust") ? [rustTests(servers), ...archives(servers), gatewayByTools()] : [])],
    desktop: subjects.has("desktop") ? desktopScenarios(servers) : [],
    ui: [pageBuild(), ...(subjects.has("ui") ? uiParts() : [])],
    servers: serversNeeded(subjects, servers).map(serverInstall),
  };
  return Object.values(every).filter((lane) => lane.length > 0);
}

/** What of hishtory's real server and client is not there to be tested against, in words. */
export function hishtoryLeftOut(environment) {
  const programs = { server: "HOLDFAST_TEST_HISHTORY_SERVER", client: "HOLDFAST_TEST_HISHTORY_CLIENT" };
  const missing = Object.entries(programs).filter(([, variable]) => !environment[variable]);
  return missing.map(([what, variable]) => `LEFT OUT: hishtory's ${what}: ${variable} names no program; a stand-in only`);
}

const gentle = (program, ...args) => (platform === "win32" ? [program, ...args] : ["nice", "-n", "5", program, ...args]);
const npmScript = (script) => ["npm", "run", "--silent", script];
const nodeTests = (...files) => [process.execPath, "--test", "--test-concurrency=1", "--test-reporter=spec", ...files];

function rustChecks() {
  return [
    { name: "format", command: ["cargo", "fmt", "--all", "--check"] },
    { name: "clippy", needs: ["page"], command: gentle("cargo", "clippy", ...WORKSPACE, "--all-targets", "--", "-D", "warnings") },
  ];
}

function rustBuild(subjects) {
  if (!subjects.has("rust") && !subjects.has("desktop")) return [];
  // Binaries together with the tests: cargo then builds both with the same features of every dependency.
  return [{ name: "rust build", needs: ["page"], command: gentle("cargo", "build", ...WORKSPACE, "--bins", "--tests", "--examples") }];
}

function rustTests(servers) {
  const installs = servers.map((server) => serverInstall(server).name);
  return { name: "rust tests", needs: ["rust build", ...installs], counted: true, servers, minutes: 45, command: gentle("cargo", "test", ...WORKSPACE, "--no-fail-fast") };
}

/** Real servers have no archive. Where some are named, the one that plays one is asked for that beside them. */
const archiveServers = (servers) => (servers.length > 0 && !servers.some((server) => server.name === "moto") ? [serverNamed("moto")] : []);

function archives(servers) {
  return archiveServers(servers).map((server) => ({
    name: "archives", needs: ["rust build", serverInstall(server).name], counted: true, servers: [server],
    command: ["cargo", "test", ...WORKSPACE, "--test", "storage_tools", "--", "moto::an_archived_"],
  }));
}

/** The gateway held against its own description, and as S3 tools use it, by tools that come from PyPI and apt. */
function gatewayByTools() {
  const files = ["openapi", "s3-tools"].map((name) => join(ROOT, "tests", "gateway", `${name}.test.mjs`));
  return { name: "gateway api", needs: ["rust build"], counted: true, env: { HOLDFAST_CLI: join(TARGET, "debug", "holdfast") }, command: nodeTests(...files) };
}

function serverInstall(server) {
  const cli = join(ROOT, "tests", "servers", "cli.mjs");
  return { name: `install ${server.name}`, command: gentle(process.execPath, cli, "install", server.name) };
}

function pageBuild() {
  return { name: "page", command: npmScript("ui:build") };
}

function uiParts() {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const pages = scripts["ui:pages"] ? [{ name: "page tests", needs: ["page"], counted: true, command: npmScript("ui:pages") }] : [];
  return [
    { name: "test reports", counted: true, command: nodeTests(join(ROOT, "tests", "scripts", "reports.test.mjs")) },
    { name: "ui check", command: npmScript("ui:check") },
    { name: "ui tests", counted: true, command: npmScript("ui:test") },
    ...pages,
  ];
}

/** Scenarios that run at a real server, too, where it is named. */
const SCENARIO_SERVERS = { "records-two.test.mjs": ["minio"] };
const serversOf = (file, servers) => servers.filter((server) => SCENARIO_SERVERS[file]?.includes(server.name));
const serversNeeded = (subjects, servers) => (subjects.has("rust") ? [...servers, ...archiveServers(servers)] : subjects.has("desktop") ? Object.keys(SCENARIO_SERVERS).flatMap((file) => serversOf(file, servers)) : []);

function desktopScenarios(servers) {
  const files = existsSync(SCENARIOS) ? readdirSync(SCENARIOS).filter((file) => file.endsWith(".test.mjs")).sort() : [];
  if (platform !== "linux") return [{ name: "desktop", skip: `the window is driven on Linux only; ${files.length} scenarios left out`, skipped: files.length }];
  if (files.length === 0) return [{ name: "desktop", counted: true, needs: ["rust build"], command: ["sh", "-c", "echo no scenario in tests/desktop"] }];
  return files.map((file) => desktopScenario(file, serversOf(file, servers)));
}

function desktopScenario(file, servers) {
  return {
    name: `desktop ${file.replace(".test.mjs", "")}`,
    needs: ["rust build", ...servers.map((server) => serverInstall(server).name)],
    counted: true,
    ...(servers.length > 0 ? { servers } : {}),
    env: {
      HOLDFAST_APP: join(TARGET, "debug", "holdfast-desktop"),
      HOLDFAST_CLI: join(TARGET, "debug", "holdfast"),
      HOLDFAST_ARTIFACTS: join(ROOT, "tests", "artifacts"),
    },
    command: [WITH_DESKTOP, ...nodeTests(join(SCENARIOS, file))],
  };
}
