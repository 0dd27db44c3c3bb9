import { expect, test } from "vitest";
import { providers } from "$lib/host/samples";
import type { S3ConfigView } from "../../bindings";
import { beginningOf, placeView, shortKey } from "./place-view";

const config: S3ConfigView = {
  profile: "default", kind: "s3", endpoint: "https://s3.eu-central-003.backblazeb2.com", region: "eu-central-003", bucket_name: "keep", access_key_id: "0034f1c2a97be5d0000000002",
  path_prefix: null, provider: "b2", aws_profile: null, local_folder: null, ca_file: null, allow_http: false, sse: null, is_configured: true,
};
test.each<[Partial<S3ConfigView>, string]>([
  [{}, "keep on Backblaze B2, EU Central"], [{ provider: "other", endpoint: "http://nas.local:9000/", region: "x" }, "keep on nas.local:9000"],
  [{ kind: "gateway", endpoint: "https://backup.example.org:8443/" }, "the gateway backup.example.org:8443"],
  [{ kind: "local", local_folder: "/media/Vault/Holdfast" }, "the folder Holdfast on this computer"],
])("%j is %s", (over, where) => expect(placeView({ ...config, ...over }, providers).where).toBe(where));
test.each<[Partial<S3ConfigView>, string]>([
  [{}, "keep"], [{ path_prefix: "laptop/" }, "keep/laptop"], [{ kind: "gateway", endpoint: "https://backup.example.org", bucket_name: "", path_prefix: "a" }, "backup.example.org/a"],
  [{ kind: "local", local_folder: "/home/mara/Holdfast", bucket_name: "holdfast" }, "~/Holdfast/holdfast"],
])("below %j names begin with %s", (over, below) => expect(beginningOf({ ...config, ...over }, "/home/mara")).toBe(below));
test("a key is named by its ends, never whole", () => expect(shortKey(config.access_key_id)).toBe("0034…0002"));
