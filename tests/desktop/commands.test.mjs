// The ten commands that other programs and later pages rely on answer by their names, with the shapes that are promised.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FAMILY, assertSameTree, id, newHome, openApp, scenario, serveBucket, writeTree } from "./scenario.mjs";

const KINDS = ["NotConfigured", "InvalidCredentials", "BucketNotFound", "UploadFailed", "DownloadFailed", "ListFailed", "ConfigError", "SdkError"];

/** A value against a shape: constructors for types, `null` in a list for what may be missing. */
function assertShape(value, shape, at) {
  for (const [field, types] of Object.entries(shape)) {
    const fits = [types].flat().some((type) => (type === null ? value[field] === null : type === Array ? Array.isArray(value[field]) : typeof value[field] === type.name.toLowerCase()));
    assert.ok(fits, `${at}.${field} is ${JSON.stringify(value[field])}`);
  }
}

scenario("all ten commands answer with the documented shapes", async (t) => {
  const home = newHome(t);
  const documents = writeTree(join(home, "Documents"), FAMILY);
  const bucket = await serveBucket(t, home);
  const window = await openApp(t, home);
  await window.find(id("choose-computer"));
  const call = (command, args) => window.invoke(command, args);
  const rejected = async (command, args) => {
    const error = await call(command, args).then(() => assert.fail(`${command} did not fail`), (reason) => reason.thrown);
    assertShape(error, { kind: String, code: String, message: String, hint: String, retryable: Boolean }, command);
    assert.ok(KINDS.includes(error.kind), `${command}: ${error.kind}`);
    return error;
  };

  assert.equal((await rejected("list_s3_objects", {})).kind, "NotConfigured");
  const place = { endpoint: bucket.endpoint, region: bucket.region, bucketName: bucket.bucket, accessKeyId: bucket.access_key, pathPrefix: "laptop/", profile: null, extras: null };
  assert.equal((await rejected("configure_s3", { ...place, secretAccessKey: "wrong" })).kind, "InvalidCredentials");
  assert.equal((await rejected("configure_s3", { ...place, bucketName: "not-there", secretAccessKey: bucket.secret_key })).kind, "BucketNotFound");
  assert.equal((await call("get_s3_config", {})).is_configured, false);
  assert.equal(await call("configure_s3", { ...place, secretAccessKey: bucket.secret_key }), null);

  const config = await call("get_s3_config", {});
  assertShape(config, { endpoint: String, region: String, bucket_name: String, access_key_id: String, path_prefix: [String, null], is_configured: Boolean }, "get_s3_config");
  assert.deepEqual([config.endpoint, config.bucket_name, config.access_key_id, config.path_prefix, config.is_configured], [bucket.endpoint, bucket.bucket, bucket.access_key, "laptop", true]);

  const connection = await call("test_s3_connection", {});
  assertShape(connection, { connected: Boolean, bucket_accessible: Boolean, error_message: [String, null] }, "test_s3_connection");
  assert.deepEqual([connection.connected, connection.bucket_accessible, connection.error_message], [true, true, null]);

  const [first] = await call("list_s3_buckets", {});
  assertShape(first, { name: String, creation_date: [String, null] }, "list_s3_buckets");
  assert.equal(first.name, bucket.bucket);

  const note = join(home, "note.txt");
  writeFileSync(note, "hold fast");
  const up = await call("upload_file_to_s3", { localPath: note, s3Key: "notes/note.txt", metadata: { kind: "test" } });
  assertShape(up, { success: Boolean, bytes_uploaded: Number, e_tag: String, duration_ms: Number }, "upload_file_to_s3");
  assert.deepEqual([up.success, up.bytes_uploaded], [true, 9]);

  const page = await call("list_s3_objects", { prefix: "notes/", maxKeys: 10 });
  assertShape(page, { objects: Array, continuation: [String, null] }, "list_s3_objects");
  assertShape(page.objects[0], { key: String, size: Number, last_modified: [String, null], e_tag: [String, null], storage_class: [String, null] }, "list_s3_objects.objects");
  assert.deepEqual(page.objects.map(({ key, size }) => [key, size]), [["notes/note.txt", 9]]);

  const copy = join(home, "copy.txt");
  const down = await call("download_file_from_s3", { s3Key: "notes/note.txt", localPath: copy });
  assertShape(down, { success: Boolean, bytes_downloaded: Number, duration_ms: Number }, "download_file_from_s3");
  assert.equal(readFileSync(copy, "utf8"), "hold fast");
  assert.equal((await rejected("download_file_from_s3", { s3Key: "notes/none.txt", localPath: copy })).code, "object_missing");

  assert.equal(await call("delete_file_from_s3", { s3Key: "notes/note.txt" }), null);
  assert.deepEqual((await call("list_s3_objects", { prefix: "notes/" })).objects, []);

  const tally = { bytes_transferred: Number, duration_ms: Number, errors: Array, failures: Array, requests: Object };
  const options = { dry_run: true, delete_remote: false, exclude_patterns: ["Videos/"], include_hidden: false };
  const backup = { localFolder: documents, s3Prefix: "Documents", operationId: null };
  const dry = await call("sync_folder_to_s3", { ...backup, options });
  assertShape(dry, { files_uploaded: Number, files_deleted: Number, files_skipped: Number, ...tally }, "sync_folder_to_s3");
  assert.equal(dry.files_uploaded, 7);
  assert.deepEqual((await call("list_s3_objects", {})).objects, [], "a dry run sent something");
  const wet = await call("sync_folder_to_s3", { ...backup, options: { ...options, dry_run: false, exclude_patterns: [] } });
  assert.deepEqual([wet.files_uploaded, wet.files_deleted, wet.errors], [8, 0, []]);

  const back = join(home, "back");
  const restored = await call("restore_folder_from_s3", { s3Prefix: "Documents", localFolder: back, options: { dry_run: false, overwrite_existing: false, exclude_patterns: [] }, operationId: null });
  assertShape(restored, { files_downloaded: Number, files_skipped: Number, ...tally }, "restore_folder_from_s3");
  assert.equal(restored.files_downloaded, 8);
  assertSameTree(documents, back);
});

scenario("progress is told by both events with the promised fields", async (t) => {
  const home = newHome(t);
  const documents = writeTree(join(home, "Documents"), FAMILY);
  const window = await openApp(t, home);
  await window.find(id("choose-computer"));
  await window.invoke("use_this_computer", { folder: null, profile: null });
  await window.runAsync(`window.seen = { up: [], down: [] };
    const listen = (event, into) => window.__TAURI_INTERNALS__.invoke("plugin:event|listen", { event, target: { kind: "Any" }, handler: window.__TAURI_INTERNALS__.transformCallback((e) => into.push(e.payload)) });
    await listen("s3:upload-progress", window.seen.up); await listen("s3:download-progress", window.seen.down);`);
  await window.invoke("sync_folder_to_s3", { localFolder: documents, s3Prefix: "d", options: {}, operationId: "up-1" });
  await window.invoke("restore_folder_from_s3", { s3Prefix: "d", localFolder: join(home, "back"), options: {}, operationId: "down-1" });
  const seen = await window.run("return window.seen");
  for (const [way, id] of [["up", "up-1"], ["down", "down-1"]]) {
    assert.ok(seen[way].length > 0, `no event ${way}`);
    for (const event of seen[way]) {
      assertShape(event, { operation_id: String, file_name: String, bytes_transferred: Number, total_bytes: Number, percentage: [Number, null], files_done: Number, bytes_done: Number }, way);
      assert.equal(event.operation_id, id);
    }
  }
});
