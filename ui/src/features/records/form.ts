/** From a field of a form to what stands in its boxes, and back. Pure; it keeps what it does not know. */
import type { FieldValue, RecordsField, RecordsForm } from "../../bindings";
import { words } from "$lib/words";

export type Parts = { [part: string]: string };
/** What stands in the boxes of a field. */
export type Drawn = string | Parts | Parts[];
export type Fields = { [name: string]: FieldValue };

const CONTACT = ["name", "telecom", "relationship"] as const;
export const emptyContact = (): Parts => ({ name: "", telecom: "", relationship: "" });
const text = (value: FieldValue | undefined): string => (typeof value === "string" ? value : typeof value === "number" ? String(value) : "");
const isParts = (value: FieldValue | undefined): value is { [part: string]: FieldValue } => typeof value === "object" && !Array.isArray(value);
const partsOf = (value: FieldValue | undefined, names: readonly string[]): Parts => Object.fromEntries(names.map((name) => [name, isParts(value) ? text(value[name]) : ""]));

export function drawn(field: RecordsField, value: FieldValue | undefined): Drawn {
  switch (field.shape) {
    case "texts": return Array.isArray(value) ? value.map(text).join("\n") : "";
    case "quantity": return partsOf(value, ["value", "unit"]);
    case "period": return partsOf(value, ["start", "end"]);
    case "contact": return partsOf(value, CONTACT);
    case "contacts": return Array.isArray(value) ? value.map((one) => partsOf(one, CONTACT)) : [];
    default: return text(value);
  }
}

const filled = (parts: Parts): Parts => Object.fromEntries(Object.entries(parts).flatMap(([name, part]) => (part.trim() === "" ? [] : [[name, part.trim()]])));
const orNull = (parts: Parts): FieldValue | null => (Object.keys(parts).length === 0 ? null : parts);
const number = (typed: string): number => Number(typed.trim().replace(",", "."));
const asParts = (value: Drawn): Parts => (typeof value === "object" && !Array.isArray(value) ? value : {});
const asText = (value: Drawn): string => (typeof value === "string" ? value : "");

/** The value as it is kept; null for a field that holds nothing. */
export function kept(field: RecordsField, value: Drawn): FieldValue | null {
  switch (field.shape) {
    case "texts": { const lines = asText(value).split("\n").map((line) => line.trim()).filter(Boolean); return lines.length > 0 ? lines : null; }
    case "number": return asText(value).trim() === "" ? null : number(asText(value));
    case "quantity": { const parts = filled(asParts(value)); return parts.value === undefined ? orNull(parts) : { ...parts, value: number(parts.value) }; }
    case "period": case "contact": return orNull(filled(asParts(value)));
    case "contacts": { const all = (Array.isArray(value) ? value : []).map(filled).filter((one) => Object.keys(one).length > 0); return all.length > 0 ? all : null; }
    default: { const typed = asText(value).trim(); return typed === "" ? null : typed; }
  }
}

const DATE = /^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/;
/** Also moments with a time, which other programs write. */
export const isDate = (typed: string): boolean => (DATE.test(typed) || /^\d{4}-\d{2}-\d{2}T.+(Z|[+-]\d{2}:\d{2})$/.test(typed)) && (typed.length < 10 || realDay(typed.slice(0, 10)));
function realDay(day: string): boolean {
  const at = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10) === day;
}

/** What is wrong with what stands in the boxes, in a sentence that says how it is written. */
export function fault(field: RecordsField, value: Drawn): string | null {
  const w = words.records.form;
  const what = kept(field, value);
  if (what === null) return field.required ? w.missing : null;
  switch (field.shape) {
    case "date": return isDate(String(what)) ? null : w.date;
    case "number": {
      const [least, most] = [field.least ?? -Infinity, field.most ?? Infinity];
      return Number.isInteger(what) && Number(what) >= least && Number(what) <= most ? null : w.range(least, most);
    }
    case "quantity": return isParts(what) && typeof what.value === "number" && Number.isFinite(what.value) ? null : w.number;
    case "period": {
      const parts = filled(asParts(value));
      if ([parts.start, parts.end].some((part) => part !== undefined && !isDate(part))) return w.date;
      return parts.start && parts.end && endsEarly(parts.start, parts.end) ? w.ends : null;
    }
    case "contact": return asParts(value).name?.trim() ? null : w.contactName;
    case "contacts": return (Array.isArray(value) ? value : []).some((one) => Object.keys(filled(one)).length > 0 && !one.name?.trim()) ? w.contactName : null;
    default: return null;
  }
}
/** As exact as the less exact of the two: a year holds every day of it. */
function endsEarly(start: string, end: string): boolean {
  const length = Math.min(start.length, end.length, 10);
  return end.slice(0, length) < start.slice(0, length);
}

const same = (one: FieldValue | null | undefined, other: FieldValue | null | undefined) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
/** What an edit changed: the new values, and null for what is gone. What the form does not know is not touched. */
export function changes(form: RecordsForm, before: Fields, boxes: { [name: string]: Drawn }): { [name: string]: FieldValue | null } {
  const found: { [name: string]: FieldValue | null } = {};
  for (const field of form.fields) {
    const box = boxes[field.name];
    if (box === undefined) continue;
    const now = kept(field, box);
    // Boxes lose what they do not show; a field that nobody touched stays as it is.
    const untouched = same(now, kept(field, drawn(field, before[field.name])));
    if (!untouched) found[field.name] = now;
  }
  return found;
}

/** "Allergic to" for an allergy's code; a name that has no words stands as it is. */
export const fieldName = (kind: string, name: string): string => words.records.kindFields[`${kind}.${name}`] ?? words.records.fields[name] ?? name;
export const choiceName = (code: string): string => words.records.choices[code] ?? words.records.emergency.groups[code] ?? code;

/** Fields that are shown at once; the others come with one press. */
const FIRST: { [kind: string]: readonly string[] } = {
  visit: ["reasonCode", "period", "participant", "diagnosis", "note"],
  medication: ["medicationCodeableConcept", "status", "dosage", "effectivePeriod", "reasonCode", "note"],
  allergy: ["code", "criticality", "reaction", "onsetDateTime", "note"],
  vaccination: ["vaccineCode", "occurrenceDateTime", "doseNumberPositiveInt", "lotNumber", "performer"],
  result: ["code", "effectiveDateTime", "valueQuantity", "interpretation", "note"],
  document: ["description", "date", "author", "note"],
  profile: ["name", "birthDate", "relationship", "bloodGroup", "condition", "contact", "generalPractitioner", "payor", "subscriberId", "note"],
};
export const isFirst = (form: RecordsForm, field: RecordsField): boolean => field.required || (FIRST[form.kind]?.includes(field.name) ?? true);

/** What a new record of a kind begins with: today for a date that is needed, and what is nearly always so. */
export function beginning(form: RecordsForm, today: string): Fields {
  const fields: Fields = {};
  for (const field of form.fields.filter((one) => one.required)) {
    if (field.shape === "date") fields[field.name] = today;
    if (field.shape === "period") fields[field.name] = { start: today };
  }
  if (form.kind === "medication") fields.status = "active";
  if (form.kind === "document" || form.kind === "note") for (const name of form.dates.slice(0, 1)) fields[name] = today;
  return fields;
}
export const today = (now: Date): string => `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}-${String(now.getDate()).padStart(2, "0")}`;
