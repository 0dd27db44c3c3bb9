import { expect, test, vi } from "vitest";
import { memoryHost } from "$lib/host/for-tests";
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

test("a place that asks for an address has no secret address", async () => {
  const { form } = await filled("fresh");
  form.pickProvider("minio");
  expect(form.asksAddress).toBe(true);
  expect(form.missing.address).toBeDefined();
  form.address = "http://127.0.0.1:9000";
  expect(form.input).toMatchObject({ endpoint: "http://127.0.0.1:9000", region: "us-east-1", provider: "minio" });
});
