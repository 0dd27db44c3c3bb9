import { describe, expect, test, vi } from "vitest";
import { memoryHost } from "$lib/host/for-tests";
import { Folders } from "$lib/runs/folders.svelte";
import { RunBook } from "$lib/runs/runs.svelte";
import { Restore } from "./restore.svelte";
import { commonFolder, countByFolder, joinPath, originOf, topNames } from "./selection";

describe("where things go", () => {
  const known = [{ path: "/home/mara/Documents", prefix: "Documents" }, { path: "D:\\Work", prefix: "Documents/Work" }];
  test.each([
    ["Documents/House/2026/", "/home/mara/Documents/House/2026"], ["Documents/Work/2026/", "D:\\Work\\2026"], ["Documents/", "/home/mara/Documents"],
    ["Documents2/", null], ["", null],
  ])("%s goes back to %s", (base, path) => expect(originOf(base, known)).toBe(path));
  test.each([[["a/b/1", "a/b/c/2"], "a/b/"], [["a/1", "b/1"], ""], [["a/b/1"], "a/b/"], [[], ""]])("%j share the folder %s", (keys, folder) => expect(commonFolder(keys)).toBe(folder));
  test("a path keeps its own separator", () => expect([joinPath("C:\\x\\", "a/b"), joinPath("/x/", "a/b")]).toEqual(["C:\\x\\a\\b", "/x/a/b"]));
  test("every folder above a file counts it", () => expect([...countByFolder(["a/b/1", "a/2"])]).toEqual([["a/b/", 1], ["a/", 2]]));
  test("folders are named once", () => expect(topNames(["a/b/1", "a/b/2", "a/3"], "a/")).toEqual(["b", "3"]));
});

async function inHouse() {
  const host = memoryHost("default");
  const folders = new Folders(host);
  folders.place = "here";
  folders.remember("/home/mara/Documents", "Documents", "Documents", { hidden: false, remove: false, excludes: [] });
  const restore = new Restore(host, new RunBook(host), folders);
  await restore.load();
  await restore.open("Documents/House/2026/");
  const tick = (name: string, range = false) => restore.tick(restore.rows.findIndex((row) => row.name === name), range);
  return { host, restore, tick };
}
const settled = (restore: Restore) => vi.waitFor(() => expect(restore.plan).not.toBeNull(), { timeout: 5000 });

test("a ticked folder stands for all files below it", async () => {
  const { restore, tick } = await inHouse();
  await tick("Site visit");
  expect(restore.picked.size).toBe(146);
  const sum = [...restore.picked.values()].reduce((all, size) => all + size, 0);
  expect(restore.counted.get("Documents/House/2026/Site visit/")).toEqual({ files: 146, bytes: sum });
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
