// Somebody whose team has a gateway: a wrong key is refused and nothing is saved; the right one is saved, a folder goes
// through the gateway into the client's own part of the bucket, and comes back.
import assert from "node:assert/strict";
import { spawn, execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { CLI, FAMILY, assertSameTree, backUp, id, look, newHome, openApp, restore, scenario, serveBucket, writeTree } from "./scenario.mjs";

/** A gateway before a bucket, in a process of its own. */
async function serveGateway(t, home, bucket) {
  const made = JSON.parse(execFileSync(CLI, ["--json", "gateway", "key", "new", "mara", "--test"], { encoding: "utf8" }));
  const config = {
    server: { port: 0, database: join(home, "gateway.db") },
    s3: { endpoint: bucket.endpoint, region: bucket.region, bucket: bucket.bucket, path_style: true, path_prefix: "team",
      access_key_id: bucket.access_key, secret_access_key: bucket.secret_key },
    clients: [{ name: "mara", api_key_hash: made.api_key_hash, permissions: ["upload", "read", "list", "delete", "report"] }],
  };
  const file = join(home, "gateway.yaml");
  writeFileSync(file, JSON.stringify(config)); // JSON is YAML
  const child = spawn(CLI, ["--json", "gateway", "--config", file], { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, HOME: home, HOLDFAST_LOG: "warn" } });
  t.after(() => new Promise((ended) => { child.once("exit", ended); child.kill("SIGTERM"); }));
  for await (const line of createInterface({ input: child.stdout })) return { ...JSON.parse(line), key: made.api_key };
  throw new Error("the gateway ended at once");
}

scenario("a gateway is refused with a wrong key, saved with the right one, and holds a folder that comes back", async (t) => {
  const home = newHome(t);
  const documents = writeTree(join(home, "Documents"), FAMILY);
  const bucket = await serveBucket(t, home);
  const gateway = await serveGateway(t, home, bucket);
  const window = await openApp(t, home);

  await window.click(id("choose-gateway"));
  await window.type(id("field-gateway-url"), gateway.address);
  await window.type(id("field-gateway-key"), `sk_test_${"x".repeat(43)}`);
  await window.click(id("continue"));
  assert.match(await window.waitForText(id("place-error"), /key/i), /Nothing was saved/);
  assert.equal(existsSync(join(home, ".config", "holdfast", "profiles.json")), false, "a profile was saved");

  await window.type(id("field-gateway-key"), gateway.key);
  await window.click(id("continue"));
  await window.find(`${id("test-result")}[data-state="passed"]`);
  await window.click(id("continue"));
  await look(window, documents);
  assert.equal(await backUp(window), "complete");
  const back = join(home, "back");
  assert.equal(await restore(window, "Documents", back), "complete");
  assertSameTree(documents, back);
  assert.ok(!(await window.run("return document.documentElement.outerHTML")).includes(gateway.key), "the page was told the key");

  const listed = JSON.parse(execFileSync(CLI, ["--json", "ls", "-r", "--store", bucket.store_url], { encoding: "utf8", env: { ...process.env, HOME: home } }));
  const keys = JSON.stringify(listed);
  assert.ok(keys.includes("team/mara/"), `not in the client's part of the bucket: ${keys.slice(0, 300)}`);
});
