import { expect, test, vi } from "vitest";
import { hurry, memoryHost } from "$lib/host/for-tests";
import { headline } from "../features/activity/log.svelte";
import { Desk } from "./desk.svelte";
import { runDeeds } from "./run-deeds";

hurry();

async function restored() {
  const host = memoryHost("attention");
  const desk = new Desk(host);
  await desk.load();
  const run = desk.book.restore({ s3_prefix: "Documents", local_folder: "/home/mara/Back", options: {} }, "Documents", "/home/mara/Back", { files: 146, bytes: 1 });
  await vi.waitFor(() => expect(run.state).toBe("complete"), { timeout: 30_000 });
  return { host, desk, detail: await host.getRun(run.id) };
}

test("a restore in the log leads to the folder it went to", async () => {
  const { host, desk, detail } = await restored();
  const deeds = runDeeds(desk);
  const shown = vi.spyOn(host, "revealPath");
  expect(deeds.folderOf(detail.run)).toEqual({ path: "/home/mara/Back", shown: "~/Back" });
  expect(headline(detail.run, deeds.folderOf(detail.run)?.shown)).toBe("146 files are back in ~/Back");
  deeds.showFolder(detail.run, null);
  expect(shown).toHaveBeenCalledWith("/home/mara/Back");
});
test("a restore of an earlier window leads to its folder; one of before the log kept it names none, rather than a wrong one", async () => {
  const { host, detail } = await restored();
  const later = new Desk(host);
  await later.load();
  expect(runDeeds(later).folderOf(detail.run)?.path).toBe("/home/mara/Back");
  expect(runDeeds(later).folderOf({ ...detail.run, folder: null })).toBeNull();
  expect(headline(detail.run, null)).toBe("146 files are back from Backblaze B2");
});
test("a run of a set leads to the folder of the set", async () => {
  const { host, desk } = await restored();
  expect(runDeeds(desk).folderOf((await host.getRun("studio-now")).run)?.path).toBe(desk.sets.find("studio")?.draft.folder);
});
