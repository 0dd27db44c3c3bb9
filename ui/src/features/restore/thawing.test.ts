import { expect, test, vi } from "vitest";
import { memoryHost } from "$lib/host/for-tests";
import { Folders } from "$lib/runs/folders.svelte";
import { RunBook } from "$lib/runs/runs.svelte";
import { words } from "$lib/words";
import { Restore } from "./restore.svelte";
import { nameOf } from "./selection";
import { LOOKED_AT, sharesOf, spread, type Cold } from "./thawing.svelte";

async function opened(scenario: string) {
  const host = memoryHost(scenario);
  const restore = new Restore(host, new RunBook(host), new Folders(host));
  await restore.go("aws");
  const offered = vi.spyOn(host, "thawOffer");
  const offer = () => vi.waitFor(() => { expect(restore.thawing.offer).not.toBeNull(); return restore.thawing.offer!; });
  return { host, restore, offered, offer };
}
const cold = (key: string, size = 1, storage_class = "GLACIER"): Cold => ({ key, version_id: null, storage_class, size });

test("files are spread evenly and summed by class", () => {
  expect(spread([1, 2, 3], 3)).toEqual([1, 2, 3]);
  expect(spread([...Array(1000).keys()], 4)).toEqual([0, 250, 500, 750]);
  expect(sharesOf([cold("a"), cold("b", 5), cold("c", 7, "DEEP_ARCHIVE")])).toEqual([{ storage_class: "GLACIER", files: 2, bytes: 6 }, { storage_class: "DEEP_ARCHIVE", files: 1, bytes: 7 }]);
});

test("an archived file is asked for before it can come back", async () => {
  const { restore, offer } = await opened("attention");
  await restore.open("Documents/Contracts/");
  await restore.tick(0, false);
  restore.lookAtCold();
  expect(await offer()).toMatchObject({ files: 1, looked_at: 1, archived: 1 });
  await restore.bringBack();
  expect(restore.thawing.result).toMatchObject({ state: "complete", asked: 1 });
  expect(restore.thawing.offer).toMatchObject({ archived: 0, on_way: 1 });
});

test("what cannot be read yet is not restored, unless other files are", async () => {
  const { restore, offer } = await opened("attention");
  restore.setOther("/home/mara/Back");
  await restore.open("Documents/Contracts/");
  await restore.tick(0, false);
  restore.lookAtCold();
  await offer();
  await vi.waitFor(() => expect(restore.plan).not.toBeNull());
  expect([restore.isAllCold, restore.canRun]).toEqual([true, false]);
  await restore.open("Documents/House/2024/");
  await restore.tick(0, false);
  restore.lookAtCold();
  await offer();
  await vi.waitFor(() => expect(restore.plan).not.toBeNull());
  expect([restore.isAllCold, restore.thawing.unreadable, restore.canRun]).toEqual([false, 1, true]);
});

test("of a whole archive a hundred are looked at, and nothing before it is counted", async () => {
  const { restore, offered, offer } = await opened("archive");
  await restore.open("Photos/");
  const index = restore.rows.findIndex((row) => nameOf(row.key) === "2014");
  const ticked = restore.tick(index, false);
  await vi.waitFor(() => expect(restore.picked.size).toBeGreaterThan(0));
  expect(restore.cold).toEqual([]);
  await ticked;
  restore.lookAtCold();
  expect(await offer()).toMatchObject({ files: 12_400, looked_at: LOOKED_AT });
  expect(offered.mock.calls).toHaveLength(1);
  expect(offered.mock.calls[0]?.[1]).toEqual([{ storage_class: "DEEP_ARCHIVE", files: 12_400, bytes: 12_400 * 24_300_000 }]);
});

test("asking can be stopped, and asking again goes on with the rest", async () => {
  const { host, restore, offer } = await opened("archive");
  await restore.open("Photos/");
  await restore.tick(restore.rows.findIndex((row) => nameOf(row.key) === "2014"), false);
  restore.lookAtCold();
  await offer();
  const asked = vi.spyOn(host, "thaw");
  const first = restore.bringBack();
  expect([restore.thawing.asking, asked.mock.calls[0]?.[1].length]).toEqual([true, 12_400]);
  await restore.thawing.stop();
  await first;
  const part = restore.thawing.result!;
  expect(part).toMatchObject({ state: "cancelled" });
  expect(words.find.thaw.result(part, "$8")).toMatch(/^Stopped\. Asked for 4,133 files, \$8\. Asking again goes on with the rest\.$/);
  await restore.bringBack();
  expect(restore.thawing.result).toMatchObject({ state: "complete", asked: 12_400 - part.asked, on_way: part.asked });
});

test("what is ticked while files are asked for is looked at afterwards, and the result stays", async () => {
  const { restore, offer } = await opened("archive");
  await restore.open("Photos/");
  const index = restore.rows.findIndex((row) => nameOf(row.key) === "2014");
  await restore.tick(index, false);
  restore.lookAtCold();
  await offer();
  const asked = restore.bringBack();
  await restore.tick(index, false);
  restore.lookAtCold();
  await asked;
  expect([restore.thawing.offer, restore.thawing.unreadable, restore.thawing.result?.asked]).toEqual([null, 0, 12_400]);
});

test("other ticks take what was said of the ones before away", async () => {
  const { host, restore, offer } = await opened("attention");
  await restore.open("Documents/Contracts/");
  await restore.tick(0, false);
  restore.lookAtCold();
  await offer();
  await restore.tick(0, false);
  restore.lookAtCold();
  expect(restore.thawing.offer).toBeNull();
  vi.spyOn(host, "thawOffer").mockRejectedValue({ kind: "ConfigError", code: "object_missing", message: "gone", hint: "", retryable: false });
  await restore.tick(0, false);
  restore.lookAtCold();
  await vi.waitFor(() => expect(restore.thawing.error?.message).toBe("gone"));
});

test("an earlier version in an archive is the one that is asked for", async () => {
  const { host, restore, offered, offer } = await opened("attention");
  const old = { key: "Documents/Old.txt", version_id: "v1", size: 9, last_modified: "2026-11-01T00:00:00Z", is_latest: false, is_delete_marker: false, storage_class: "GLACIER" };
  vi.spyOn(host, "listVersions").mockResolvedValue({ continuation: null, versions: [old] });
  await restore.goTo("2026-11-02", "2026-11-20");
  await restore.open("Documents/");
  expect(restore.rows[0]?.storage_class).toBe("GLACIER");
  await restore.tick(0, false);
  restore.lookAtCold();
  await offer();
  expect(offered.mock.calls[0]?.[2]).toEqual([{ key: "Documents/Old.txt", version_id: "v1" }]);
});

test("of a file whose older version was chosen, that one is in question", async () => {
  const { restore } = await opened("attention");
  await restore.open("Documents/House/2026/");
  const key = "Documents/House/2026/Renovation budget.xlsx";
  await restore.versions.toggle("aws", key);
  const version = { ...restore.versions.all[2]!, storage_class: "DEEP_ARCHIVE" };
  restore.versions.choose(key, version, null);
  restore.take(key, version.size);
  expect(restore.cold).toEqual([{ key, version_id: version.version_id, storage_class: "DEEP_ARCHIVE", size: version.size }]);
});
