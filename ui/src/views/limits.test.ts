import { expect, test, vi } from "vitest";
import { hurry, memoryHost } from "$lib/host/for-tests";
import { Desk } from "./desk.svelte";

hurry();

async function begun(all: number | null, own: number | null) {
  const host = memoryHost("steady");
  const settings = await host.getSettings();
  await host.saveSettings({ ...settings, bandwidth: { bytes_per_second: all, timetable: [] } });
  const photos = (await host.listBackupSets()).find((set) => set.id === "photos")!;
  await host.saveBackupSet("photos", { ...photos.draft, bytes_per_second: own }, null);
  const desk = new Desk(host);
  await desk.load();
  await desk.runSet(desk.sets.find("photos")!);
  await vi.waitFor(() => expect([desk.book.running.length, desk.settings.value]).toEqual([1, expect.anything()]));
  return desk.book.limitOf(desk.book.running[0]!);
}
test.each([[null, null, null], [2_000_000, null, 2_000_000], [null, 300_000, 300_000], [2_000_000, 300_000, 300_000], [300_000, 2_000_000, 300_000]])(
  "where all runs are limited to %s and the set to %s, its run is held to %s", async (all, own, held) => expect(await begun(all, own)).toBe(held));
