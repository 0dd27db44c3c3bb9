// The table of S3 servers that the tests know, read from servers.json. It refuses names that are not in it.
//
// Capabilities, as seen from the pinned versions and handed to the tests with the endpoint:
//   conditional_create, conditional_replace, conditional_delete   If-None-Match: *, If-Match on PUT and on DELETE:
//       honoured, ignored (the server does it anyway: the dangerous one) or rejected (also when the tag is right)
//   checksums        a wrong x-amz-checksum-sha256 is refused (verified) or taken (ignored)
//   any_key          every key that S3 allows: `//`, 1,024 bytes, `a` beside `a/b`
//   signatures, region_checked   a wrong secret, a wrong region is refused
// A server that encrypts with keys of a key service tells one, `kms_key`, with its endpoint.
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
