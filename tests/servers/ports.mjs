// Free loopback ports in a row, below the range the system hands out by itself.
import { createServer } from "node:net";

const LOWEST = 20_000;
const HIGHEST = 30_000;
export const PORTS_PER_SERVER = 8;

/** The first of eight neighbouring ports that are free just now. */
export async function freePorts(count = PORTS_PER_SERVER) {
  for (let attempt = 0; attempt < 200; attempt++) {
    const first = LOWEST + Math.floor(Math.random() * ((HIGHEST - LOWEST) / count)) * count;
    const free = await Promise.all(Array.from({ length: count }, (_, step) => isFree(first + step)));
    if (free.every(Boolean)) return first;
  }
  throw new Error(`no ${count} free neighbouring ports between ${LOWEST} and ${HIGHEST}`);
}

function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ port, host: "127.0.0.1", exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
