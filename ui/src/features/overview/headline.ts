/** The sentence a person came for, from the sets themselves. Pure. */
import type { SetView } from "../../bindings";
import { healthState, provenOf } from "$lib/sets/set-view";
import { format, words } from "$lib/words";

export type Headline = { first: string; rest: string };
const w = words.overview.headline;

export function headlineOf(sets: SetView[], pausedUntil: string | null, now: Date, isHeld: (set: SetView) => boolean = () => false): Headline {
  const of = (state: ReturnType<typeof healthState>) => sets.filter((set) => healthState(set) === state);
  const [bad, warn, none, paused, ok] = [of("bad"), of("warn"), of("none"), of("paused"), of("ok")];
  const others = (n: number) => (ok.length > 0 && ok.length === sets.length - n ? w.elseFine : "");
  if (sets.length === 0) return { first: w.empty, rest: "" };
  if (bad.length > 0) return { first: bad.length === 1 ? w.bad(bad[0]?.draft.name ?? "") : w.badMany(bad.length), rest: warn.length > 0 ? w.more(warn.length) : others(bad.length) };
  if (warn.length > 0) return { first: w.warn(warn.length), rest: others(warn.length) };
  if (paused.length === sets.length) return { first: w.paused(pausedUntil ? format.untilWhen(new Date(pausedUntil), now) : null), rest: "" };
  const working = sets.filter((set) => set.activity === "working" && !isHeld(set));
  const held = sets.filter(isHeld);
  const under = working.length > 0 ? w.working(working[0]?.draft.name ?? "", working.length) : held.length > 0 ? w.held(held[0]?.draft.name ?? "", held.length) : "";
  if (none.length > 0) return { first: none.length === 1 ? w.none(none[0]?.draft.name ?? "") : w.noneMany(none.length), rest: under || others(none.length) };
  return { first: w.fine, rest: under || (paused.length > 0 ? w.somePaused(paused.length) : "") };
}

/** "Proven restorable on Sunday.", of the set that was proven longest ago; nothing while one never was. */
export function provenWords(sets: SetView[], now: Date): string {
  const proven = sets.map((set) => set.last_proven).filter((at): at is string => at !== null).sort();
  const [oldest] = proven;
  if (!oldest || proven.length < sets.length || sets.some((set) => healthState(set) !== "ok" || provenOf(set)?.doubted)) return "";
  const at = new Date(oldest);
  return w.proven(now.getTime() - at.getTime() < 6.5 * 86_400_000 ? format.weekday(at) : format.shortDay(at));
}
