// One S3 request signed with AWS Signature Version 4, for preparing servers and asking them simple things.
import { createHash, createHmac } from "node:crypto";

/** Sends a path-style request. The query of `address` must be in AWS's order and encoding already. */
export async function signedRequest(keys, method, address, body = "", extraHeaders = {}) {
  const url = new URL(address);
  const headers = signedHeaders(keys, method, url, body, extraHeaders);
  return fetch(url, { method, headers, body: body === "" ? undefined : body, redirect: "manual" });
}

function signedHeaders({ access_key, secret_key, region }, method, url, body, extra) {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const digest = sha256(body);
  const headers = { ...lowerCased(extra), "x-amz-date": time, "x-amz-content-sha256": digest };
  const signing = { ...headers, host: url.host };
  const names = Object.keys(signing).sort();
  const canonical = [
    method, url.pathname, url.search.slice(1),
    ...names.map((name) => `${name}:${signing[name]}`), "",
    names.join(";"), digest,
  ].join("\n");
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const key = [time.slice(0, 8), region, "s3", "aws4_request"].reduce(hmac, `AWS4${secret_key}`);
  const signature = hmac(key, ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n")).toString("hex");
  const authorization = `AWS4-HMAC-SHA256 Credential=${access_key}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return { ...headers, authorization };
}

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();
const lowerCased = (headers) => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
