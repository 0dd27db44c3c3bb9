/** What a person can do about a run, wherever the log is shown. */
import { format } from "$lib/words";
import type { RunView } from "../bindings";
import type { RunDeeds } from "../features/activity/OpenRun.svelte";
import { joinPath, parentOf } from "../features/restore/selection";
import type { Desk } from "./desk.svelte";

export function runDeeds(desk: Desk): RunDeeds {
  const setOf = (id: string | null) => desk.sets.find(id);
  /** Runs of before the log kept their folder have it from their set. */
  const folderOf = (run: RunView) => run.folder ?? setOf(run.set_id)?.draft.folder ?? null;
  /** A backup by hand is run again from its plan, where its folder is still remembered. */
  const handOf = (run: RunView) => (run.set_id === null && run.kind === "backup" ? desk.folders.here.find((folder) => folder.path === folderOf(run)) : undefined);
  const busy = (run: RunView) => setOf(run.set_id)?.activity === "working";
  return {
    spokenOf: desk.runId,
    isHeld: (run) => desk.book.running.some((one) => one.paused && (one.id === run.id || (run.set_id !== null && one.operation?.set_id === run.set_id && one.operation.kind === run.kind))),
    folderOf: (run) => {
      const path = folderOf(run);
      return path ? { path, shown: format.shortPath(path, desk.restore.home) } : null;
    },
    showFolder: (run, first) => {
      const folder = folderOf(run);
      if (folder) void desk.host.revealPath(first ? joinPath(folder, parentOf(first)) : folder).catch(() => desk.host.revealPath(folder)).catch(() => {});
    },
    leaveOut: (detail) => {
      const set = setOf(detail.run.set_id);
      if (set) desk.askLeaveOut(set, detail);
    },
    retry: async (detail) => { const set = setOf(detail.run.set_id); if (set) await desk.retry(set, detail.run.id); },
    canRunAgain: (run) => (run.kind === "backup" || run.kind === "drill") && !busy(run) && (setOf(run.set_id) ?? handOf(run)) !== undefined,
    runAgain: async (run) => {
      const [set, folder] = [setOf(run.set_id), handOf(run)];
      if (set) await (run.kind === "drill" ? desk.prove(set) : desk.runSet(set));
      else if (folder) desk.openByHand(folder);
    },
    seePlace: (run) => { const set = setOf(run.set_id); if (set) desk.openPlace(set.draft.profile); },
  };
}
