import { describe, expect, test, vi } from "vitest";
import { memoryHost } from "$lib/host/for-tests";
import { Folders } from "$lib/runs/folders.svelte";
import { RunBook } from "$lib/runs/runs.svelte";
import { Restore } from "./restore.svelte";
import { joinPath, nameOf, originOf } from "./selection";

describe("where things go", () => {
  const known = [{ path: "/home/mara/Documents", prefix: "Documents" }, { path: "D:\\Work", prefix: "Documents/Work" }];
  test.each([
    ["Documents/House/2026/", "/home/mara/Documents/House/2026"], ["Documents/Work/2026/", "D:\\Work\\2026"], ["Documents/", "/home/mara/Documents"],
    ["Documents2/", null], ["", null],
  ])("%s goes back to %s", (base, path) => expect(originOf(base, known)).toBe(path));
  test("a path keeps its own separator", () => expect([joinPath("C:\\x\\", "a/b"), joinPath("/x/", "a/b")]).toEqual(["C:\\x\\a\\b", "/x/a/b"]));
});

async function inHouse() {
  const host = memoryHost("default");
  const folders = new Folders(host);
  folders.place = "here";
  folders.remember("/home/mara/Documents", "Documents", "Documents", { hidden: false, remove: false, excludes: [] });
  const restore = new Restore(host, new RunBook(host), folders);
  await restore.load();
  await restore.open("Documents/House/2026/");
  const tick = (name: string, range = false) => restore.tick(restore.rows.findIndex((row) => nameOf(row.key) === name), range);
  return { host, restore, tick };
}
const settled = (restore: Restore) => vi.waitFor(() => expect(restore.plan).not.toBeNull(), { timeout: 5000 });

test("a ticked folder stands for all files below it", async () => {
  const { restore, tick } = await inHouse();
  await tick("Site visit");
  expect(restore.picked.size).toBe(146);
  expect(restore.counted.get("Documents/House/2026/Site visit/")).toEqual({ files: 146, bytes: restore.picked.bytes });
  await tick("Site visit");
  expect(restore.picked.size).toBe(0);
});

test("the tree says of which folders a part is ticked, and of which all", async () => {
  const { restore, tick } = await inHouse();
  for (const folder of ["Documents/", "Documents/House/", "Documents/House/2026/"]) await restore.open(folder);
  const marks = () => Object.fromEntries(restore.nodes.map((node) => [node.name, node.mark?.all ?? null]));
  expect(marks()["2026"]).toBeNull();
  await tick("Site visit");
  expect(marks()).toMatchObject({ "All copies": false, Documents: false, House: false, 2026: false, "Site visit": true });
  await restore.open("Documents/House/2026/Site visit/");
  await tick("IMG_2201.heic");
  expect(marks()).toMatchObject({ 2026: false, "Site visit": false });
});

test("Shift ticks the range", async () => {
  const { restore, tick } = await inHouse();
  await tick("Building permit.pdf");
  await tick("Kitchen plans v3.pdf", true);
  expect(restore.picked.size).toBe(4);
  await tick("Building permit.pdf");
  await tick("Electrician quote.pdf", true);
  expect(restore.picked.size).toBe(2);
});

test("the button counts what will be written, not what is ticked", async () => {
  const { restore, tick } = await inHouse();
  for (const name of ["Site visit", "Renovation budget.xlsx", "Offer Bergström.pdf"]) await tick(name);
  await settled(restore);
  expect(restore.picked.size).toBe(148);
  expect(restore.conflicts?.count).toBe(1);
  expect(restore.toWrite.count).toBe(5);
  restore.setPolicy("skip");
  await settled(restore);
  expect(restore.toWrite.count).toBe(4);
});

test("a destination that was typed stays when it becomes known where the files came from", async () => {
  const { restore, tick } = await inHouse();
  expect([restore.origin, restore.effectiveWhere]).toEqual([null, "other"]);
  restore.setOther("/home/mara/Elsewhere");
  await tick("Site visit");
  expect(restore.origin).not.toBeNull();
  expect(restore.destination).toBe("/home/mara/Elsewhere");
});

test("an emptied destination stays empty until another choice is made", async () => {
  const { restore, tick } = await inHouse();
  await restore.findHome();
  await tick("Site visit");
  restore.setOther("");
  await tick("Renovation budget.xlsx");
  restore.setWhere("other"); // a press on what is chosen already
  expect([restore.other, restore.canRun]).toEqual(["", false]);
  restore.setWhere("original");
  expect(restore.other).toContain("Restored");
});

test("a whole folder is restored by its prefix, a choice by its keys", async () => {
  const { host, restore, tick } = await inHouse();
  const run = vi.spyOn(host, "restoreFolder");
  await tick("Site visit");
  await settled(restore);
  restore.start();
  expect(run.mock.calls[0]?.[0]).toMatchObject({ s3_prefix: "Documents/House/2026/Site visit", local_folder: "/home/mara/Documents/House/2026/Site visit", options: { keys: null, dry_run: false, overwrite_existing: false, keep_both: true } });
});

test("a folder among files is sent as a folder, and its files once one is left out", async () => {
  const { host, restore, tick } = await inHouse();
  const asked = vi.spyOn(host, "previewRestore");
  const keys = () => asked.mock.lastCall?.[0].options.keys;
  await tick("Site visit");
  await tick("Building permit.pdf");
  await settled(restore);
  expect(keys()).toEqual(["Documents/House/2026/Site visit/", "Documents/House/2026/Building permit.pdf"]);
  await restore.open("Documents/House/2026/Site visit/");
  await tick(nameOf(restore.rows[0]!.key));
  await settled(restore);
  expect(keys()).toHaveLength(146);
  expect(keys()).not.toContain(restore.rows[0]!.key);
});

test("folders below a ticked one are ticked whole, also once a file beside them is left out", async () => {
  const { restore, tick } = await inHouse();
  await restore.open("Documents/House/");
  await tick("2026");
  await restore.open("Documents/House/2026/");
  const mark = (name: string) => restore.mark(restore.rows.find((row) => nameOf(row.key) === name)!);
  expect([mark("Site visit"), restore.allMark]).toEqual(["all", "all"]);
  await tick("Building permit.pdf");
  expect([mark("Site visit"), mark("Building permit.pdf"), restore.allMark]).toEqual(["all", "none", "some"]);
});

test("the tick above a list that is not loaded whole stands for its folder", async () => {
  const host = memoryHost("many");
  const restore = new Restore(host, new RunBook(host), new Folders(host));
  restore.setOther("/home/mara/Back");
  const asked = vi.spyOn(host, "previewRestore");
  for (const [folder, files, prefix, keys] of [["Documents/House/2026/", 5154, "Documents/House/2026", null], ["", 5162, "", [""]]] as const) {
    await restore.open(folder);
    restore.more ??= "as if there were more";
    await restore.tick(0, false);
    expect(restore.allMark).toBe("some");
    await restore.tickAll();
    expect([restore.picked.size, restore.allMark]).toEqual([files, "all"]);
    await settled(restore);
    expect(asked.mock.lastCall?.[0]).toMatchObject({ s3_prefix: prefix, options: { keys } });
    await restore.tickAll();
    expect([restore.picked.size, restore.allMark]).toEqual([0, "none"]);
  }
});

test("rows that are all ticked are not all of a folder of which more is to come", async () => {
  const { host, restore } = await inHouse();
  vi.spyOn(host, "listObjects").mockResolvedValue({ objects: [{ key: "A/1", size: 1, last_modified: null, e_tag: null, storage_class: null }], prefixes: [], continuation: "2" });
  await restore.open("A/");
  await restore.tick(0, false);
  expect([restore.picked.size, restore.allMark]).toEqual([1, "some"]);
});

describe("counting a folder of many pages", () => {
  const file = (n: number) => ({ key: `Documents/House/2026/Site visit/IMG_${n}`, size: 10, last_modified: null, e_tag: null, storage_class: null });
  /** Pages of one file each, given out one by one. */
  async function paged() {
    const all = await inHouse();
    const waiting: ((answer: "page" | "last" | "error") => void)[] = [];
    vi.spyOn(all.host, "listObjects").mockImplementation(({ continuation }) => new Promise((done, fail) => waiting.push((answer) => {
      const n = Number(continuation ?? 0);
      if (answer === "error") fail(new Error("gone"));
      else done({ objects: [file(n)], prefixes: [], continuation: answer === "last" ? null : String(n + 1) });
    })));
    const give = async (answer: "page" | "last" | "error", size: number) => { await vi.waitFor(() => expect(waiting).toHaveLength(1)); waiting.shift()!(answer); await vi.waitFor(() => expect(all.restore.picked.size).toBe(size)); };
    return { ...all, give };
  }
  test("it can be stopped, and then nothing of it is ticked that was not before", async () => {
    const { restore, tick, give } = await paged();
    restore.take(file(0).key, 10);
    const counted = tick("Site visit");
    await give("page", 1);
    await give("page", 2);
    expect([restore.counting, restore.canRun, restore.checking]).toEqual([true, false, false]);
    restore.stopCounting();
    await give("page", 1);
    await counted;
    expect([restore.counting, [...restore.picked.keys()]]).toEqual([false, [file(0).key]]);
  });
  test("a second press stops it, too", async () => {
    const { restore, tick, give } = await paged();
    const counted = tick("Site visit");
    await give("page", 1);
    await tick("Site visit");
    await give("page", 0);
    await counted;
    expect(restore.counting).toBe(false);
  });
  test("another place, and another day, end it, and nothing of it is ticked there", async () => {
    for (const leave of [(restore: Restore) => restore.go("aws"), (restore: Restore) => restore.goTo("2026-11-02", "2026-11-20")]) {
      const { host, restore, tick, give } = await paged();
      const counted = tick("Site visit");
      await give("page", 1);
      const list = vi.mocked(host.listObjects).getMockImplementation()!;
      vi.spyOn(host, "listObjects").mockImplementation((input) => (input.delimiter === null ? list(input) : Promise.resolve({ objects: [], prefixes: [], continuation: null })));
      await leave(restore);
      await give("page", 0);
      await counted;
      expect([restore.counting, restore.picked.size, restore.countError]).toEqual([false, 0, null]);
    }
  });
  test("one that fails ticks nothing and says why", async () => {
    const { restore, tick, give } = await paged();
    const counted = tick("Site visit");
    await give("page", 1);
    await give("error", 0);
    await counted;
    expect([restore.counting, restore.mark({ key: "Documents/House/2026/Site visit/", folder: true })]).toEqual([false, "none"]);
    expect(restore.countError).not.toBeNull();
  });
});
