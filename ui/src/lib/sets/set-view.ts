/** A backup set as words and marks. Pure; the current time is handed in. */
import type { DayMark, HealthColour, HealthReason, Schedule, SetView } from "../../bindings";
import type { HoldDay } from "../components/hold-line";
import { format, words } from "../words";

export type HealthState = "ok" | "warn" | "bad" | "none" | "paused";
const STATES: Record<HealthColour, HealthState> = { green: "ok", amber: "warn", red: "bad", none: "none", paused: "paused" };
export const healthState = (set: SetView): HealthState => (set.activity === "paused" && set.health.colour === "green" ? "paused" : STATES[set.health.colour]);

const RANK: Record<HealthState, number> = { bad: 0, warn: 1, none: 2, paused: 3, ok: 4 };
/** Worst first; sets that are equally well keep their order. */
export const worstFirst = (sets: SetView[]): SetView[] => [...sets].sort((a, b) => RANK[healthState(a)] - RANK[healthState(b)]);

const NEEDS: HealthState[] = ["bad", "warn"];
export const needsSomebody = (set: SetView): boolean => NEEDS.includes(healthState(set));

/** "Studio projects has had no complete backup for 3 days": what is wrong, with the name of the set. */
export function reasonHeading(set: SetView, reason: HealthReason, now: Date): string {
  const since = set.last_complete ?? set.health.since;
  const days = since ? Math.floor((now.getTime() - Date.parse(since)) / 86_400_000) : 0;
  return words.sets.reasons[reason.code](set.draft.name, days);
}

const DOUBTS: HealthReason["code"][] = ["drill_failed", "sent_anew"];
/** When the set was last proven, and whether a drill after that found copies that are wrong. */
export function provenOf(set: SetView): { at: Date; doubted: boolean } | null {
  if (!set.last_proven) return null;
  const at = new Date(set.last_proven);
  return { at, doubted: set.health.reasons.some((reason) => DOUBTS.includes(reason.code)) || set.days.some((day) => day.drill === "failed" && format.parseDay(day.day) > at) };
}

/** "Sun 8 Nov: complete, 48.2 MB copied, restore drill passed". */
export function dayWords(day: DayMark): string {
  const w = words.hold;
  const outcome = day.outcome === "complete" ? (day.bytes > 0 ? w.copied(format.bytes(day.bytes)) : w.nothingNew) : w.outcome[day.outcome];
  return w.onDay(format.dayName(format.parseDay(day.day)), outcome + (day.drill === "none" ? "" : w.drill[day.drill]));
}
export const holdDays = (days: DayMark[], count: number): HoldDay[] => days.slice(-count).map((day) => ({ day: day.day, outcome: day.outcome, bytes: day.bytes, drill: day.drill, words: dayWords(day) }));

/** "Studio projects, last 30 days: 27 complete, 3 in part, last proven 8 Nov". */
export function holdLabel(name: string, days: { outcome: string; drill: string; day: string }[]): string {
  const of = (outcome: string) => days.filter((day) => day.outcome === outcome).length;
  const proven = days.filter((day) => day.drill === "passed").at(-1);
  const more = (of("missed") > 0 ? words.hold.missed(of("missed")) : "") + (proven ? words.hold.proven(format.shortDay(format.parseDay(proven.day))) : "");
  return words.hold.label(name, days.length, of("complete"), of("partial"), more);
}

/** All sets as one line: bytes add up, and a day is as bad as its worst set. */
export function together(sets: SetView[], count: number): HoldDay[] {
  const order = ["partial", "missed", "complete", "nothing", "off"] as const;
  const lines = sets.map((set) => set.days.slice(-count));
  return Array.from({ length: lines[0]?.length ?? 0 }, (_, n) => {
    const day = lines.flatMap((line) => line[n] ?? []);
    const outcome = order.find((one) => day.some((d) => d.outcome === one)) ?? "nothing";
    const drill = day.some((d) => d.drill === "failed") ? "failed" : day.some((d) => d.drill === "passed") ? "passed" : "none";
    const all: DayMark = { day: day[0]?.day ?? "", outcome, bytes: day.reduce((sum, d) => sum + d.bytes, 0), drill, run_id: null };
    return { ...all, words: dayWords(all) };
  });
}

/** "18:00", "On change", "Only by hand", "Paused until tomorrow". */
export function nextWords(set: SetView, now: Date): string {
  const w = words.sets.next;
  if (set.activity === "working") return w.running;
  if (set.activity === "paused") return set.paused_until ? w.pausedUntil(format.untilWhen(new Date(set.paused_until), now)) : w.paused;
  if (set.draft.watch) return w.onChange;
  return set.next_run ? format.capital(format.upcoming(new Date(set.next_run), now)) : w.byHand;
}

/** "on change, at least daily": one phrase for the head of the page. */
export function rhythm(watch: boolean, schedule: Schedule): string {
  const w = words.sets.rhythm;
  const by = schedule.kind === "manual" ? w.manual : schedule.kind === "every" ? w.every(everyWords(schedule.minutes)) : schedule.kind === "daily" ? w.daily(schedule.at) : schedule.kind === "weekly" ? w.weekly(schedule.days.map((day) => words.sets.schedule.dayLong[day]), schedule.at) : w.cron;
  if (!watch) return by;
  return schedule.kind === "manual" ? w.watch : schedule.kind === "daily" ? w.watchDaily : w.watchAnd(by);
}
export const everyWords = (minutes: number): string =>
  minutes % 1440 === 0 ? format.many(minutes / 1440, "day") : minutes % 60 === 0 ? (minutes === 60 ? words.sets.rhythm.hour : format.many(minutes / 60, "hour")) : format.many(minutes, "minute");

/** "AWS S3" of "mara-documents on AWS S3, Stockholm": where it goes, in few letters. */
export const shortPlace = (place: string): string => place.split(` ${words.backup.on} `).at(-1)?.split(",")[0] ?? place;
