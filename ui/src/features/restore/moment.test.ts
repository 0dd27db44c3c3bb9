import { expect, test, vi } from "vitest";
import { memoryHost } from "$lib/host/for-tests";
import { Folders } from "$lib/runs/folders.svelte";
import { RunBook } from "$lib/runs/runs.svelte";
import { Restore } from "./restore.svelte";
import { nameOf } from "./selection";
import { endOfDay, listFolder } from "./source";

async function opened() {
  const host = memoryHost("attention");
  const restore = new Restore(host, new RunBook(host), new Folders(host));
  restore.origins = () => [{ path: "/home/mara/Documents", prefix: "Documents" }];
  await restore.go("aws");
  return { host, restore };
}
const TODAY = "2026-11-20";

test("today is now; an earlier day is its last second", () => {
  expect(endOfDay(TODAY, TODAY)).toBeNull();
  expect(endOfDay("2026-11-10", TODAY)).toBe(new Date(2026, 10, 10, 23, 59, 59).toISOString());
});
test("a flat list of versions becomes folders and files, without what was deleted then", async () => {
  const host = memoryHost("attention");
  vi.spyOn(host, "listVersions").mockResolvedValue({ continuation: null, versions: ["D/a.txt", "D/b/c.txt", "D/b/d.txt"].map((key) => ({ key, version_id: "1", size: 1, last_modified: "2026-11-01T00:00:00Z", is_latest: true, is_delete_marker: key.endsWith("d.txt"), storage_class: null })) });
  const page = await listFolder(host, { profile: "aws", asOf: "2026-11-10T00:00:00Z" }, "D/", null);
  expect(page.folders).toEqual(["D/b/"]);
  expect(page.files.map((f) => f.key)).toEqual(["D/a.txt"]);
});
test("a folder that was deleted since is there on its day, and marked", async () => {
  const { restore } = await opened();
  await restore.open("Documents/");
  expect(restore.rows.map((r) => nameOf(r.key))).not.toContain("Recipes");
  await restore.goTo(new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10), new Date().toISOString().slice(0, 10));
  expect(restore.rows.map((r) => nameOf(r.key))).toContain("Recipes");
  await vi.waitFor(() => expect([...restore.gone]).toEqual(["Documents/Recipes/"]));
});
test("what is restored is of the chosen day and the chosen version", async () => {
  const { host, restore } = await opened();
  const asked = vi.spyOn(host, "previewRestore");
  await restore.open("Documents/House/2026/");
  const key = "Documents/House/2026/Renovation budget.xlsx";
  await restore.versions.toggle("aws", key);
  restore.versions.choose(key, restore.versions.all[2]!, null);
  restore.take(key, 1);
  await vi.waitFor(() => expect(asked).toHaveBeenCalled(), { timeout: 4000 });
  expect(asked.mock.calls[0]?.[0]).toMatchObject({ profile: "aws", options: { keys: [key], versions: [{ key, version_id: "v2" }] } });
  restore.versions.choose(key, restore.versions.all[0]!, null);
  expect(restore.versions.chosen.size).toBe(0);
});
test("a file whose older version was chosen is shown as that version, also when it is ticked anew", async () => {
  const { host, restore } = await opened();
  await restore.open("Documents/House/2026/");
  const key = "Documents/House/2026/Renovation budget.xlsx";
  const index = restore.rows.findIndex((row) => row.key === key);
  await restore.versions.toggle("aws", key);
  const old = restore.versions.all[2]!;
  const compared = vi.spyOn(host, "compareHere");
  restore.versions.choose(key, old, null);
  restore.take(key, old.size);
  expect(restore.asChosen(restore.rows[index]!)).toMatchObject({ size: 377_000, last_modified: old.last_modified, newest: false });
  expect(compared.mock.lastCall?.[3]).toEqual([{ key, size: 377_000, stored: old.last_modified, newest: false }]);
  await restore.tick(index, false);
  await restore.tick(index, false);
  expect(restore.picked.sizeOf(key)).toBe(377_000);
});
test("without an earlier day nothing of a moment is asked", async () => {
  const { host, restore } = await opened();
  const asked = vi.spyOn(host, "previewRestore");
  await restore.open("Documents/Taxes/2025/");
  await restore.tick(0, false);
  await vi.waitFor(() => expect(asked).toHaveBeenCalled(), { timeout: 4000 });
  expect(asked.mock.calls[0]?.[0].options).not.toHaveProperty("as_of");
});
test("a search shows what was found, can be ticked, and goes away whole", async () => {
  const { restore } = await opened();
  await restore.search("ledger");
  expect(restore.shown.map((r) => nameOf(r.key))).toEqual(["Ledger.ods"]);
  await restore.tick(0, false);
  expect([...restore.picked.keys()]).toEqual(["Documents/Taxes/2025/Ledger.ods"]);
  expect(restore.allMark).toBe("all");
  restore.clearSearch();
  expect(restore.shown).toBe(restore.rows);
});
test("the column of today compares with the folder that the set backs up", async () => {
  const { host, restore } = await opened();
  const asked = vi.spyOn(host, "compareHere");
  await restore.open("Documents/House/2026/");
  expect(asked.mock.calls[0]?.slice(0, 3)).toEqual(["aws", "Documents", "/home/mara/Documents"]);
  expect(asked.mock.calls[0]?.[3].every((copy) => copy.newest && copy.key.startsWith("Documents/House/2026/"))).toBe(true);
  await vi.waitFor(() => expect(restore.hereOf("Documents/House/2026/Renovation budget.xlsx")?.state).toBe("newer"));
});
test("the column of today knows which versions of an earlier day are still the newest", async () => {
  const { host, restore } = await opened();
  const version = (name: string, is_latest: boolean) => ({ key: `Documents/${name}`, version_id: "1", size: 1, last_modified: "2026-11-01T00:00:00Z", is_latest, is_delete_marker: false, storage_class: null });
  vi.spyOn(host, "listVersions").mockResolvedValue({ continuation: null, versions: [version("Same.txt", true), version("Changed.txt", false)] });
  const asked = vi.spyOn(host, "compareHere");
  await restore.goTo("2026-11-02", TODAY);
  await restore.open("Documents/");
  expect(asked.mock.calls.at(-1)?.[3].map((copy) => [copy.key, copy.newest])).toEqual([["Documents/Same.txt", true], ["Documents/Changed.txt", false]]);
});
test("each page that is loaded is compared", async () => {
  const { host, restore } = await opened();
  const page = (name: string, continuation: string | null) => ({ objects: [{ key: `Documents/${name}`, size: 1, last_modified: null, e_tag: null, storage_class: null }], prefixes: [], continuation });
  vi.spyOn(host, "listObjects").mockResolvedValueOnce(page("a", "2")).mockResolvedValueOnce(page("b", null));
  await restore.open("Documents/");
  await restore.loadMore();
  await vi.waitFor(() => expect(["a", "b"].map((name) => restore.hereOf(`Documents/${name}`)?.key)).toEqual(["Documents/a", "Documents/b"]));
});
test("a core that cannot compare leaves the column out", async () => {
  const { host, restore } = await opened();
  vi.spyOn(host, "compareHere").mockRejectedValue(new Error("no such command"));
  await restore.open("Documents/House/2026/");
  await Promise.resolve();
  expect(restore.isCompared).toBe(false);
  expect(restore.error).toBeNull();
});
