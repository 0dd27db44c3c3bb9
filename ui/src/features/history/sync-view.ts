/** How history stands, in plain words. Pure. */
import type { HistoryDevice, HistoryHere, HistoryHook, HistoryStatus } from "../../bindings";
import { format, words } from "$lib/words";

export type SyncState = { tone: "ok" | "warn" | "none"; text: string };

/** "22 s ago", "11 min ago", "yesterday 18:00". */
export function heard(at: string, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - Date.parse(at)) / 1000));
  return seconds < 60 ? words.history.sync.seconds(seconds) : format.ago(new Date(at), now);
}

export const activeDevices = (status: HistoryStatus | null): HistoryDevice[] => (status?.devices ?? []).filter((device) => device.retired === null);

/** One sentence: the worst first. */
export function syncState(here: HistoryHere, status: HistoryStatus | null, now: Date): SyncState {
  const w = words.history.sync;
  if (!here.shared) return { tone: "none", text: w.alone };
  if (here.problem) return { tone: "warn", text: here.last_sync ? w.behind(format.when(new Date(here.last_sync), now)) : w.never };
  if (!here.last_sync) return { tone: "none", text: w.never };
  if (here.waiting > 0) return { tone: "none", text: w.waiting(here.waiting) };
  const at = heard(here.last_sync, now);
  return { tone: "ok", text: status ? w.inStep(Math.max(0, activeDevices(status).length - 1), at) : w.inStepAlone(at) };
}

export const pausedWords = (until: string, now: Date): string => words.history.sync.paused(until === "" ? null : format.untilWhen(new Date(until), now));

/** "seen 2 h ago · has 4 deletions to carry out". */
export function deviceWords(device: HistoryDevice, now: Date): string {
  const w = words.history.panel;
  if (device.retired) return w.retired(format.when(new Date(device.retired), now));
  const seen = device.this_device ? w.here : device.last_seen ? w.seen(format.ago(new Date(device.last_seen), now)) : w.neverSeen;
  return [seen, device.owes_deletions > 0 ? w.owes(device.owes_deletions) : "", device.skipped > 0 ? w.skipped(device.skipped) : ""].filter(Boolean).join(" · ");
}

export function costWords(here: HistoryHere, status: HistoryStatus | null): string {
  const w = words.history.foot;
  if (!here.shared) return w.local;
  const usd = status?.storage?.month_usd;
  return [w.sealed, usd === undefined || usd === null ? "" : usd < 0.01 ? w.cheap : w.cost(format.dollars(usd))].filter(Boolean).join(" ");
}

/** The hook of a shell that was chosen, else of the usual one, else the first. */
export const hookOf = (here: HistoryHere, chosen: string | null): HistoryHook | undefined => here.hooks.find(({ shell }) => shell === (chosen ?? here.shell)) ?? here.hooks[0];
/** Where its line goes. */
export const hookFile = (shell: string): string => (words.history.hookFiles as Record<string, string>)[shell] ?? "";
