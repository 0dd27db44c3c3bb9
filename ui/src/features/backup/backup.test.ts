import { expect, test, vi } from "vitest";
import { memoryHost, type Host } from "$lib/host/for-tests";
import { Folders } from "$lib/runs/folders.svelte";
import { RunBook } from "$lib/runs/runs.svelte";
import { Backup, cleanPrefix, folderName, freeName } from "./backup.svelte";

function open(scenario: string) {
  const host: Host = memoryHost(scenario);
  const folders = new Folders(host);
  folders.place = "here";
  const book = new RunBook(host);
  return { host, folders, book, backup: new Backup(host, book, folders) };
}

test.each([["/home/mara/Documents/", "Documents"], ["C:\\Users\\mara\\Pictures", "Pictures"], ["/", ""]])("%s is called %s", (path, name) => expect(folderName(path)).toBe(name));
test.each([["/a//b/", "a/b"], ["  x ", "x"], ["", ""]])("the prefix %s is kept as %s", (typed, kept) => expect(cleanPrefix(typed)).toBe(kept));

test("the folder's name is the prefix until another one is typed", () => {
  const { backup } = open("default");
  backup.setPath("/home/mara/Documents");
  expect(backup.prefix).toBe("Documents");
  backup.prefix = "mine";
  backup.typedPrefix();
  backup.setPath("/home/mara/Pictures");
  expect(backup.prefix).toBe("mine");
});

const other = (name: string, prefix = name) => ({ name, prefix });
test.each([
  ["/home/mara/Documents", [], "Documents"],
  ["/mnt/old laptop/Documents/", [other("Documents")], "Documents (old laptop)"],
  ["/mnt/old laptop/Documents", [other("documents"), other("Documents (old laptop)")], "Documents 2"],
  ["/mnt/old laptop/Documents", [other("Documents"), other("Documents (old laptop)"), other("Documents 2")], "Documents 3"],
  ["C:\\Documents", [other("Documents")], "Documents 2"],
  ["/Documents", [other("Documents")], "Documents 2"],
  ["/mnt/old laptop/Documents", [other("Papers", "Documents/2026")], "Documents (old laptop)"],
  ["/", [other("Documents")], ""],
])("a set of %s beside %j is called “%s”", (path, others, name) => expect(freeName(path, others)).toBe(name));

test("a new set has a free name and part of the bucket by itself, and a name that is typed stays", () => {
  const { backup } = open("default");
  backup.others = () => [other("Documents")];
  backup.setPath("/mnt/old laptop/Documents");
  expect([backup.setName, backup.prefix, backup.wrongName]).toEqual(["Documents (old laptop)", "Documents (old laptop)", null]);
  backup.typeName("documents ");
  expect(backup.wrongName).toBe("There is a set “documents” already.");
  backup.typeName(" ");
  expect(backup.wrongName).toBe("A name is needed.");
  backup.typeName("Before 2020");
  backup.setPath("/mnt/old laptop/Pictures");
  expect([backup.setName, backup.prefix]).toEqual(["Before 2020", "Pictures"]);
  backup.startNew();
  backup.setPath("/mnt/old laptop/Documents");
  expect(backup.setName).toBe("Documents (old laptop)");
});

test("a prefix that climbs out cannot be looked at", () => {
  const { backup } = open("default");
  backup.setPath("/home/mara/Documents");
  backup.prefix = "../x";
  expect(backup.canLook).toBe(false);
});

test("looking is a dry run and sends nothing", async () => {
  const { host, backup, folders } = open("default");
  const preview = vi.spyOn(host, "previewBackup");
  const sync = vi.spyOn(host, "syncFolder");
  backup.setPath("/home/mara/Documents");
  await backup.look();
  expect(backup.stage).toBe("plan");
  expect(preview.mock.calls[0]?.[0]).toMatchObject({ local_folder: "/home/mara/Documents", s3_prefix: "Documents", options: { dry_run: true, delete_remote: false } });
  expect(sync).not.toHaveBeenCalled();
  expect(folders.here.map((f) => f.name)).toEqual(["Documents"]);
});

test("the brake holds until the number is confirmed, and the run carries that number", async () => {
  const { host, backup } = open("brake");
  const sync = vi.spyOn(host, "syncFolder");
  backup.setPath("/home/mara/Documents");
  backup.remove = true;
  await backup.look();
  backup.start("there");
  expect(sync).not.toHaveBeenCalled();
  backup.start("there", 2114);
  expect(sync.mock.calls[0]?.[0].options).toMatchObject({ delete_remote: true, confirm_removal_of: 2114, dry_run: false });
});

test("keeping them plans again without removals", async () => {
  const { backup } = open("brake");
  backup.setPath("/home/mara/Documents");
  backup.remove = true;
  await backup.look();
  await backup.keepThem();
  expect(backup.plan?.brake).toBeNull();
  expect(backup.plan?.groups.some((g) => g.kind === "remove")).toBe(false);
});
