import { expect, test, vi } from "vitest";
import { memoryHost } from "$lib/host/for-tests";
import type { Finding } from "../../bindings";
import { Keeping, stillTrue } from "./keeping.svelte";

async function opened(scenario = "attention") {
  const host = memoryHost(scenario);
  const keeping = new Keeping(host, "aws");
  await keeping.load();
  return { host, keeping };
}

const found = (state: Finding["state"]): Finding[] => [{ id: "versioning", state, title: "Old versions", detail: "" }, { id: "clock", state: "good", title: "Clocks agree", detail: "" }];
test.each([
  ["good", "on", 2], ["good", "suspended", 1], ["good", "off", 1], ["good", "unknown", 2],
  ["note", "on", 1], ["note", "off", 2], ["note", "suspended", 2], ["note", "unknown", 2],
] as const)("of findings that are %s while versions are %s, %i are shown", (state, versioning, shown) => expect(stillTrue(found(state), versioning)).toHaveLength(shown));

test("a wish shows its rules and writes nothing", async () => {
  const { host, keeping } = await opened();
  const written = vi.spyOn(host, "setLifecycle");
  await keeping.want({ expire_old_versions_after_days: 30 });
  expect(keeping.preview?.json).toContain('"NoncurrentDays": 30');
  expect(keeping.preview?.keeps).toHaveLength(1);
  expect(written).not.toHaveBeenCalled();
});
test("back to what holds already there is nothing to write", async () => {
  const { keeping } = await opened();
  await keeping.want({ expire_old_versions_after_days: 30 });
  await keeping.want({ expire_old_versions_after_days: 90 });
  expect([keeping.changed, keeping.preview]).toEqual([false, null]);
});
test("written rules are what holds from then on", async () => {
  const { host, keeping } = await opened();
  await keeping.want({ abort_uploads_after_days: null });
  expect(await keeping.write()).toBe(true);
  expect(keeping.changed).toBe(false);
  expect((await host.getLifecycle("aws")).abort_uploads_after_days).toBeNull();
});
test("what was not written yet is still there when the page is opened again, beside what holds now", async () => {
  const { host, keeping } = await opened();
  await keeping.want({ expire_old_versions_after_days: 30 });
  await host.setLifecycle("aws", { ...(await host.getLifecycle("aws")), abort_uploads_after_days: null });
  await keeping.load();
  expect(keeping.wanted.expire_old_versions_after_days).toBe(30);
  expect(keeping.rules?.expire_old_versions_after_days).toBe(90);
  expect(keeping.preview?.json).toContain('"NoncurrentDays": 30');
});
test("a wish that holds by now is no wish any more", async () => {
  const { host, keeping } = await opened();
  await keeping.want({ expire_old_versions_after_days: 30 });
  await host.setLifecycle("aws", keeping.wanted);
  await keeping.load();
  expect([keeping.changed, keeping.preview]).toEqual([false, null]);
});
test("a refusal is said and what was wished stays to be tried again", async () => {
  const { host, keeping } = await opened();
  vi.spyOn(host, "setLifecycle").mockRejectedValue(new Error("denied"));
  await keeping.want({ expire_old_versions_after_days: 30 });
  expect(await keeping.write()).toBe(false);
  expect(keeping.error).not.toBeNull();
  expect(keeping.changed).toBe(true);
});
const MOVE = { transition: { after_days: 30, storage_class: "GLACIER" } };
test("rules that a server does not take are its refusal, not its fault", async () => {
  const { keeping } = await opened("rules-refused");
  await keeping.want(MOVE);
  await keeping.write();
  expect([keeping.error?.code, keeping.about]).toEqual(["setting_refused", "rules"]);
});
test("a server that is broken refuses no rules", async () => {
  const { host, keeping } = await opened();
  vi.spyOn(host, "setLifecycle").mockRejectedValue({ kind: "SdkError", code: "server_error", message: "InternalError (status 500)", hint: "", retryable: true });
  await keeping.want(MOVE);
  await keeping.write();
  expect([keeping.error?.code, keeping.error?.retryable, keeping.changed]).toEqual(["server_error", true, true]);
});
test("what went wrong with the versions is not said of the rules", async () => {
  const { host, keeping } = await opened();
  vi.spyOn(host, "setVersioning").mockRejectedValue({ kind: "SdkError", code: "server_error", message: "refused", hint: "", retryable: false });
  await keeping.keepVersions(false);
  expect(keeping.about).toBe("versions");
});
