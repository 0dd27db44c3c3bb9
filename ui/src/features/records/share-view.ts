/** How sharing is said and what was typed for it. Pure; the current time is handed in. */
import type { RecordsGrant, RecordsMember } from "../../bindings";
import { format, words } from "$lib/words";

const w = words.records.share;
const DAY = 86_400_000;

export const tidyHeard = (typed: string): string => typed.trim().toLowerCase().split(/[\s,.]+/).filter(Boolean).join(" ");
export const heardIn = (typed: string): number => tidyHeard(typed).split(" ").filter(Boolean).length;
export const isId = (typed: string): boolean => /^([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.test(typed.trim());
/** "77aa19c0 d2e34f5b 8c6d7e8f 90a1b2c3": easier to compare, the same when it is copied by its button. */
export const idInParts = (id: string): string => id.replaceAll("-", "").match(/.{1,8}/g)?.join(" ") ?? id;

/** The last day before a moment: the year where it is not this one. */
export function lastDay(until: string, now: Date): string {
  const last = new Date(Date.parse(until) - 1);
  if (Number.isNaN(last.getTime())) return until;
  const day = format.shortDay(last);
  return last.getFullYear() === now.getFullYear() ? day : `${day} ${last.getFullYear()}`;
}
const iso = (day: Date): string => `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, "0")}-${String(day.getDate()).padStart(2, "0")}`;
/** The last day of what was chosen; null for good. */
export function untilOf(long: string, day: string, now: Date): string | null {
  const days: { [long: string]: number } = { week: 7, month: 30, year: 365 };
  if (long === "day") return day.trim();
  return days[long] ? iso(new Date(now.getTime() + days[long] * DAY)) : null;
}
export function isDayToCome(day: string, now: Date): boolean {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day.trim());
  if (!found) return false;
  const at = new Date(Number(found[1]), Number(found[2]) - 1, Number(found[3]));
  return iso(at) === day.trim() && at.getTime() + DAY > now.getTime();
}

/** What a grant allows and how it stands, short. */
export function grantWords(grant: RecordsGrant, now: Date): string {
  const may = grant.write === null ? "" : grant.write ? w.toWrite : w.toRead;
  const state = { holds: grant.until ? w.until(lastDay(grant.until, now)) : "", over: w.over, ended: w.ended, closed: w.closed }[grant.state];
  return [may, state].filter(Boolean).join(", ");
}
/** As it stands beside a face: "can edit", "until 1 Jan". */
export const seesWords = (grant: RecordsGrant, now: Date): string => (grant.until ? w.readsUntil(lastDay(grant.until, now)) : grant.write ? w.edits : w.reads);

/** Whether records of somebody may be added and changed here. */
export const isWritable = (member: RecordsMember | null | undefined): boolean => !member?.of || (member.of.write && !member.of.ended);
