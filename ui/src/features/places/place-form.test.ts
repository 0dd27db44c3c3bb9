import { expect, test, vi } from "vitest";
import { memoryHost } from "$lib/host/for-tests";
import type { S3ConfigView } from "../../bindings";
import { addressOf, PlaceForm } from "./place-form.svelte";

test.each([["https://s3.{region}.x.com", "eu-1", "https://s3.eu-1.x.com"], ["", "eu-1", ""], ["https://{account}.r2.dev", "auto", ""]])("%s in %s is %s", (template, region, address) => expect(addressOf(template, region)).toBe(address));

async function filled(scenario: string) {
  const host = memoryHost(scenario);
  const form = new PlaceForm(host);
  await form.load(null);
  form.choice = "provider";
  form.pickProvider("b2");
  Object.assign(form, { bucket: "lindqvist-keep", keyId: "0034", secret: "s3cret" });
  return { host, form };
}

test("an empty form names what is missing and asks nobody", async () => {
  const { host, form } = await filled("fresh");
  const tried = vi.spyOn(host, "tryS3Connection");
  form.bucket = "";
  expect(await form.save()).toBe(false);
  expect(form.missing.bucket).toBeDefined();
  expect(tried).not.toHaveBeenCalled();
});

test("a failed test saves nothing", async () => {
  const { host, form } = await filled("refused");
  const saved = vi.spyOn(host, "configureS3");
  expect(await form.save()).toBe(false);
  expect(form.error?.kind).toBe("InvalidCredentials");
  expect(saved).not.toHaveBeenCalled();
});

test("a change after a passed test asks for a new one", async () => {
  const { form } = await filled("fresh");
  await form.tryOut();
  expect(form.isPassed).toBe(true);
  form.bucket = "another";
  expect(form.isPassed).toBe(false);
});

test("what a test found belongs to the values it was made with", async () => {
  const { form } = await filled("refused");
  await form.tryOut();
  expect(form.error?.kind).toBe("InvalidCredentials");
  form.choice = "gateway";
  expect(form.error, "another kind of place was not tested").toBeNull();
  form.choice = "provider";
  expect(form.error?.kind).toBe("InvalidCredentials");
  form.secret = "another";
  expect(form.error, "an edited field was not tested").toBeNull();
});

test("what is typed while a test runs was not tested", async () => {
  const { form } = await filled("fresh");
  const trying = form.tryOut();
  form.bucket = "another";
  await trying;
  expect([form.test, form.isPassed]).toEqual([null, false]);
});

test("a gateway begins with no address, certificate or consent of the provider", async () => {
  const { form } = await filled("fresh");
  form.pickProvider("minio");
  Object.assign(form, { address: "http://nas.lan:9000", prefix: "laptop/", caFile: "/etc/ca.pem", allowHttp: true });
  form.choice = "gateway";
  expect(form.gateway).toEqual({ url: "", api_key: "", path_prefix: null, ca_file: null, allow_http: false });
  form.choice = "provider";
  expect(form.input).toMatchObject({ endpoint: "http://nas.lan:9000", path_prefix: "laptop/", ca_file: "/etc/ca.pem", allow_http: true });
});

async function gateway(scenario: string, config: S3ConfigView | null = null) {
  const host = memoryHost(scenario);
  const form = new PlaceForm(host);
  await form.load(config);
  if (!config) Object.assign(form, { choice: "gateway", address: " https://backup.example.org ", apiKey: " k3y ", prefix: "laptop/" });
  return { host, form };
}

test("a gateway is tested by its own command and saved as one", async () => {
  const { host, form } = await gateway("fresh");
  const [tried, saved, s3] = [vi.spyOn(host, "tryGateway"), vi.spyOn(host, "configureGateway"), vi.spyOn(host, "configureS3")];
  form.profile = "team";
  expect(await form.save()).toBe(true);
  const said = { url: "https://backup.example.org", api_key: "k3y", path_prefix: "laptop/", ca_file: null, allow_http: false };
  expect(tried).toHaveBeenCalledWith(said, "team");
  expect(saved).toHaveBeenCalledWith(said, "team");
  expect(s3).not.toHaveBeenCalled();
});

test("a gateway that does not know the key is not saved", async () => {
  const { host, form } = await gateway("refused");
  const saved = vi.spyOn(host, "configureGateway");
  expect(await form.save()).toBe(false);
  expect(form.error?.code).toBe("unknown_key");
  expect(saved).not.toHaveBeenCalled();
});

test("a gateway needs an address and a key, and no bucket", async () => {
  const { form } = await gateway("fresh");
  expect(form.missing).toEqual({});
  Object.assign(form, { address: "ftp://backup.example.org", apiKey: "" });
  expect(Object.keys(form.missing)).toEqual(["address", "apiKey"]);
});

test("a place that is changed keeps its certificate file and what was agreed to", async () => {
  const { host } = await gateway("fresh");
  const before = { ...(await host.getS3Config("b2")), kind: "s3" as const, is_configured: true, ca_file: "/etc/ca.pem", allow_http: true };
  const form = new PlaceForm(host);
  await form.load(before);
  Object.assign(form, { address: "http://nas.lan:9000", bucket: "photos", keyId: "AK", secret: "s" });
  const saved = vi.spyOn(host, "configureS3");
  await form.save();
  expect(saved).toHaveBeenCalledWith(expect.objectContaining({ ca_file: "/etc/ca.pem", allow_http: true }));
});

test("a gateway that is changed goes on with the key of the keychain", async () => {
  const { host } = await gateway("gateway");
  const { form } = await gateway("gateway", await host.getS3Config());
  expect(form).toMatchObject({ choice: "gateway", address: "https://backup.lindqvist.example", prefix: "laptop/", apiKey: "", keyKept: true });
  expect(form.missing).toEqual({});
  expect(await form.save()).toBe(true);
});

test("an AWS profile signs in in place of keys: none is asked for, tested or saved", async () => {
  const host = memoryHost("fresh");
  vi.spyOn(host, "listAwsProfiles").mockResolvedValue(["default", "work"]);
  const [tried, saved] = [vi.spyOn(host, "tryS3Connection"), vi.spyOn(host, "configureS3")];
  const form = new PlaceForm(host);
  await form.load(null);
  Object.assign(form, { choice: "provider", bucket: "photos", keyId: "AK", secret: "s3cret" });
  expect(form.input.aws_profile).toBeNull();
  Object.assign(form, { signsIn: "profile", awsProfile: "work" });
  expect(form.missing).toEqual({});
  expect(await form.save()).toBe(true);
  for (const asked of [tried, saved]) expect(asked).toHaveBeenCalledWith(expect.objectContaining({ aws_profile: "work", access_key_id: "", secret_access_key: "" }));
  const again = new PlaceForm(host);
  await again.load(await host.getS3Config());
  expect(again).toMatchObject({ signsIn: "profile", awsProfile: "work", secret: "" });
});
test("a profile that the files do not name any more is still shown", async () => {
  const host = memoryHost("fresh");
  const form = new PlaceForm(host);
  await form.load({ ...(await host.getS3Config()), kind: "s3", provider: "aws", is_configured: true, aws_profile: "gone" });
  expect(form).toMatchObject({ signsIn: "profile", awsProfile: "gone", awsProfiles: ["gone"] });
});
test("a secret that the keychain has is not asked for again, that of another key is", async () => {
  const host = memoryHost("fresh");
  const form = new PlaceForm(host);
  await form.load({ ...(await host.getS3Config()), kind: "s3", provider: "aws", region: "eu-north-1", bucket_name: "photos", is_configured: true, access_key_id: "AK1" });
  expect([form.secretKept, form.missing]).toEqual([true, {}]);
  form.keyId = "AK2";
  expect([form.secretKept, Object.keys(form.missing)]).toEqual([false, ["secret"]]);
});
test("a place that asks for an address has no secret address", async () => {
  const { form } = await filled("fresh");
  form.pickProvider("minio");
  expect(form.asksAddress).toBe(true);
  expect(form.missing.address).toBeDefined();
  form.address = "http://127.0.0.1:9000";
  expect(form.input).toMatchObject({ endpoint: "http://127.0.0.1:9000", region: "us-east-1", provider: "minio" });
});
test.each([
  [null, { encryption: "place", kmsKey: "" }, ""], ["AES256", { encryption: "AES256", kmsKey: "" }, "AES256"], ["kms", { encryption: "kms", kmsKey: "" }, "kms"],
  ["kms:arn:aws:kms:eu-north-1:1:key/k", { encryption: "kms", kmsKey: "arn:aws:kms:eu-north-1:1:key/k" }, "kms:arn:aws:kms:eu-north-1:1:key/k"],
])("encryption at the place that is %s stays so when the form is saved", async (sse, shown, said) => {
  const host = memoryHost("fresh");
  const form = new PlaceForm(host);
  await form.load({ ...(await host.getS3Config()), kind: "s3", provider: "aws", is_configured: true, sse });
  expect(form).toMatchObject(shown);
  expect(form.input.sse).toBe(said);
  form.encryption = "place";
  expect(form.input.sse).toBe("");
});
