/** Invented people, files and figures for the host in memory. */
import type {
  Brake, Failure, PlanGroup, ProbeReport, ProviderPreset, Receipt, RestoreOptions, S3ObjectView,
} from "../../bindings";

const region = (id: string, name: string) => ({ id, name });
type Extra = Partial<ProviderPreset>;
const preset = (id: string, name: string, endpoint_template: string, extra: Extra = {}): ProviderPreset => ({
  id, name, endpoint_template, regions: [], path_style: false, key_id_label: "Access key ID", secret_label: "Secret access key",
  keys_help: "In the provider’s console under Access keys.", usd_per_100gb_month: null, ...extra,
});

export const providers: ProviderPreset[] = [
  preset("aws", "AWS S3", "https://s3.{region}.amazonaws.com", {
    regions: [region("eu-north-1", "Stockholm"), region("eu-central-1", "Frankfurt"), region("us-east-1", "N. Virginia")], usd_per_100gb_month: 2.3 }),
  preset("b2", "Backblaze B2", "https://s3.{region}.backblazeb2.com", {
    regions: [region("eu-central-003", "EU Central"), region("us-west-004", "US West")], key_id_label: "Key ID", secret_label: "Application key",
    keys_help: "At Backblaze under Application Keys. The key itself is shown once, when it is made.", usd_per_100gb_month: 0.6 }),
  preset("r2", "Cloudflare R2", "", { usd_per_100gb_month: 1.5 }),
  preset("wasabi", "Wasabi", "https://s3.{region}.wasabisys.com", { regions: [region("eu-central-2", "Frankfurt")], usd_per_100gb_month: 0.7 }),
  preset("spaces", "DigitalOcean Spaces", "https://{region}.digitaloceanspaces.com", { regions: [region("ams3", "Amsterdam"), region("fra1", "Frankfurt")] }),
  preset("minio", "MinIO", "", { path_style: true }),
  preset("garage", "Garage", "", { path_style: true }),
  preset("ceph", "Ceph", "", { path_style: true }),
  preset("other", "Another S3 service", "", { path_style: true }),
];

export function report(local: boolean): ProbeReport {
  return {
    duration_ms: local ? 240 : 1900, requests: 24, cost_usd: local ? 0 : 0.0001, latency_ms: local ? 1 : 80, usd_per_100gb_month: local ? 0 : 0.6,
    findings: [
      { id: "round_trip", state: "good", title: "Reach, write, read back, remove", detail: local ? "About 1 ms each. What came back was what was sent." : "About 80 ms each. What came back was what was sent." },
      { id: "integrity", state: "good", title: "Damage is noticed", detail: "The bucket checks every file as it arrives (SHA-256)." },
      { id: "versioning", state: "good", title: "Old versions are kept", detail: "You can go back to any earlier day." },
      { id: "conditional_writes", state: "note", title: "Two computers at once", detail: "This place cannot refuse a double write. Holdfast gives each computer its own folder instead." },
      { id: "object_lock", state: "note", title: "No lock against deletion", detail: "Whoever has your key can delete copies. You can turn on Object Lock when you make a new bucket." },
      { id: "clock", state: "good", title: "Clocks agree", detail: "0.4 s apart." },
    ],
  };
}

export const failures: Failure[] = [
  { path: "Clients/Norrsken/Mixdown.als", reason: "not allowed to read", hint: "Give your user read access to the folder Norrsken.", retryable: false },
  { path: "Clients/Norrsken/Stems.zip", reason: "not allowed to read", hint: "Give your user read access to the folder Norrsken.", retryable: false },
];
export const lostCopies: Failure[] = [
  { path: "Clients/Lindqvist & Daughters/2026/Autumn campaign/Deliverables/Final approved versions/Poster A1 with crop marks v12 (print).pdf", reason: "its copy is missing", hint: "run the backup again: it is sent anew", retryable: false },
  { path: "House/2026/Site visit/IMG_2291.heic", reason: "its content is not what was backed up", hint: "run the backup again while the original is here; an older version may be whole", retryable: false },
];

const example = (path: string, size: number) => ({ path, size, note: null });
export function backupGroups(remove: boolean, braked: boolean): PlanGroup[] {
  const gone = braked ? 2114 : 12;
  const groups: PlanGroup[] = [
    { kind: "upload", count: 214, bytes: 1_840_000_000, reasons: [
      { reason: "new", words: "New on this computer", count: 168, bytes: 1_710_000_000, examples: [example("House/2026/Kitchen plans v4.pdf", 48_200_000), example("House/2026/Site visit/IMG_2291.heic", 6_900_000), example("House/2026/Site visit/IMG_2292.heic", 7_100_000), example("School/Timetable autumn.pdf", 212_000)] },
      { reason: "changed", words: "Changed since the last copy", count: 41, bytes: 131_000_000, examples: [example("Taxes/2025/Ledger.ods", 1_900_000), example("House/2026/Renovation budget.xlsx", 418_000)] },
      { reason: "renamed", words: "Renamed, copied there without sending", count: 5, bytes: 0, examples: [example("School/Old timetable.pdf", 0)] },
    ] },
    { kind: "remove", count: gone, bytes: braked ? 4_100_000_000 : 3_400_000, reasons: [
      { reason: "deleted", words: "Deleted on this computer since Wed 18 Nov", count: gone, bytes: braked ? 4_100_000_000 : 3_400_000, examples: [example("Work/Invoices/Draft 2026-118.docx", 84_000), example("Work/Invoices/Draft 2026-119.docx", 81_000)] },
    ] },
    { kind: "skip", count: 37, bytes: 210_000_000, reasons: [
      { reason: "excluded", words: "Left out by your rule `*.tmp`", count: 29, bytes: 14_000_000, examples: [example("Work/~export.tmp", 900_000)] },
      { reason: "cache", words: "In a folder marked as cache", count: 7, bytes: 189_000_000, examples: [example("Work/.cache/blob", 27_000_000)] },
      { reason: "busy", words: "Still being written, tried again when it is quiet", count: 1, bytes: 6_800_000, examples: [example("Work/Recording.wav", 6_800_000)] },
    ] },
    { kind: "keep", count: 18_714, bytes: 20_800_000_000, reasons: [
      { reason: "same", words: "Already there", count: 18_714, bytes: 20_800_000_000, examples: [example("Contracts/Lease 2019.pdf", 1_200_000)] } ] },
  ];
  /** As the core names it: what was deleted here is one group of its own, and what is unchanged another of the same kind. */
  const kept = (g: PlanGroup): PlanGroup => ({ ...g, kind: "keep", reasons: g.reasons.map((r) => ({ ...r, reason: "gone", words: "Deleted on this computer, copies kept" })) });
  return remove ? groups : groups.map((g) => (g.kind === "remove" ? kept(g) : g));
}

export const brake: Brake = {
  reason: "folder_empty", removals: 2114, of: 18_772,
  words: "That is 11% of Documents. The folder Work is empty on this computer. Holdfast stopped before removing anything.",
  hint: "Is a disk not connected? Then connect it and look again.",
};

export function receipt(free: boolean): Receipt {
  if (free) return { lines: [], now_usd: 0, monthly_usd: 0, price_list: "No request is needed." };
  return {
    lines: [
      { words: "uploads", count: 209, usd: 0.001 }, { words: "parts of large files", count: 18, usd: 0.0001 },
      { words: "copies made there", count: 5, usd: 0.00002 }, { words: "delete request", count: 1, usd: 0 },
    ],
    now_usd: 0.0012, monthly_usd: 0.042, price_list: "Backblaze list prices for EU Central.",
  };
}

const file = (key: string, size: number, last_modified: string): S3ObjectView => ({ key, size, last_modified, e_tag: "9f2c", storage_class: "STANDARD" });
export function tree(scenario: string): S3ObjectView[] {
  const house = "Documents/House/2026/";
  const files = [
    { ...file("Documents/Contracts/Lease 2019.pdf", 1_200_000, "2019-05-02T09:00:00Z"), storage_class: "GLACIER" }, file("Documents/House/2024/Survey.pdf", 9_100_000, "2024-03-11T10:20:00Z"),
    file("Documents/House/2025/Insurance.pdf", 800_000, "2025-02-01T10:20:00Z"), file("Documents/House/Insurance/Policy.pdf", 640_000, "2026-01-19T08:00:00Z"),
    file(`${house}Renovation budget.xlsx`, 412_000, "2026-11-10T17:41:00Z"), file(`${house}Offer Bergström.pdf`, 1_100_000, "2026-11-09T08:15:00Z"),
    file(`${house}Kitchen plans v3.pdf`, 44_700_000, "2026-11-06T19:40:00Z"), file(`${house}Building permit.pdf`, 3_900_000, "2026-11-02T10:02:00Z"),
    file(`${house}Floor plan scan.tiff`, 61_000_000, "2026-10-28T20:11:00Z"), file(`${house}Electrician quote.pdf`, 212_000, "2026-10-26T14:30:00Z"),
    file(`${house}Window seat.heic`, 5_200_000, "2026-10-24T18:47:00Z"), file(`${house}Neighbours letter.docx`, 38_000, "2026-10-21T07:55:00Z"),
    file("Documents/School/Timetable autumn.pdf", 212_000, "2026-08-20T07:55:00Z"), file("Documents/Taxes/2025/Ledger.ods", 1_900_000, "2026-04-28T20:55:00Z"),
    file("Documents/Work/Letter.docx", 38_000, "2026-10-21T07:55:00Z"), file("Photos/2026/Iceland/DSC_4471.NEF", 51_400_000, "2026-09-01T12:00:00Z"),
  ];
  for (let n = 1; n <= 146; n++) files.push(file(`${house}Site visit/IMG_${2200 + n}.heic`, 15_342_000, "2026-11-10T16:20:00Z"));
  if (scenario === "archive") for (let n = 1; n <= 12_400; n++) files.push({ ...file(`Photos/2014/DSC_${String(n).padStart(5, "0")}.NEF`, 24_300_000, "2014-08-02T12:00:00Z"), storage_class: "DEEP_ARCHIVE" });
  if (scenario === "many") for (let n = 1; n <= 5000; n++) files.push(file(`${house}Scan ${String(n).padStart(5, "0")}.png`, 400_000 + n, "2026-11-10T16:20:00Z"));
  return files.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Into a folder that exists: most of "Site visit" is the same, three are missing, the budget is newer here. */
export function restoreGroups(picked: S3ObjectView[], options: RestoreOptions, fresh: boolean, cut: number): PlanGroup[] {
  const newer = fresh ? [] : picked.filter((o) => o.key.endsWith("Renovation budget.xlsx"));
  const same = fresh ? [] : picked.filter((o) => /IMG_(?!2201|2202|2203)|plans|permit|Floor/.test(o.key));
  const missing = picked.filter((o) => !newer.includes(o) && !same.includes(o));
  const both = newer.map((o) => ({ ...o, key: o.key.replace(/(\.\w+)$/, " (10 Nov)$1") }));
  const group = (kind: PlanGroup["kind"], reason: string, words: string, files: S3ObjectView[], notes: S3ObjectView[] = []): PlanGroup[] =>
    files.length === 0 ? [] : [{ kind, count: files.length, bytes: size(files), reasons: [{ reason, words, count: files.length, bytes: size(files),
      examples: files.slice(0, 20).map((o, n) => ({ path: o.key.slice(cut), size: o.size, note: notes[n]?.key.slice(cut) ?? null })) }] }];
  const newerKind = options.overwrite_existing ? "replace" : options.keep_both ? "download" : "skip";
  return [...group("download", "missing", "Missing on this computer", missing), ...group(newerKind, "newer", "Newer on this computer", newer, options.keep_both ? both : []),
    ...group("keep", "same", "Already the same", same)];
}
const size = (files: S3ObjectView[]) => files.reduce((n, o) => n + o.size, 0);

export function listing(files: S3ObjectView[], prefix: string, delimiter: string | null): { objects: S3ObjectView[]; prefixes: string[] } {
  const inside = files.filter((f) => f.key.startsWith(prefix));
  if (!delimiter) return { objects: inside, prefixes: [] };
  const prefixes = new Set<string>();
  const objects = inside.filter((f) => {
    const cut = f.key.indexOf(delimiter, prefix.length);
    if (cut >= 0) prefixes.add(f.key.slice(0, cut + 1));
    return cut < 0;
  });
  return { objects, prefixes: [...prefixes].sort() };
}

/** One flat folder of a million objects, as a camera or a sensor leaves it. */
export function million(): S3ObjectView[] {
  return Array.from({ length: 1_000_000 }, (_, n) => file(`Archive/Frames/frame-${String(n).padStart(7, "0")}.jpg`, 180_000 + ((n * 7919) % 90_000), "2026-10-01T10:00:00Z"));
}
