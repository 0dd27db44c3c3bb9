/**
 * The folders this window has backed up by hand, with one entry per day, in what the page remembers.
 * A convenience of the page, no record to rely on: the core's journal takes its place when there is one.
 */
import type { HoldDay } from "../components/hold-line";
import type { PageMemory } from "../host";
import type { Run } from "./runs.svelte";

export type Rules = { hidden: boolean; remove: boolean; excludes: string[] };
export type Day = { day: string; bytes: number; state: "complete" | "part" };
export type Folder = {
  path: string; prefix: string; name: string; place: string; rules: Rules;
  last: { at: string; state: "complete" | "partial" | "cancelled" | "failed" } | null;
  completeAt: string | null;
  days: Day[];
};

export const isoDay = (d: Date): string =>
  `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, "0")}-${String(d.getDate()).padStart(2, "0")}`;

function read(text: string | null): Folder[] {
  try {
    const found: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(found) ? (found as Folder[]) : [];
  } catch {
    return [];
  }
}

export class Folders {
  all = $state.raw<Folder[]>([]);
  /** Each place has its own list. */
  place = $state("");
  here = $derived(this.all.filter((folder) => folder.place === this.place));

  constructor(private readonly memory: PageMemory) {
    this.all = read(memory.remembered("folders"));
  }

  find = (path: string, prefix: string): Folder | undefined =>
    this.here.find((folder) => folder.path === path && folder.prefix === prefix);

  remember(path: string, prefix: string, name: string, rules: Rules): void {
    const known = this.find(path, prefix);
    const next: Folder = known
      ? { ...known, rules }
      : { path, prefix, name, place: this.place, rules, last: null, completeAt: null, days: [] };
    this.replace(known, next);
  }

  forget(folder: Folder): void {
    this.all = this.all.filter((other) => other !== folder);
    this.write();
  }

  bringBack(folder: Folder): void {
    this.all = [...this.all, folder];
    this.write();
  }

  note(run: Run, prefix: string): void {
    const folder = this.find(run.local, prefix);
    if (!folder || run.state === "running") return;
    const at = (run.finishedAt ?? new Date()).toISOString();
    const complete = run.state === "complete";
    const days = run.state === "failed" ? folder.days : addDay(folder.days, run);
    this.replace(folder, { ...folder, last: { at, state: run.state }, completeAt: complete ? at : folder.completeAt, days });
  }

  private replace(old: Folder | undefined, next: Folder): void {
    this.all = old ? this.all.map((folder) => (folder === old ? next : folder)) : [...this.all, next];
    this.write();
  }

  private write(): void {
    void this.memory.remember("folders", JSON.stringify(this.all));
  }
}

/** A day is complete when its last run was; bytes add up. Days older than 90 fall off. */
export function addDay(days: Day[], run: Pick<Run, "state" | "finishedAt" | "backup">): Day[] {
  const day = isoDay(run.finishedAt ?? new Date());
  const before = days.find((d) => d.day === day);
  const bytes = (before?.bytes ?? 0) + (run.backup?.bytes_transferred ?? 0);
  const state: Day["state"] = run.state === "complete" ? "complete" : "part";
  return [...days.filter((d) => d.day !== day), { day, bytes, state }].slice(-90);
}

/** The last `count` days up to today, oldest first; a day without a run is null. */
export function lastDays(days: Day[], today: Date, count: number): (Day | null)[] {
  return Array.from({ length: count }, (_, n) => {
    const at = new Date(today.getFullYear(), today.getMonth(), today.getDate() - (count - 1 - n));
    return days.find((d) => d.day === isoDay(at)) ?? null;
  });
}

/** The same days as marks of a hold line. */
export const marksOf = (days: (Day | null)[]): (HoldDay | null)[] =>
  days.map((day) => day && { day: day.day, bytes: day.bytes, drill: "none", outcome: day.state === "complete" ? "complete" : "partial" });

/** All folders as one line: bytes added, in part if any was. */
export function together(folders: Folder[]): Day[] {
  const byDay = new Map<string, Day>();
  for (const day of folders.flatMap((folder) => folder.days)) {
    const sum = byDay.get(day.day);
    byDay.set(day.day, {
      day: day.day, bytes: (sum?.bytes ?? 0) + day.bytes,
      state: sum?.state === "part" || day.state === "part" ? "part" : "complete",
    });
  }
  return [...byDay.values()];
}
