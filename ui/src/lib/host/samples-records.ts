/** An invented family's records. */
import type { FieldValue, RecordsAttachment, RecordsVersion } from "../../bindings";

export type Kept = { id: string; member: string; kind: string; versions: RecordsVersion[]; heads: string[]; waiting: boolean };
export const HERE = "0b6f0e4e-5a52-4f0c-9d0e-0a1b2c3d4e5f";
export const PHONE = "7d1c55aa-1d2f-4d7e-8a3b-90a1b2c3d4e5";
export const MEMBERS = { elsa: "5e15a000-0000-4000-8000-000000000001", jonas: "70a50000-0000-4000-8000-000000000012", mara: "3a4a0000-0000-4000-8000-000000000003", olle: "01100000-0000-4000-8000-000000000031", nils: "21150000-0000-4000-8000-000000000042", vera: "7e4a0000-0000-4000-8000-000000000053" };

const digits = (n: number) => n.toString(16).padStart(64, "0");
export const file = (n: number, title: string, content_type: string, size: number): RecordsAttachment => ({ id: digits(n), title, content_type, size });

type Fields = { [name: string]: FieldValue };
export const version = (number: number, device: string, author: string, time: string, fields: Fields, parents: string[] = [], attachments: RecordsAttachment[] = []): RecordsVersion =>
  ({ id: `${number}.${device}`, number, device, time, author, deleted: false, parents, fields, attachments, shown: false });

let next = 1;
const one = (member: string, kind: string, day: string, fields: Fields, attachments: RecordsAttachment[] = [], waiting = false): Kept => {
  const first = version(1, HERE, "Mara", `${day}T17:20:00Z`, fields, [], attachments);
  return { id: `00000000-0000-4000-8000-${String(next++).padStart(12, "0")}`, member, kind, versions: [first], heads: [first.id], waiting };
};

/** Two devices wrote another dose. */
function twice(): Kept {
  const kept = one(MEMBERS.elsa, "medication", "2026-11-12", { medicationCodeableConcept: "Azithromycin", status: "active", dosage: "Once a day", effectivePeriod: { start: "2026-11-12", end: "2026-11-22" }, reasonCode: "Ear infection" });
  const [first] = kept.versions;
  if (!first) return kept;
  const mine = version(2, HERE, "Mara", "2026-11-20T08:02:00Z", { ...first.fields, dosage: "100 mg once a day", note: "With food." }, [first.id]);
  const yours = version(2, PHONE, "Jonas", "2026-11-19T18:40:00Z", { ...first.fields, dosage: "150 mg once a day" }, [first.id]);
  return { ...kept, versions: [mine, yours, first], heads: [mine.id, yours.id] };
}

export function sampleRecords(): Kept[] {
  next = 1;
  const { elsa, jonas, mara, olle } = MEMBERS;
  const profile = (member: string, fields: Fields): Kept => ({ ...one(member, "profile", "2026-01-04", fields), id: member });
  const petra = { name: "Aunt Petra", telecom: "08 555 0177", relationship: "Aunt" };
  return [
    profile(elsa, { name: "Elsa Lindqvist", birthDate: "2019-05-03", relationship: "Daughter", bloodGroup: "A+", contact: [{ name: "Mara Lindqvist", telecom: "070 555 0101", relationship: "Mother" }, petra], generalPractitioner: { name: "Dr Karin Holm", telecom: "08 555 0142" }, payor: "Region Stockholm", subscriberId: "20190503-2386" }),
    profile(jonas, { name: "Jonas Lindqvist", birthDate: "1986-02-17", bloodGroup: "0-", contact: [petra] }),
    profile(mara, { name: "Mara Lindqvist", birthDate: "1988-09-30", bloodGroup: "A+", condition: ["Asthma"] }),
    profile(olle, { name: "Grandpa Olle", birthDate: "1951", relationship: "Grandfather", bloodGroup: "B+", condition: ["Type 2 diabetes", "Atrial fibrillation"], contact: [petra], generalPractitioner: { name: "Dr Sven Ek", telecom: "08 555 0190" } }),
    one(elsa, "visit", "2026-11-12", { reasonCode: "Ear infection", period: { start: "2026-11-12" }, participant: "Dr Holm", note: "Amoxicillin stopped after a rash. Changed to azithromycin." }),
    twice(),
    one(elsa, "result", "2026-11-12", { code: "Blood count", effectiveDateTime: "2026-11-12", valueQuantity: { value: 34, unit: "mg/L" }, interpretation: "CRP above the normal range" }, [file(1, "Lab report.pdf", "application/pdf", 318_000)]),
    one(elsa, "allergy", "2026-11-12", { code: "Penicillin", criticality: "high", clinicalStatus: "active", category: "medication", reaction: ["Rash"], onsetDateTime: "2026-11-12" }),
    one(elsa, "vaccination", "2026-09-30", { vaccineCode: "Measles, mumps, rubella", occurrenceDateTime: "2026-09-30", doseNumberPositiveInt: 2, lotNumber: "T4821", performer: "School nurse" }, [], true),
    one(elsa, "document", "2026-08-14", { description: "School health form", date: "2026-08-14" }, [file(2, "Form page 1.jpg", "image/jpeg", 3_100_000), file(3, "Form page 2.jpg", "image/jpeg", 3_300_000), file(4, "Vaccination card.jpg", "image/jpeg", 3_000_000)]),
    one(elsa, "visit", "2026-05-02", { reasonCode: "Seven year check", period: { start: "2026-05-02" }, participant: "Dr Holm", note: "122 cm, 23.4 kg. Sight and hearing fine." }),
    one(elsa, "visit", "2025-07-19", { reasonCode: "Broken wrist, left", period: { start: "2025-07-19", end: "2025-08-16" }, class: "EMER", serviceProvider: "Children's hospital", note: "Cast for four weeks." }),
    one(elsa, "result", "2025-04-04", { code: "Pollen test", effectiveDateTime: "2025-04", valueString: "Birch positive, grass negative" }),
    one(elsa, "note", "2025-01-09", { title: "Sleeps badly when the nose is blocked", time: "2025-01-09", text: "Saline spray before bed helps. Ask at the next check." }),
    one(jonas, "vaccination", "2024-06-11", { vaccineCode: "Tick-borne encephalitis", occurrenceDateTime: "2024-06-11", doseNumberPositiveInt: 3 }),
    one(olle, "medication", "2026-03-01", { medicationCodeableConcept: "Metformin", status: "active", dosage: "500 mg twice a day" }),
    one(olle, "medication", "2026-03-01", { medicationCodeableConcept: "Apixaban", status: "active", dosage: "5 mg twice a day" }),
    one(olle, "allergy", "2019-01-01", { code: "Bee stings", criticality: "high", reaction: ["Swelling", "Short of breath"], clinicalStatus: "active" }),
  ];
}

/** What Ben gave: Nils to read, Vera to write too. */
export function sharedRecords(): Kept[] {
  const { nils, vera } = MEMBERS;
  const profile = (member: string, fields: Fields): Kept => ({ ...one(member, "profile", "2026-01-04", fields), id: member });
  const theirs = [
    profile(nils, { name: "Nils Berg", birthDate: "2020-08-11", relationship: "Nephew", bloodGroup: "0+" }),
    profile(vera, { name: "Vera Berg", birthDate: "2017-02-02", relationship: "Niece" }),
    one(nils, "allergy", "2026-10-02", { code: "Peanuts", criticality: "high", clinicalStatus: "active", reaction: ["Hives", "Short of breath"] }),
    one(nils, "visit", "2026-09-14", { reasonCode: "Asthma check", period: { start: "2026-09-14" }, participant: "Dr Lund", note: "Spray twice a day, next check in March." }),
    one(vera, "vaccination", "2026-05-20", { vaccineCode: "Tick-borne encephalitis", occurrenceDateTime: "2026-05-20", doseNumberPositiveInt: 1 }),
  ];
  return theirs.map((kept) => ({ ...kept, versions: kept.versions.map((made) => ({ ...made, author: "Ben" })) }));
}

/** Somebody who takes forty things. */
export const manyMedications = (): Kept[] => Array.from({ length: 40 }, (_, n) => one(MEMBERS.olle, "medication", "2026-02-01", { medicationCodeableConcept: `Medication ${n + 1} forte`, status: "active", dosage: `${n + 1} mg in the morning and in the evening` }));

/** What a telephone took: one of a kind that browsers do not know, one that it held upright and wrote down lying. */
const HEIC = "IMG_0412.HEIC";
const UPRIGHT = "IMG_0413.jpg";
export const cameraRecords = (): Kept[] => [one(MEMBERS.elsa, "document", "2026-11-19", { description: "The rash", date: "2026-11-19" }, [file(21, HEIC, "image/heic", 1_900_000), file(22, UPRIGHT, "image/jpeg", 2_700_000)])];
const JPEG = "/9j/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAARCAAYADADASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAAAAQF/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/EABYBAQEBAAAAAAAAAAAAAAAAAAYFB//EABgRAQADAQAAAAAAAAAAAAAAAAAFQ4HB/9oADAMBAAIRAxEAPwDFATjITKUy9B2Z0enq94AL48pAAmhCYF6Dszo9PV7wAXx5/9k=";
const bytesOf = (text: string): ArrayBuffer => Uint8Array.from(text, (letter) => letter.charCodeAt(0)).buffer;
/** Red above and blue below, 24 × 48, when it is turned as it says; null for other files. */
export function photo(title: string): ArrayBuffer | null {
  if (title === UPRIGHT) return bytesOf(atob(JPEG));
  return title === HEIC ? bytesOf("\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x14ispe\0\0\0\0\0\0\x10\0\0\0\x0c\0 and nothing that a browser knows") : null;
}

/** A picture of its own for each file: 240 × 180, two colours. As small as a BMP with a palette can be. */
export function picture(seed: number): ArrayBuffer {
  const [width, height] = [240, 180];
  const line = width / 8 + 2;
  const bytes = new Uint8Array(62 + line * height);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  for (const [at, value] of [[2, bytes.length], [10, 62], [14, 40], [18, width], [22, height]] as const) view.setUint32(at, value, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 1, true);
  view.setUint32(54, 0x00f4f1e8, true);
  view.setUint32(58, [0x005d8289, 0x0062885f, 0x00907065][seed % 3] ?? 0, true);
  for (let y = 0; y < height; y++) for (let x = 0; x < line; x++) {
    const text = y % 22 > 6 && y % 22 < 13 && x > 2 && x < 24 - ((y >> 4) * 7 + seed * 5) % 9;
    bytes[62 + y * line + x] = text ? 0xee : 0;
  }
  return bytes.buffer;
}

/** A PDF of one page that says what it is. */
export function pdf(title: string): ArrayBuffer {
  const text = `BT /F1 22 Tf 60 760 Td (${title}) Tj 0 -40 Td /F1 13 Tf (Karolinska laboratory, 12 November 2026) Tj 0 -34 Td (CRP 34 mg/L, normal below 8) Tj 0 -20 Td (Leukocytes 14.1, normal 5.0 to 13.0) Tj 0 -20 Td (Haemoglobin 121 g/L) Tj ET`;
  const objects = ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>", `<</Length ${text.length}>>stream\n${text}\nendstream`, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"];
  let body = "%PDF-1.4\n";
  const at = objects.map((object, n) => { const here = body.length; body += `${n + 1} 0 obj${object}endobj\n`; return here; });
  const xref = body.length;
  body += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${at.map((one) => `${String(one).padStart(10, "0")} 00000 n \n`).join("")}trailer<</Size ${objects.length + 1}/Root 1 0 R>>\nstartxref\n${xref}\n%%EOF`;
  return new TextEncoder().encode(body).buffer;
}

export const WORDS = "abandon ability able about above absent absorb abstract absurd abuse access accident account accuse achieve acid acoustic acquire across act action actor actress actual";
