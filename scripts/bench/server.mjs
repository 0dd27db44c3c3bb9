// The one server that all programs talk to: rclone's, MinIO or the embedded bucket, on loopback, over a folder.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { install } from "../../tests/servers/install.mjs";
import { freePorts } from "../../tests/servers/ports.mjs";
import { startServer, stopServer } from "../../tests/servers/start.mjs";
import { serverNamed } from "../../tests/servers/table.mjs";

export const SERVERS = ["rclone", "minio", "embedded"];
const RCLONE_PROVIDERS = { rclone: "Rclone", minio: "Minio", embedded: "Other" };

/** Starts it; the answer has what clients need, a title, and stop(). */
export async function startBenchServer(name, folder, built) {
  const port = await freePorts();
  const started = name === "embedded" ? await startEmbedded(folder, port, built) : await startNamed(name, folder, port);
  return { region: "us-east-1", rclone_provider: RCLONE_PROVIDERS[name], ...started };
}

async function startNamed(name, folder, port) {
  const server = serverNamed(name);
  install(server);
  const access = await startServer(server, folder, port);
  return { ...access, title: `${name} ${server.install.version}`, stop: () => stopServer(folder) };
}

async function startEmbedded(folder, port, built) {
  const program = join(built, "holdfast");
  const child = spawn(program, ["bucket", "serve", "--dir", folder, "--port", String(port), "--json"], { stdio: ["ignore", "pipe", "inherit"] });
  const access = JSON.parse(await firstLine(child));
  return { ...access, title: "the embedded bucket", stop: () => end(child) };
}

/** Starts the server that throws everything away. */
export async function startSwallower(built) {
  const port = await freePorts();
  const child = spawn(join(built, "holdfast-bench"), ["swallow", String(port)], { stdio: ["pipe", "pipe", "inherit"] });
  await firstLine(child);
  const keys = { access_key: "nobody", secret_key: "nothing", region: "us-east-1", rclone_provider: "Other" };
  return { endpoint: `http://127.0.0.1:${port}`, ...keys, title: "a server that keeps nothing", stop: () => end(child) };
}

async function firstLine(child) {
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error("a server ended while it started");
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.stdin?.end();
  child.kill("SIGTERM");
  await ended;
}
