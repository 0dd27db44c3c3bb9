// rclone's S3 server over a folder.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { waitUntilAnswering } from "../processes.mjs";

const ACCESS_KEY = "holdfast-rclone";
const SECRET_KEY = "holdfast-rclone-secret";

export async function start({ dir, port, program, spawn }) {
  const data = join(dir, "data");
  mkdirSync(data, { recursive: true });
  const where = ["--config", "/dev/null", "--addr", `127.0.0.1:${port}`, "--vfs-cache-mode", "off"];
  const server = spawn("rclone", program, ["serve", "s3", ...where, "--auth-key", `${ACCESS_KEY},${SECRET_KEY}`, data], { HOME: dir });
  await waitUntilAnswering(`http://127.0.0.1:${port}/`, server);
  return { access_key: ACCESS_KEY, secret_key: SECRET_KEY };
}
