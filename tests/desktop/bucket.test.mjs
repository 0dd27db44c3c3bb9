// Someone with a bucket of their own: a wrong secret is refused with a reason and nothing is saved; the right one is
// saved, lies in the keychain and in no file, never reaches the page again, and a folder goes there and comes back.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { FAMILY, assertSameTree, backUp, fillBucket, id, look, newHome, openApp, restore, scenario, serveBucket, writeTree } from "./scenario.mjs";

const searchKeychain = (key) => execFileSync("secret-tool", ["search", "--all", "service", "holdfast", "username", `default/${key}`], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

function filesWith(folder, text) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((file) => contentOf(file).includes(text));
}

/** The web view tidies its own files for a moment after its end. */
function contentOf(file) {
  try {
    return readFileSync(file);
  } catch (error) {
    if (error.code === "ENOENT") return "";
    throw error;
  }
}

scenario("a bucket is refused with a wrong secret, saved with the right one, and holds a folder that comes back", async (t) => {
  const home = newHome(t);
  const documents = writeTree(join(home, "Documents"), FAMILY);
  const bucket = await serveBucket(t, home);
  const window = await openApp(t, home);

  await fillBucket(window, bucket, "not-the-secret-of-this-bucket-00000000");
  await window.click(id("continue"));
  const refused = await window.waitForText(id("place-error"), /secret/i);
  assert.match(refused, /Nothing was saved/);
  assert.ok(!refused.includes("not-the-secret"), "the message repeats the secret");
  assert.equal(existsSync(join(home, ".config", "holdfast", "profiles.json")), false, "a profile was saved");
  assert.equal((await window.invoke("get_s3_config", { profile: null })).is_configured, false);
  assert.doesNotMatch(searchKeychain(bucket.access_key), /attribute/, "a secret was saved");

  await window.type(id("field-secret"), bucket.secret_key);
  await window.click(id("continue"));
  await window.find(`${id("test-result")}[data-state="passed"]`);
  const entry = execFileSync("secret-tool", ["lookup", "service", "holdfast", "username", `default/${bucket.access_key}`], { encoding: "utf8" });
  assert.ok(entry.includes(bucket.secret_key), "the keychain does not hold the secret");

  await window.click(id("continue"));
  await look(window, documents);
  assert.equal(await backUp(window), "complete");
  const back = join(home, "back");
  assert.equal(await restore(window, "Documents", back), "complete");
  assertSameTree(documents, back);

  await window.click(id("nav-settings"));
  await window.click(id("test-connection"));
  await window.find(`${id("test-result")}[data-state="passed"]`);
  const config = await window.invoke("get_s3_config", { profile: null });
  assert.equal(config.is_configured, true);
  assert.equal(config.bucket_name, bucket.bucket);
  assert.ok(!JSON.stringify(config).includes(bucket.secret_key), "the page was told the secret");
  assert.ok(!(await window.run("return document.documentElement.outerHTML")).includes(bucket.secret_key));
  await window.click(id("edit-place"));
  await window.click(id("save-place")); // with the secret that the keychain has
  await window.waitUntilGone(id("save-place"));
  assert.equal((await window.invoke("test_s3_connection", { profile: null })).bucket_accessible, true, "the place does not open with the secret that was kept");
  await window.end();
  assert.deepEqual(filesWith(home, bucket.secret_key), [], "the secret is in a file");

  const again = await openApp(t, home);
  await again.click(id("nav-backup")); // it opens on the page that was left
  await again.click(id("folder-Documents"));
  await again.waitForText(id("plan-sentence"), /Everything is already backed up/);
});

scenario("settings test the saved bucket, and say so when nothing answers there any more", async (t) => {
  const home = newHome(t);
  const bucket = await serveBucket(t, home);
  const window = await openApp(t, home);
  await fillBucket(window, { ...bucket, endpoint: "http://127.0.0.1:9" }, bucket.secret_key);
  await window.click(id("test-connection"));
  await window.waitForText(id("place-error"), /Nothing answers/);
  await window.type(id("field-endpoint"), bucket.endpoint);
  await window.type(id("field-bucket"), "no-such-bucket");
  await window.click(id("test-connection"));
  await window.waitForText(id("place-error"), /bucket was not found/i);
  await window.type(id("field-bucket"), bucket.bucket);
  await window.click(id("test-connection"));
  await window.find(`${id("test-result")}[data-state="passed"]`);
});
