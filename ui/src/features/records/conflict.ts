/** A record that two devices edited: what differs, what is chosen, what becomes of it. Pure. */
import type { RecordsConflict, RecordsDecision, RecordsDifference, RecordsVersion } from "../../bindings";
import { format, words } from "$lib/words";
import { valueWords } from "./view";

export type Picks = { [field: string]: string };

/** What is chosen by itself: the side that alone changed a field. */
export function startPicks(conflict: RecordsConflict): Picks {
  return Object.fromEntries(conflict.fields.flatMap((one) => {
    const side = one.merged === null ? undefined : conflict.keeping[one.merged];
    return side === undefined ? [] : [[one.field, side]];
  }));
}
/** How many fields still need a choice. */
export const toChoose = (conflict: RecordsConflict, picks: Picks): number => conflict.fields.filter((one) => !conflict.keeping.includes(picks[one.field] ?? "")).length;

export const merge = (conflict: RecordsConflict, picks: Picks): RecordsDecision =>
  ({ how: "merge", picks: conflict.fields.flatMap(({ field }) => { const side = picks[field]; return side === undefined ? [] : [{ field, side }]; }) });

export const sideWords = (value: RecordsDifference["sides"][number] | undefined): string => valueWords(value) || words.records.conflict.nothing;

/** "Ana, this computer, today 13:02". */
export function whose(version: RecordsVersion | undefined, device: string | null, now: Date): { who: string; when: string; here: boolean } {
  const w = words.records.conflict;
  if (!version) return { who: w.other, when: "", here: false };
  const here = version.device === device;
  return { who: w.byWhom(version.author, here ? w.here : w.other), when: format.when(new Date(version.time), now), here };
}
