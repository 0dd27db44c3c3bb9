import { expect, test, vi } from "vitest";
import { hurry, memoryHost } from "$lib/host/for-tests";
import { scheduleOf, type When } from "../features/sets/set-form.svelte";
import { Desk } from "./desk.svelte";

hurry();

async function made(when: When) {
  const host = memoryHost("attention");
  const [saved, resumed] = [vi.spyOn(host, "saveBackupSet"), vi.spyOn(host, "resumeSets")];
  const desk = new Desk(host);
  await desk.load();
  desk.backup.path = "/home/mara/Music";
  expect(await desk.createSet("default", scheduleOf(when, "18:00"))).toBe(true);
  const set = desk.sets.find(desk.setId);
  if (!set) throw new Error("the set is not there");
  return { desk, set, saved, resumed };
}

test("a set that would copy at once waits until a person has seen its plan and begins it", async () => {
  const { desk, set, saved, resumed } = await made("change");
  expect(saved.mock.calls[0]?.[2]).toBe("hour");
  expect([set.activity, desk.sets.isHeld(set)]).toEqual(["paused", true]);
  await desk.runSet(set);
  expect([desk.sets.isHeld(set), resumed.mock.calls]).toEqual([false, []]);
});
test.each<When>(["daily", "weekly", "hand"])("a set that copies %s is not held: nothing begins while its plan is looked at", async (when) => {
  const { desk, set, saved, resumed } = await made(when);
  expect(saved.mock.calls[0]?.[2]).toBeNull();
  await desk.runSet(set);
  expect([desk.sets.isHeld(set), resumed.mock.calls]).toEqual([false, []]);
});
test("a set that a person paused stays paused when they run it by hand", async () => {
  const { desk, set, resumed } = await made("hand");
  await desk.host.pauseSets(set.id, "tomorrow");
  await desk.runSet(set);
  expect(resumed).not.toHaveBeenCalled();
});
