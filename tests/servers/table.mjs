// The table of S3 servers that the tests know, read from servers.json. It refuses names that are not in it.
import { readFileSync } from "node:fs";

const TABLE = JSON.parse(readFileSync(new URL("servers.json", import.meta.url), "utf8"));

export const SERVER_NAMES = Object.keys(TABLE);

export function serverNamed(name) {
  const entry = TABLE[name];
  if (!entry) throw new Error(`unknown server "${name}"; known are ${SERVER_NAMES.join(", ")}`);
  return { name, ...entry };
}

/** The servers named in a comma list such as HOLDFAST_TEST_SERVERS; nothing named is an empty list. */
export function serversNamed(list = "") {
  const names = list.split(",").map((name) => name.trim()).filter(Boolean);
  return [...new Set(names)].map(serverNamed);
}
