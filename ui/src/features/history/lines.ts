/** How commands stand in the list: under which day, in which parts, with which sign. Pure. */
import type { HistoryLine, HistoryMark } from "../../bindings";
import { format, words } from "$lib/words";

export type Ended = "fine" | "failed" | "open";
export const ended = (line: Pick<HistoryLine, "exit_code">): Ended => (line.exit_code === null ? "open" : line.exit_code === 0 ? "fine" : "failed");

export type Part = { text: string; kind: "plain" | "hit" | "redacted" };
const REDACTED = "[redacted]";

/** The line in parts: what was looked for, what was redacted, the rest. Ends of lines stand as a sign. */
export function parts(command: string, marks: HistoryMark[]): Part[] {
  const text = command.replace(/\r?\n/g, " ↵ ");
  const lower = text.toLowerCase();
  const folds = lower.length === text.length;
  const at = new Uint8Array(text.length);
  for (const mark of marks.filter((one) => one.text !== "")) {
    const [inside, wanted] = mark.exact || !folds ? [text, mark.text] : [lower, mark.text.toLowerCase()];
    for (let from = inside.indexOf(wanted); from >= 0; from = inside.indexOf(wanted, from + wanted.length)) at.fill(1, from, from + wanted.length);
  }
  for (let from = text.indexOf(REDACTED); from >= 0; from = text.indexOf(REDACTED, from + 1)) at.fill(2, from, from + REDACTED.length);
  const kinds = ["plain", "hit", "redacted"] as const;
  const found: Part[] = [];
  for (let from = 0; from < text.length; ) {
    let to = from + 1;
    while (to < text.length && at[to] === at[from] && !(at[from] === 2 && (to - from) % REDACTED.length === 0)) to++;
    found.push({ text: text.slice(from, to), kind: kinds[at[from] ?? 0] ?? "plain" });
    from = to;
  }
  return found;
}

const DAY = 86_400_000;
const midnight = (at: Date) => new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
const daysAgo = (at: Date, now: Date) => Math.round((midnight(now) - midnight(at)) / DAY);

/** "Today", "Yesterday", "Tue 17 November" for a week, "October", "October 2025". */
export function heading(started: string | null, now: Date): string {
  const w = words.history.days;
  if (started === null) return w.unknown;
  const at = new Date(started);
  const days = daysAgo(at, now);
  if (days === 0) return w.today;
  if (days === 1) return w.yesterday;
  if (days > 0 && days < 7) return `${format.dayName(at).split(" ").slice(0, 2).join(" ")} ${format.monthLong(at.getMonth())}`;
  const year = at.getFullYear() === now.getFullYear() ? "" : ` ${at.getFullYear()}`;
  return `${format.monthLong(at.getMonth())}${year}`;
}
/** "13:44" below a day, "29 Oct" below a month. */
export function time(started: string | null, now: Date): string {
  if (started === null) return "";
  const at = new Date(started);
  const days = daysAgo(at, now);
  return days >= 0 && days < 7 ? format.clockTime(at) : format.shortDay(at);
}

export type Row = { heading: string; id: string } | { line: HistoryLine; id: string; index: number };
/** Commands with a heading before each first one of a day or month. */
export function rows(lines: HistoryLine[], now: Date): Row[] {
  let last = "";
  return lines.flatMap((line, index): Row[] => {
    const name = heading(line.started, now);
    const row = { line, id: line.id, index };
    if (name === last) return [row];
    last = name;
    return [{ heading: name, id: `h-${line.id}` }, row];
  });
}

/** "Today 13:44:07, 3 min 12 s". */
export function whenLong(line: HistoryLine, now: Date): string {
  const w = words.history;
  if (line.started === null) return w.days.unknown;
  const at = new Date(line.started);
  const day = daysAgo(at, now) < 2 && daysAgo(at, now) >= 0 ? heading(line.started, now) : format.dayName(at) + (at.getFullYear() === now.getFullYear() ? "" : ` ${at.getFullYear()}`);
  const clock = format.exact(at).split(", ")[1] ?? "";
  return `${day} ${clock}${line.seconds === null ? "" : w.took(format.duration(line.seconds))}`;
}

export type When = keyof typeof words.history.filters.times;
/** From when on, for the core; local midnight. */
export function after(when: When, now: Date): string | null {
  const back = { any: null, today: 0, week: 6, month: 29, year: null }[when];
  if (when === "year") return new Date(now.getFullYear(), 0, 1).toISOString();
  return back === null ? null : new Date(midnight(now) - back * DAY).toISOString();
}
