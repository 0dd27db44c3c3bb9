// A plain reverse proxy before the server: nginx, which passes bytes on as they come. What a gateway costs beyond it is
// the price of what it does with them.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePorts } from "../../tests/servers/ports.mjs";
import { unpackPackage } from "../apt.mjs";

/** The program, from the system or unpacked from its package into the cache; undefined where it cannot be had. */
function nginx() {
  const root = process.env.HOLDFAST_TEST_CACHE ?? join(homedir(), ".cache", "holdfast-tests");
  const folder = join(root, "bench-nginx");
  const places = ["/usr/sbin/nginx", join(folder, "usr", "sbin", "nginx")];
  const found = () => places.find((place) => existsSync(place) && spawnSync(place, ["-v"]).status === 0);
  return found() ?? (unpackPackage("nginx", folder) ? found() : undefined);
}

const configuration = (folder, port, upstream) => `
daemon off; worker_processes auto; pid ${folder}/nginx.pid; error_log ${folder}/error.log warn;
events { worker_connections 4096; }
http {
  access_log off; client_max_body_size 0; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  keepalive_requests 1000000;
  upstream s3 { server ${new URL(upstream).host}; keepalive 256; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://s3; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;
      proxy_request_buffering off; proxy_buffering off;
    }
  }
}
`;

/** Starts it. The answer has a title, an endpoint, peakMib() and stop(); undefined where there is no nginx. */
export async function startProxy(folder, upstream) {
  const program = nginx();
  if (!program) return undefined;
  mkdirSync(folder);
  const port = await freePorts();
  const file = join(folder, "nginx.conf");
  writeFileSync(file, configuration(folder, port, upstream));
  const child = spawn(program, ["-p", folder, "-c", file, "-e", join(folder, "error.log")], { stdio: ["ignore", "ignore", "inherit"] });
  const ended = once(child, "exit");
  const workers = () => readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim().split(" ").map(Number);
  await answering(port, child);
  const version = spawnSync(program, ["-v"], { encoding: "utf8" }).stderr.match(/nginx\/(\S+)/)[1];
  return {
    title: `nginx ${version}`,
    endpoint: `http://127.0.0.1:${port}`,
    pids: () => [child.pid, ...workers()],
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function answering(port, child) {
  for (let tries = 0; tries < 100; tries++) {
    if (child.exitCode !== null) break;
    const open = await new Promise((tell) => {
      const socket = connect(port, "127.0.0.1", () => tell(true));
      socket.on("error", () => tell(false)).on("connect", () => socket.end());
    });
    if (open) return;
    await pause(50);
  }
  throw new Error("nginx does not answer");
}
