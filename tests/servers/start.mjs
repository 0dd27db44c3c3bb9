// Starts and stops one server of the table on 127.0.0.1 and says how to reach it.
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { isInstalled, programPath } from "./install.mjs";
import { isRunning, recorded, startProcess, stopProcesses } from "./processes.mjs";

/**
 * Starts the server over a data folder; returns what its clients need. A start that failed, or was called off by
 * the signal, leaves nothing running.
 */
export async function startServer(server, folder, port, signal = new AbortController().signal) {
  const dir = resolve(folder);
  mkdirSync(dir, { recursive: true });
  if (!isInstalled(server)) throw new Error(`${server.name} is not installed; run: node tests/servers/cli.mjs install ${server.name}`);
  if (recorded(dir).some(isRunning)) throw new Error(`a server is running in ${dir} already`);
  await stopProcesses(dir); // forgets a record whose processes are gone
  const { start } = await import(`./start/${server.name}.mjs`);
  const spawn = (name, program, args, env) => {
    signal.throwIfAborted();
    return startProcess(dir, name, program, args, env);
  };
  try {
    const access = await start({ dir, port, program: programPath(server), spawn, signal });
    return describe(server, dir, port, access);
  } catch (error) {
    await stopProcesses(dir);
    throw new Error(`${server.name} cannot start: ${error.message}`, { cause: error });
  }
}

export async function stopServer(folder) {
  await stopProcesses(resolve(folder));
}

function describe(server, dir, port, access) {
  return {
    name: server.name,
    endpoint: `http://127.0.0.1:${port}`,
    region: "us-east-1",
    ...access,
    pids: recorded(dir).map((one) => one.pid),
    capabilities: server.capabilities,
  };
}
