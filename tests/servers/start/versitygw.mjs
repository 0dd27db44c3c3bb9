// versitygw over a folder; needs a file system with extended attributes.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { waitUntilAnswering } from "../processes.mjs";

const ACCESS_KEY = "holdfast-versity";
const SECRET_KEY = "holdfast-versity-secret";

export async function start({ dir, port, program, spawn }) {
  const data = join(dir, "data");
  mkdirSync(data, { recursive: true });
  const env = { ROOT_ACCESS_KEY: ACCESS_KEY, ROOT_SECRET_KEY: SECRET_KEY, HOME: dir };
  const server = spawn("versitygw", program, ["--port", `127.0.0.1:${port}`, "--region", "us-east-1", "posix", data], env);
  await waitUntilAnswering(`http://127.0.0.1:${port}/`, server);
  return { access_key: ACCESS_KEY, secret_key: SECRET_KEY };
}
