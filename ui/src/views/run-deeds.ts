/** What a person can do about a run, wherever the log is shown. */
import type { RunDeeds } from "../features/activity/OpenRun.svelte";
import { joinPath, parentOf } from "../features/restore/selection";
import type { Desk } from "./desk.svelte";

export function runDeeds(desk: Desk): RunDeeds {
  const setOf = (id: string | null) => desk.sets.find(id);
  return {
    spokenOf: desk.runId,
    showFolder: (run, first) => {
      const folder = setOf(run.set_id)?.draft.folder ?? run.place;
      void desk.host.revealPath(first ? joinPath(folder, parentOf(first)) : folder).catch(() => desk.host.revealPath(folder)).catch(() => {});
    },
    leaveOut: (detail) => {
      const set = setOf(detail.run.set_id);
      if (set) desk.askLeaveOut(set, detail);
    },
    retry: async (detail) => { const set = setOf(detail.run.set_id); if (set) await desk.retry(set, detail.run.id); },
    runAgain: async (run) => { const set = setOf(run.set_id); if (set) await desk.runSet(set); },
    seePlace: (run) => { const set = setOf(run.set_id); if (set) desk.openPlace(set.draft.profile); },
  };
}
