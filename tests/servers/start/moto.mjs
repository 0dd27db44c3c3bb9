// moto in memory: what it holds is lost when it stops.
import { waitUntilAnswering } from "../processes.mjs";

export async function start({ port, program, spawn }) {
  const server = spawn("moto", program, ["-H", "127.0.0.1", "-p", String(port)]);
  await waitUntilAnswering(`http://127.0.0.1:${port}/`, server);
  return { access_key: "testing", secret_key: "testing" };
}
