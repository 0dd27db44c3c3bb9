import { expect, test, vi } from "vitest";
import { memoryHost } from "$lib/host/for-tests";
import { Activity, bytesOf, sinceOf } from "./activity.svelte";

const places = [{ profile: "default", title: "Backblaze B2" }, { profile: "nas", title: "Vault SSD" }];

test("every place is asked for what cut off runs have left, and one that does not answer is named", async () => {
  const activity = new Activity(memoryHost("silent"));
  await activity.load(places);
  const [kept, silent] = activity.leftovers;
  expect(kept?.title).toBe("Backblaze B2");
  expect(bytesOf(kept!.found!)).toBe(1_200_000_000);
  expect(sinceOf(kept!.found!)).toBe("2026-11-02T21:14:00Z");
  expect(silent).toMatchObject({ title: "Vault SSD", found: null, error: { message: "the place does not answer" } });
});
test("places without any are not mentioned, and what was removed is gone from the page", async () => {
  const activity = new Activity(memoryHost("default"));
  await activity.load(places);
  expect(activity.leftovers.map((one) => one.profile)).toEqual(["default"]);
  expect(await activity.remove(activity.leftovers[0]!)).toBe(2);
  expect(activity.leftovers).toEqual([]);
});
test("what could not be removed stays, with the reason", async () => {
  const host = memoryHost("default");
  const activity = new Activity(host);
  await activity.load(places);
  vi.spyOn(host, "abortUnfinishedUploads").mockRejectedValue(new Error("not allowed"));
  expect(await activity.remove(activity.leftovers[0]!)).toBeNull();
  expect(activity.leftovers[0]).toMatchObject({ found: { uploads: [{}, {}] }, error: { message: "not allowed" } });
});
