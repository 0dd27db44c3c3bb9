/** How numbers, sizes, money and times are said. Pure; the current time is handed in. It translates no sentences. */

const UNITS = ["B", "KB", "MB", "GB", "TB", "PB"] as const;

function scale(bytes: number): number {
  let unit = 0;
  // 999.5 KB would print as "1000 KB", so it moves on to the next unit.
  for (let n = Math.max(0, bytes); n >= 999.5 && unit < UNITS.length - 1; n /= 1000) unit++;
  return unit;
}

function inUnit(bytes: number, unit: number): string {
  const n = Math.max(0, bytes) / 1000 ** unit;
  if (unit <= 1 || n >= 99.95) return Math.round(n).toString();
  return n.toFixed(unit === 2 || n >= 9.995 ? 1 : 2);
}

/** "84 KB", "48.2 MB", "1.84 GB": decimal units. */
export function bytes(n: number): string {
  const unit = scale(n);
  return `${Number(inUnit(n, unit))} ${UNITS[unit]}`;
}

/** "6.21" and "of 9.87 GB": one unit for both where they are near, else each its own. */
export function bytesOf(done: number, total: number): { done: string; of: string } {
  const unit = scale(total);
  const near = done === 0 || done >= total / 100;
  return { done: near ? inUnit(done, unit) : bytes(done), of: `of ${inUnit(total, unit)} ${UNITS[unit]}` };
}

export function bytesOfLine(done: number, total: number): string {
  if (scale(done) !== scale(total) && done > 0) return `${bytes(done)} of ${bytes(total)}`;
  const parts = bytesOf(done, total);
  return `${parts.done} ${parts.of}`;
}

export function speed(perSecond: number): { value: string; unit: string } {
  const [value = "0", unit = "B"] = bytes(perSecond).split(" ");
  return { value, unit: `${unit}/s` };
}

const grouped = new Intl.NumberFormat("en-US");
export const count = (n: number): string => grouped.format(n);
export const many = (n: number, one: string, more = `${one}s`): string => `${count(n)} ${n === 1 ? one : more}`;
export const percent = (part: number, whole: number): number =>
  whole > 0 ? Math.min(100, Math.floor((part / whole) * 100)) : 0;

/** "free", "< $0.0001", "$0.0012", "$0.042", "$0.60"; a dash where no price is known. */
export function money(usd: number | null): string {
  if (usd === null) return "–";
  if (usd <= 0) return "free";
  if (usd < 0.0001) return "< $0.0001";
  const digits = usd < 0.00995 ? 4 : usd < 0.0995 ? 3 : 2;
  return `$${usd.toFixed(digits)}`;
}

/** Empty where no price is known. */
export function cents(usd: number | null): string {
  if (usd === null) return "";
  if (usd <= 0) return "for free";
  return usd < 0.01 ? "for less than a cent" : `for ${money(usd)}`;
}

/** "< 1 s", "2 s", "1 min 40 s", "2 h 5 min". */
export function duration(seconds: number): string {
  if (seconds < 0.95) return "< 1 s";
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return s % 60 === 0 ? `${s / 60} min` : `${Math.floor(s / 60)} min ${s % 60} s`;
  const min = Math.round(s / 60);
  return min % 60 === 0 ? `${min / 60} h` : `${Math.floor(min / 60)} h ${min % 60} min`;
}

/** Time left in steps a person can follow: 5 s, then 10 s, then whole minutes. */
export function roughly(seconds: number): string {
  if (seconds < 60) return duration(Math.max(5, Math.ceil(seconds / 5) * 5));
  if (seconds < 600) return duration(Math.ceil(seconds / 10) * 10);
  return duration(Math.ceil(seconds / 60) * 60);
}

/** "3 min": where there is room for one figure. */
export const coarsely = (seconds: number): string => (seconds < 60 ? roughly(seconds) : duration(Math.round(seconds / 60) * 60));

/** "1.9 s" for a test, "83 ms" for one answer. */
export const elapsed = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (n: number) => n.toString().padStart(2, "0");
const clock = (d: Date) => `${two(d.getHours())}:${two(d.getMinutes())}`;
const midnight = (d: Date) => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();
const dayMonth = (d: Date) => `${d.getDate()} ${MONTHS[d.getMonth()]}`;

/** "today 13:02", "yesterday 18:00", "Mon 16 Nov", "16 Nov 2025". */
export function when(at: Date, now: Date): string {
  const days = Math.round((midnight(now) - midnight(at)) / 86_400_000);
  if (days === 0) return `today ${clock(at)}`;
  if (days === 1) return `yesterday ${clock(at)}`;
  if (at.getFullYear() !== now.getFullYear()) return `${dayMonth(at)} ${at.getFullYear()}`;
  return `${DAYS[at.getDay()]} ${dayMonth(at)}`;
}

/** "just now", "11 min ago", then as `when`. */
export function ago(at: Date, now: Date): string {
  const minutes = Math.floor((now.getTime() - at.getTime()) / 60_000);
  if (minutes < 1) return "just now";
  return minutes < 60 ? `${minutes} min ago` : when(at, now);
}

const LONG_DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const LONG_MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/** "18:00", "tomorrow 07:00", "Sunday 03:00", "Mon 30 Nov": a time to come. */
export function upcoming(at: Date, now: Date): string {
  const days = Math.round((midnight(at) - midnight(now)) / 86_400_000);
  if (days <= 0) return clock(at);
  if (days === 1) return `tomorrow ${clock(at)}`;
  return days < 7 ? `${LONG_DAYS[at.getDay()]} ${clock(at)}` : `${DAYS[at.getDay()]} ${dayMonth(at)}`;
}
/** "at 14:40" inside a sentence; days need no "at". */
export const atWhen = (at: Date, now: Date): string => (midnight(at) <= midnight(now) ? `at ${clock(at)}` : upcoming(at, now));
/** "until 18:00", "tomorrow": midnight is the day itself. */
export const untilWhen = (at: Date, now: Date): string => upcoming(at, now).replace(/ 00:00$/, "");

/** "Friday 20 November, 14:08". */
export const longNow = (at: Date): string => `${LONG_DAYS[at.getDay()]} ${at.getDate()} ${LONG_MONTHS[at.getMonth()]}, ${clock(at)}`;
/** "Sunday". */
export const weekday = (at: Date): string => LONG_DAYS[at.getDay()] ?? "";
/** "Sun 8 Nov" of any day, this year. */
export const dayName = (at: Date): string => `${DAYS[at.getDay()]} ${dayMonth(at)}`;
export const clockTime = clock;
export const monthShort = (month: number): string => MONTHS[month] ?? "";
export const monthLong = (month: number): string => LONG_MONTHS[month] ?? "";
/** "2026-11-20" as the local day it names. */
export function parseDay(day: string): Date {
  const [year = 1970, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date);
}
/** "1 minute", "11 minutes", "2 hours", "3 days": how long ago, written out. */
export function longAgo(at: Date, now: Date): string {
  const minutes = Math.floor((now.getTime() - at.getTime()) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${many(minutes, "minute")} ago`;
  return minutes < 1440 ? `${many(Math.floor(minutes / 60), "hour")} ago` : `${many(Math.floor(minutes / 1440), "day")} ago`;
}
/** "$1.86": whole cents, also for nothing. */
export const dollars = (usd: number): string => `$${usd.toFixed(2)}`;

/** As `dollars`, and "< $0.01" for what is not quite nothing. */
export const dollarsOrLess = (usd: number): string => (usd > 0 && usd < 0.005 ? "< $0.01" : dollars(usd));

/** "10 Nov 16:20" in lists; the year replaces the time when it is another year. */
export function stamp(at: Date, now: Date): string {
  return at.getFullYear() === now.getFullYear() ? `${dayMonth(at)} ${clock(at)}` : `${dayMonth(at)} ${at.getFullYear()}`;
}

/** For tooltips. */
export function exact(at: Date): string {
  return `${DAYS[at.getDay()]} ${dayMonth(at)} ${at.getFullYear()}, ${clock(at)}:${two(at.getSeconds())}`;
}

/** "~/Documents" for a path below the home folder. */
export function shortPath(path: string, home: string | null): string {
  const inside = home && (path === home || path.startsWith(`${home}/`) || path.startsWith(`${home}\\`));
  return inside ? `~${path.slice(home.length)}` : path;
}

export const shortDay = dayMonth;
export const capital = (s: string): string => s.charAt(0).toUpperCase() + s.slice(1);
/** The core's messages start lower-case and end as they like; on the page they are sentences. */
export function sentence(s: string): string {
  const text = s.trim();
  if (!text) return "";
  return /[.?…]$/.test(text) ? capital(text) : `${capital(text)}.`;
}

/** Names in a sentence: "a, b and c". */
export const listed = (names: string[]): string => names.join(", ").replace(/, ([^,]*)$/, " and $1");
