// MinIO over one folder, with a key service of one key, without its console and without asking for updates.
import { join } from "node:path";
import { waitUntilAnswering } from "../processes.mjs";

const ACCESS_KEY = "holdfast-minio";
const SECRET_KEY = "holdfast-minio-secret";
// The same at every start: what was written with it must open again.
const KMS_KEY = "holdfast-minio-kms";
const KMS_BYTES = Buffer.alloc(32, "no secret, for tests alone");

export async function start({ dir, port, program, spawn }) {
  const args = ["server", join(dir, "data"), "--address", `127.0.0.1:${port}`, "--quiet"];
  const server = spawn("minio", program, args, {
    HOME: dir,
    MINIO_ROOT_USER: ACCESS_KEY,
    MINIO_ROOT_PASSWORD: SECRET_KEY,
    MINIO_BROWSER: "off",
    MINIO_UPDATE: "off",
    MINIO_KMS_SECRET_KEY: `${KMS_KEY}:${KMS_BYTES.toString("base64")}`,
  });
  await waitUntilAnswering(`http://127.0.0.1:${port}/minio/health/ready`, server);
  return { access_key: ACCESS_KEY, secret_key: SECRET_KEY, kms_key: KMS_KEY };
}
