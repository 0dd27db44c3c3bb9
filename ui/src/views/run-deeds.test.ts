import { expect, test, vi } from "vitest";
import type { RunView } from "../bindings";
import { hurry, memoryHost } from "$lib/host/for-tests";
import { headline } from "../features/activity/log.svelte";
import { Run } from "$lib/runs/runs.svelte";
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

async function stopped(over: Partial<RunView>) {
  const host = memoryHost("attention");
  const desk = new Desk(host);
  await desk.load();
  const { run } = await host.getRun("studio-now");
  return { host, desk, deeds: runDeeds(desk), run: { ...run, result: "cancelled" as const, ...over } };
}
test("a drill that was stopped begins again as a drill, and a backup as a backup", async () => {
  const drill = await stopped({ kind: "drill" });
  const [proved, backedUp] = [vi.spyOn(drill.host, "runDrill"), vi.spyOn(drill.host, "runBackupSet")];
  await drill.deeds.runAgain(drill.run);
  expect([proved.mock.calls, backedUp.mock.calls]).toEqual([[["studio"]], []]);
  await drill.deeds.runAgain({ ...drill.run, kind: "backup" });
  expect(backedUp.mock.calls).toEqual([["studio", null]]);
});
test.each<[Partial<RunView>, boolean]>([[{}, true], [{ kind: "drill" }, true], [{ kind: "restore", set_id: null }, false], [{ kind: "verify" }, false], [{ set_id: "gone" }, false], [{ set_id: null }, false]])("a stopped run %j can be run again: %s", async (over, can) => {
  const { deeds, run } = await stopped(over);
  expect(deeds.canRunAgain(run)).toBe(can);
});
test("a backup by hand that was stopped leads to its plan, while its folder is remembered", async () => {
  const { desk, deeds, run } = await stopped({ id: "by-hand", set_id: null, folder: "/home/mara/Letters" });
  desk.folders.remember("/home/mara/Letters", "Letters", "Letters", { hidden: false, remove: false, excludes: [] });
  desk.book.runs = [Object.assign(new Run("by-hand", "backup", "Letters", "", "/home/mara/Letters", { files: 1, bytes: 1 }, new Date()), { state: "cancelled" })];
  expect(deeds.canRunAgain(run)).toBe(true);
  await deeds.runAgain(run);
  await vi.waitFor(() => expect([desk.byHand, desk.page, desk.backup.path, desk.backup.stage]).toEqual([true, "backup", "/home/mara/Letters", "plan"]));
});
