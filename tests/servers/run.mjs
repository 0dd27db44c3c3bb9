// Runs one command with real servers beside it:
//   HOLDFAST_TEST_SERVERS=minio,garage node tests/servers/run.mjs cargo test -p holdfast-tests
// The command finds them in HOLDFAST_TEST_ENDPOINTS, a JSON array. A server that cannot start fails the run.
import { spawn } from "node:child_process";
import { Fleet } from "./fleet.mjs";
import { install } from "./install.mjs";
import { serversNamed } from "./table.mjs";

const [program, ...args] = process.argv.slice(2);
if (!program) throw new Error("usage: run.mjs COMMAND [ARGUMENT…]");

const servers = serversNamed(process.env.HOLDFAST_TEST_SERVERS);
servers.forEach(install);
const fleet = new Fleet();
let command;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => (command ? command.kill(signal) : giveUp()));
try {
  await fleet.start(servers);
  for (const { reason } of fleet.failures) console.error(reason);
  process.exitCode = fleet.failures.length ? 1 : await runToEnd();
} finally {
  await fleet.stop();
}

async function giveUp() {
  await fleet.stop();
  process.exit(130);
}

function runToEnd() {
  const env = { ...process.env, HOLDFAST_TEST_ENDPOINTS: JSON.stringify(fleet.endpoints) };
  command = spawn(program, args, { stdio: "inherit", env });
  return new Promise((resolve, reject) => {
    command.on("error", reject);
    command.on("exit", (code) => resolve(code ?? 1));
  });
}
