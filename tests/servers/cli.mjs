// Test servers by hand:
//   node tests/servers/cli.mjs list
//   node tests/servers/cli.mjs install NAME…
//   node tests/servers/cli.mjs start NAME DATADIR PORT      uses PORT to PORT+7, prints one line of JSON
//   node tests/servers/cli.mjs stop DATADIR
import { rmSync } from "node:fs";
import { install, isInstalled } from "./install.mjs";
import { startServer, stopServer } from "./start.mjs";
import { SERVER_NAMES, serverNamed } from "./table.mjs";

const COMMANDS = { list, install: installAll, start, stop, guard };

function list() {
  for (const server of SERVER_NAMES.map(serverNamed)) {
    const state = isInstalled(server) ? "installed" : "not installed";
    console.log(`${server.name.padEnd(10)} ${state.padEnd(14)} ${server.good_for}`);
  }
}

function installAll(...names) {
  if (names.length === 0) throw new Error("install needs at least one name");
  for (const server of names.map(serverNamed)) {
    const began = Date.now();
    const program = install(server);
    console.log(`${server.name}: ${program} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  }
}

async function start(name, folder, port) {
  if (!folder || !Number.isInteger(Number(port))) throw new Error("usage: start NAME DATADIR PORT");
  console.log(JSON.stringify(await startServer(serverNamed(name), folder, Number(port))));
}

async function stop(folder) {
  if (!folder) throw new Error("usage: stop DATADIR");
  await stopServer(folder);
}

/** Stops and removes the folders of a run once its pipe to us closes: the run has ended, or was killed. */
async function guard(...folders) {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
  for await (const _ of process.stdin);
  for (const folder of folders) {
    await stopServer(folder);
    rmSync(folder, { recursive: true, force: true });
  }
}

const [command, ...args] = process.argv.slice(2);
try {
  if (!Object.hasOwn(COMMANDS, command ?? "")) throw new Error(`usage: cli.mjs ${Object.keys(COMMANDS).slice(0, -1).join(" | ")}`);
  await COMMANDS[command](...args);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
