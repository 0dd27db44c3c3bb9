/** How people and records are said. Pure; the current time is handed in. */
import type { FieldValue, RecordsEntry, RecordsForm, RecordsMember, RecordsRecord } from "../../bindings";
import { format, words } from "$lib/words";
import { choiceName } from "./form";

const w = words.records;

/** One letter, or two where two people would have the same one. */
export function initials(name: string, others: string[]): string {
  const [first = "", ...rest] = name.trim().split(/\s+/).map((word) => [...word][0]?.toUpperCase() ?? "");
  const shared = others.filter((other) => [...other.trim()][0]?.toUpperCase() === first).length > 1;
  return (shared ? `${first}${rest.at(-1) ?? [...name.trim()][1]?.toLowerCase() ?? ""}` : first) || "?";
}
/** One of four colours, by the order of the ids: the same on every device, and different for the first four people. */
export const hue = (id: string, ids: string[]): number => Math.max(0, [...ids].sort().indexOf(id)) % 4;
export const firstName = (name: string): string => (/^(dr|prof|grand\w+|aunt|uncle|oma|opa)\.?$/i.test(name.trim().split(/\s+/)[0] ?? "") ? name.trim().split(/\s+/).slice(0, 2).join(" ") : (name.trim().split(/\s+/)[0] ?? name));

/** "2024", "Mar 2024", "5 Mar 2024", "5 Mar 2024, 10:00": as exact as it was entered. */
export function dateWords(text: string): string {
  const [, year, month, day, time] = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}:\d{2}).*)?)?)?$/.exec(text) ?? [];
  if (!year) return text;
  const whole = [day ? String(Number(day)) : "", month ? format.monthShort(Number(month) - 1) : "", year].filter(Boolean).join(" ");
  return time ? `${whole}, ${time}` : whole;
}
const longDate = (text: string): string => {
  const [year, month, day] = text.split("-");
  return [day ? String(Number(day)) : "", month ? format.monthLong(Number(month) - 1) : "", year ?? ""].filter(Boolean).join(" ");
};

/** "7 years old, born 3 May 2019". */
export function ageWords(born: string, now: Date): string {
  if (!/^\d{4}(-\d{2}){0,2}$/.test(born)) return born ? w.born(born) : "";
  const [year = 0, month = 0, day = 0] = born.split("-").map(Number);
  const date = w.born(longDate(born));
  if (month === 0) return `${w.aboutYears(Math.max(0, now.getFullYear() - year))}, ${date}`;
  const months = (now.getFullYear() - year) * 12 + now.getMonth() + 1 - month - (day > now.getDate() ? 1 : 0);
  if (months < 0) return date;
  return `${months < 24 ? w.months(months) : w.years(Math.floor(months / 12))}, ${date}`;
}

/** Any value as one line. */
export function valueWords(value: FieldValue | null | undefined): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return /^\d{4}-\d{2}(-\d{2}(T.*)?)?$/.test(value) ? dateWords(value) : choiceName(value);
  if (typeof value === "boolean" || typeof value === "number") return String(value);
  if (Array.isArray(value)) return value.map(valueWords).filter(Boolean).join(value.some((one) => typeof one === "object") ? "; " : ", ");
  if ("start" in value || "end" in value) {
    const [start, end] = [valueWords(value.start), valueWords(value.end)];
    return start && end && start !== end ? `${start} – ${end}` : start || (end ? `– ${end}` : "");
  }
  if ("unit" in value || "value" in value) return [valueWords(value.value), typeof value.unit === "string" ? value.unit : ""].filter(Boolean).join(" ");
  if ("name" in value) return [value.name, value.telecom, value.relationship].map((part) => (typeof part === "string" ? part : "")).filter(Boolean).join(", ");
  return Object.values(value).map(valueWords).filter(Boolean).join(", ");
}

const BRIEF: { [kind: string]: readonly string[] } = {
  visit: ["participant", "serviceProvider", "diagnosis", "note"], medication: ["dosage", "status", "reasonCode", "note"], allergy: ["criticality", "reaction", "note"],
  vaccination: ["targetDisease", "doseNumberPositiveInt", "lotNumber", "performer"], result: ["valueQuantity", "valueString", "interpretation", "referenceRange", "note"], note: ["text"], document: ["type", "author", "note"],
};
const USUAL = ["active", "finished", "completed", "current", "final", "confirmed", "low", "unable-to-assess"];
/** What stands below a title: the few fields that matter, without what is nearly always so. */
export function brief(record: RecordsRecord): string {
  const said = (name: string): string => {
    const value = record.fields[name];
    if (typeof value === "string" && USUAL.includes(value)) return "";
    if (name === "lotNumber" && value) return `${words.records.fields.lotNumber} ${valueWords(value)}`;
    if (name === "doseNumberPositiveInt" && value) return `${words.records.fields.doseNumberPositiveInt} ${valueWords(value)}`;
    return valueWords(value).replace(/\s+/g, " ").replace(/[.\s]+$/, "");
  };
  const all = (BRIEF[record.kind] ?? []).map(said).filter(Boolean);
  const line = all.join(". ");
  return line === "" ? "" : line.length > 220 ? `${line.slice(0, 219).trimEnd()}…` : `${line}${/[?…]$/.test(line) ? "" : "."}`;
}
export const titleOf = (record: { title: string; kind: string }): string => record.title || (w.kinds[record.kind] ? w.untitled : w.laterKind);

/** The date that the record itself says, else the day on which it was written. */
export function dateOf(entry: RecordsEntry, form: RecordsForm | undefined): string {
  for (const name of form?.dates ?? []) {
    const value = entry.record.fields[name];
    const text = typeof value === "string" ? value : typeof value === "object" && !Array.isArray(value) ? (value.start ?? value.end) : undefined;
    if (typeof text === "string" && /^\d{4}/.test(text)) return text.slice(0, 10);
  }
  const written = new Date(entry.when);
  return Number.isNaN(written.getTime()) ? "" : `${written.getFullYear()}-${String(written.getMonth() + 1).padStart(2, "0")}-${String(written.getDate()).padStart(2, "0")}`;
}
/** "12 Nov" below its year. */
export const dayOf = (date: string): string => { const [, month, day] = date.split("-"); return month ? `${day ? `${Number(day)} ` : ""}${format.monthShort(Number(month) - 1)}` : ""; };

export type Line = { entry: RecordsEntry; date: string };
export type Year = { year: string; lines: Line[] };
/** Entries come with the newest first; each year is named once. */
export function byYear(entries: RecordsEntry[], forms: RecordsForm[]): Year[] {
  const years: Year[] = [];
  for (const entry of entries) {
    const date = dateOf(entry, forms.find((form) => form.kind === entry.record.kind));
    const year = date.slice(0, 4) || w.noDate;
    const last = years.at(-1);
    if (last?.year === year) last.lines.push({ entry, date });
    else years.push({ year, lines: [{ entry, date }] });
  }
  return years;
}

export type FileSign = "image" | "pdf" | "text" | "other";
/** What can be shown without any other program. HEIC is tried: some systems have a decoder for it. */
export function signOf(contentType: string): FileSign {
  if (/^image\/(png|jpeg|gif|webp|bmp|avif|x-icon|heic|heif)$/.test(contentType)) return "image";
  if (contentType === "application/pdf") return "pdf";
  return /^text\/(plain|csv|markdown)$/.test(contentType) ? "text" : "other";
}

/** "HEIC" for kinds that a window may have no decoder for; nothing for others. */
export const kindOfImage = (contentType: string): string | null => /^image\/(heic|heif|avif)$/.exec(contentType)?.[1]?.toUpperCase() ?? null;

/** "You last typed it 4 months ago." */
export function checkedWords(at: string | null, now: Date): string | null {
  if (!at) return null;
  const days = Math.floor((now.getTime() - Date.parse(at)) / 86_400_000);
  if (Number.isNaN(days)) return null;
  if (days < 60) return format.when(new Date(at), now);
  return days < 730 ? `${format.many(Math.floor(days / 30.44), "month")} ago` : `${format.many(Math.floor(days / 365.25), "year")} ago`;
}
export const memberOf = (members: RecordsMember[], id: string): RecordsMember | undefined => members.find((one) => one.id === id);
