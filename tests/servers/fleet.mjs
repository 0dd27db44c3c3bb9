// Several servers at once for one test run: started side by side in temporary folders, all ended together.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePorts } from "./ports.mjs";
import { startServer, stopServer } from "./start.mjs";

const CLI = fileURLToPath(new URL("cli.mjs", import.meta.url));

const ATTEMPTS = 3; // a start that a busy machine did not finish in time is made again, from nothing

/** Starts every given server. `endpoints` are the ones that run, `failures` the ones that could not. */
export class Fleet {
  endpoints = [];
  failures = [];
  #folders = [];
  #guard;
  #calledOff = new AbortController();
  #starting = Promise.resolve();

  async start(servers) {
    const places = [];
    for (const server of servers) places.push({ server, folder: this.#newFolder(server), port: await distinctPort(places) });
    if (places.length) this.#guard = guard(this.#folders);
    this.#starting = Promise.all(places.map((place) => this.#startOne(place)));
    await this.#starting;
  }

  /** Ends all servers, those that are still starting too. */
  async stop() {
    this.#calledOff.abort();
    await Promise.all(this.#folders.map(stopServer));
    await this.#starting;
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
    this.#guard?.stdin.end();
  }

  async #startOne({ server, folder, port }) {
    for (let attempt = 1; ; attempt++) {
      try {
        return this.endpoints.push(await startServer(server, folder, port, this.#calledOff.signal));
      } catch (error) {
        if (this.#calledOff.signal.aborted) return;
        console.error(`attempt ${attempt} of ${ATTEMPTS}: ${error.message}`);
        if (attempt === ATTEMPTS) return this.failures.push({ name: server.name, reason: error.message });
        rmSync(folder, { recursive: true, force: true });
        port = await freePorts();
      }
    }
  }

  #newFolder({ name }) {
    const folder = mkdtempSync(join(tmpdir(), `holdfast-${name}-`));
    this.#folders.push(folder);
    return folder;
  }
}

async function distinctPort(taken) {
  for (;;) {
    const port = await freePorts();
    if (taken.every((place) => place.port !== port)) return port;
  }
}

/** A process that waits for our end, however it comes, and then stops and removes what is left. */
function guard(folders) {
  const child = spawn(process.execPath, [CLI, "guard", ...folders], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  child.unref();
  child.stdin.unref?.();
  return child;
}
