/** Invented backup sets, runs, devices and months for the host in memory. Their times hang on the clock of the page. */
import type {
  BackupSetDraft, DayMark, DeviceView, Health, HealthReason, MonthCost, RunConditions, RunDetail, RunFailure, RunView, SetCost, SetView,
} from "../../bindings";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
export const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();
/** Today at this hour, or so many days from today. */
export function at(clock: string, days = 0): string {
  const [hour = 0, minute = 0] = clock.split(":").map(Number);
  const d = new Date();
  return new Date(d.getFullYear(), d.getMonth(), d.getDate() + days, hour, minute).toISOString();
}
const localDay = (back: number): string => {
  const d = new Date(Date.now() - back * DAY);
  return `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, "0")}-${String(d.getDate()).padStart(2, "0")}`;
};

export const noConditions: RunConditions = { not_on_battery: false, not_on_metered: false, not_on_wifi: [] };
export const newDraft: BackupSetDraft = {
  name: "", folder: "", profile: "b2", prefix: "", exclude_patterns: [], include_hidden: false, delete_remote: false, watch: true,
  schedule: { kind: "daily", at: "18:00" }, quiet_hours: null, conditions: noConditions, bytes_per_second: null, storage_class: null,
  drill: { kind: "weekly", days: ["sunday"], at: "03:00" }, quiet_after_days: 3,
};

const shapes: Record<string, string> = {
  Studio: "323716614222323715222324223522332333", Documents: "465556355445566564555654355564545575",
  Photos: "343271251434127214231542312335244323", Mail: "333333433333333433333343333333433333",
};
/** Ninety days: bytes by the shape's digits; `over` says what was not complete, by days back; drills each Sunday. */
export function days(shape: string, over: Record<number, Partial<DayMark>> = {}): DayMark[] {
  const digits = shapes[shape] ?? shapes["Mail"] ?? "3";
  return Array.from({ length: 90 }, (_, n): DayMark => {
    const back = 89 - n;
    const height = Number(digits[(n * 5 + 3) % digits.length]);
    const sunday = new Date(`${localDay(back)}T12:00:00`).getDay() === 0;
    return { day: localDay(back), outcome: "complete", bytes: Math.round(10 ** (5.2 + height * 0.55)), drill: sunday ? "passed" : "none", run_id: `${shape}-${back}`, ...over[back] };
  });
}

const run = (over: Partial<RunView> & Pick<RunView, "id" | "set_name" | "started">): RunView => ({
  set_id: over.set_name.toLowerCase().split(" ")[0] ?? null, kind: "backup", trigger: "schedule", place: "Backblaze B2", folder: null, ended: over.started, result: "complete", why: null,
  files: 0, files_planned: 0, removed: 0, copied: 0, bytes: 0, requests: 0, cost_usd: 0, failures: 0, ...over,
});
const lasting = (started: string, seconds: number) => ({ started, ended: new Date(Date.parse(started) + seconds * 1000).toISOString() });

export const norrsken: RunFailure[] = [
  { path: "Clients/Norrsken/Mixdown.als", reason: "not allowed to read", hint: "It belongs to “anton”. Give your user read access.", retryable: false, times: 9 },
  { path: "Clients/Norrsken/Stems.zip", reason: "not allowed to read", hint: "It belongs to “anton”. Give your user read access.", retryable: false, times: 9 },
];

export function runsOf(kind: "attention" | "calm" | "failed"): RunView[] {
  const studio = run({ id: "studio-now", set_name: "Studio projects", ...lasting(at("13:02"), 161), files: 416, files_planned: 418, bytes: 2_910_000_000, requests: 471, ...(kind === "calm" ? { files: 418 } : { result: "partial", failures: 2 }) });
  const today = [
    run({ id: "documents-now", set_name: "Documents", ...lasting(at("13:57"), 2), trigger: "watch", place: "AWS S3", files: 3, files_planned: 3, bytes: 1_200_000, requests: 3, cost_usd: 0.000015 }),
    ...(kind === "failed" ? [run({ id: "photos-failed", set_name: "Photos", ...lasting(at("13:40"), 4), result: "failed", why: "Backblaze did not accept the key “mara-laptop”", files_planned: 61, requests: 2 })] : []),
    studio,
    run({ id: "photos-now", set_name: "Photos", ...lasting(at("12:40"), 58), files: 61, files_planned: 61, bytes: 1_020_000_000, requests: 88 }),
    run({ id: "photos-skip", set_name: "Photos", ...lasting(at("11:40"), 0), result: "skipped", why: "on battery" }),
    run({ id: "mail-now", set_name: "Mail archive", ...lasting(at("07:00"), 1), place: "Vault SSD" }),
    run({ id: "restore-1", set_id: null, set_name: "5 files", kind: "restore", trigger: "person", folder: "/home/mara/Documents/House/2026", ...lasting(at("19:12", -1), 8), files: 5, files_planned: 5, bytes: 71_000_000, requests: 5 }),
  ];
  const earlier = Array.from({ length: 60 }, (_, n) => earlierRun(n, kind));
  return [...today, ...earlier];
}

function earlierRun(n: number, kind: string): RunView {
  const back = 1 + Math.floor(n / 4);
  const names = ["Photos", "Documents", "Studio projects", "Mail archive"] as const;
  const name = names[n % 4] ?? "Photos";
  const clock = ["18:40", "18:00", "13:00", "07:00"][n % 4] ?? "18:00";
  const files = [61, 12, 418, 0][n % 4] ?? 0;
  const part = kind !== "calm" && name === "Studio projects" && back <= 2;
  const drill = new Date(Date.now() - back * DAY).getDay() === 0 && n % 4 === 3;
  return run({
    id: `${name}-${back}`, set_name: name, kind: drill ? "drill" : "backup", ...lasting(at(clock, -back), 20 + n), files: part ? files - 2 : files, files_planned: files, bytes: files * 7_100_000,
    requests: files + 4, place: name === "Documents" ? "AWS S3" : name === "Mail archive" ? "Vault SSD" : "Backblaze B2", result: part ? "partial" : "complete", failures: part ? 2 : 0,
  });
}

export function detailOf(run: RunView): RunDetail {
  const failures = run.result === "partial" ? norrsken : [];
  return {
    run, requests: { PutObject: run.files, ListObjectsV2: 4 }, failures, notices: [],
    means: run.result === "partial" ? "The other files are backed up. Of these two you have the copies from Mon 16 Nov."
      : run.result === "failed" ? "Nothing was lost. Copies up to today 12:40 are safe." : run.result === "skipped" ? "The next run copies what is new." : "",
    hint: run.result === "partial" ? "In the file manager give your user read access to Norrsken, or leave the two files out."
      : run.result === "failed" ? "The key was probably deleted there. Enter a new key." : "",
  };
}

const green: Health = { colour: "green", since: null, reasons: [] };
const reason = (code: HealthReason["code"], words: string, means: string, hint: string, run_id: string | null = null): HealthReason => ({ code, words, means, hint, run_id });
export const inPart: Health = { colour: "amber", since: ago(4 * DAY), reasons: [
  reason("no_complete_backup", "No complete backup for 3 days.", "The other 9,310 files are backed up as of 13:02 today. Of these two you have the copies from Mon 16 Nov.", "Give your user read access to Norrsken, or leave the two files out.", "studio-now"),
] };
export const refusedKey: Health = { colour: "red", since: ago(HOUR / 2), reasons: [
  reason("last_run_failed", "The last run failed.", "Nothing was lost. Copies up to today 12:40 are safe.", "The key was probably deleted there. Enter a new key.", "photos-failed"),
] };
export const drillFailed: Health = { colour: "red", since: ago(DAY), reasons: [
  reason("drill_failed", "2 of 40 sampled files do not match what was backed up.", "The originals are still on this computer. Their copies are not what was backed up.", "Copy the two files again.", "documents-drill"),
] };
export const sentAnew: Health = { colour: "amber", since: ago(0), reasons: [
  reason("sent_anew", "2 copies were wrong and were sent anew.", "Nobody has read them back since.", "Start a restore drill: it reads these copies back first, and compares them.", "documents-drill"),
] };
export const notUnderstood: Health = { colour: "red", since: null, reasons: [
  reason("not_understood", "“every noon” is not understood as a schedule: it has five parts.", "It does not run until that is put right. Copies that were confirmed before are safe.", "Write minute, hour, day, month and day of the week, such as 0 18 * * MON-FRI."),
] };
export const waiting: Health = { colour: "amber", since: ago(2 * DAY), reasons: [
  reason("missed", "The runs of Thu 19 and Fri 20 Nov did not happen. The disk Vault SSD was not connected.", "What changed since is not on the disk yet.", "Connect it, and Holdfast catches up by itself."),
] };

type Over = Omit<Partial<SetView>, "draft"> & { draft: Partial<BackupSetDraft> & { name: string; folder: string } };
export function set(id: string, shape: string, over: Over): SetView {
  return {
    id, place: "lindqvist-keep on Backblaze B2, EU Central", health: green, days: days(shape), activity: "idle", operation_id: null, next_run: at("18:00"), waits_because: null, paused_until: null,
    waiting_files: 0, unstable_files: [], last_run: null, last_complete: ago(28 * 60_000), last_proven: at("03:00", -5), stored_files: 9312, stored_bytes: 71_900_000_000, cost_this_month_usd: 0.29,
    ...over, draft: { ...newDraft, prefix: over.draft.name, ...over.draft },
  };
}

export function fourSets(): SetView[] {
  return [
    set("studio", "Studio", { draft: { name: "Studio projects", folder: "/home/mara/Studio", exclude_patterns: ["*.tmp", "Renders/"], watch: false }, last_complete: at("13:02") }),
    set("documents", "Documents", { draft: { name: "Documents", folder: "/home/mara/Documents", profile: "aws", delete_remote: true, exclude_patterns: ["*.tmp"] }, place: "mara-documents on AWS S3, Stockholm", next_run: null, last_complete: ago(11 * 60_000), stored_files: 18_714, stored_bytes: 22_700_000_000, cost_this_month_usd: 0.36 }),
    set("photos", "Photos", { draft: { name: "Photos", folder: "/home/mara/Pictures", watch: false, schedule: { kind: "every", minutes: 60 }, conditions: { ...noConditions, not_on_battery: true } }, next_run: at("14:40"), stored_files: 41_208, stored_bytes: 318_400_000_000, cost_this_month_usd: 1.21 }),
    set("mail", "Mail", { draft: { name: "Mail archive", folder: "/home/mara/Mail", profile: "vault", watch: false, schedule: { kind: "daily", at: "07:00" } }, place: "the folder Holdfast on Vault SSD", next_run: at("07:00", 1), last_complete: at("07:00"), stored_files: 2011, stored_bytes: 3_100_000_000, cost_this_month_usd: 0 }),
  ];
}

const GB = 1e9;
export function months(): MonthCost[] {
  const stored = [333, 336, 340, 344, 348, 352, 361, 377, 384, 388, 404, 416];
  const requests = [0.17, 0.12, 0.13, 0.14, 0.15, 0.14, 0.22, 0.34, 0.18, 0.16, 0.3, 0.13];
  const now = new Date();
  const rows = stored.map((gb, n): MonthCost => {
    const month = new Date(now.getFullYear(), now.getMonth() - (11 - n), 1);
    return { month: `${month.getFullYear()}-${String(month.getMonth() + 1).padStart(2, "0")}`, stored_bytes: gb * GB, storage_usd: gb * (n === 11 ? 0.00416 : 0.0063), requests_usd: requests[n] ?? 0.1, downloads_usd: n === 7 ? 0.62 : 0, expected: false };
  });
  const last = rows.at(-1);
  return last ? [...rows.slice(0, -1), { ...last, storage_usd: 2.68, expected: true }] : rows;
}

export const devices = (quiet: boolean): DeviceView[] => [
  { id: "laptop", name: "mara-laptop", this_device: true, last_seen: ago(0), quiet: false, words: "4 sets", sets: fourSets().map((s) => ({ name: s.draft.name, last_complete: s.last_complete, quiet: false })) },
  { id: "imac", name: "Dad’s iMac", this_device: false, last_seen: quiet ? ago(4 * DAY) : ago(2 * HOUR), quiet, words: quiet ? "Its last complete backup was Mon 16 Nov. It may be off." : "2 sets, all complete", sets: [{ name: "Letters", last_complete: quiet ? at("18:00", -4) : ago(2 * HOUR), quiet }, { name: "Pictures", last_complete: quiet ? at("18:20", -4) : ago(2 * HOUR), quiet }] },
  { id: "nas", name: "studio-nas", this_device: false, last_seen: at("06:15"), quiet: false, words: "1 set, all complete", sets: [{ name: "Archive", last_complete: at("06:15"), quiet: false }] },
];

/** The months of the overview, shared out among the sets, one that is gone, and what was done by hand. */
export function costsBySet(sets: SetView[]): SetCost[] {
  const payers = [
    ...sets.map((one) => ({ payer: "set" as const, set_id: one.id, name: one.draft.name, place: one.place, storage_class: one.draft.profile === "aws" ? "Infrequent Access" : null, usd: one.cost_this_month_usd, bytes: one.stored_bytes })),
    { payer: "removed_set" as const, set_id: "old-laptop", name: "Old laptop", place: "", storage_class: null, usd: 0.08, bytes: 9_000_000_000 },
  ];
  const [usd, bytes] = [payers.reduce((n, one) => n + one.usd, 0), payers.reduce((n, one) => n + one.bytes, 0)];
  const shared = payers.map(({ usd: mine, bytes: kept, ...who }): SetCost => ({
    ...who, months: months().map((m) => ({ ...m, stored_bytes: Math.round((m.stored_bytes * kept) / bytes), storage_usd: (m.storage_usd * mine) / usd, requests_usd: (m.requests_usd * mine) / usd, downloads_usd: 0 })),
  }));
  return [...shared, { payer: "by_hand", set_id: null, name: "", place: "", storage_class: null, months: months().map((m) => ({ ...m, stored_bytes: 0, storage_usd: 0, requests_usd: 0 })) }];
}
