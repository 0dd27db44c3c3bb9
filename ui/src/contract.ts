/** The contract of issue 3 between the page and the core, until the generated bindings say the same. Times are RFC 3339 in UTC unless said otherwise. */
import type { ChosenVersion, ObjectPage, PlanView, ProbeReport, S3ConfigView, HereView, ShownCopy } from "./bindings";

// ---- backup sets
export type Weekday = "monday"|"tuesday"|"wednesday"|"thursday"|"friday"|"saturday"|"sunday";
export type Schedule =
  | { kind: "manual" }
  | { kind: "every"; minutes: number }                       // 5 … 10080
  | { kind: "daily"; at: string }                            // "18:00", local time
  | { kind: "weekly"; days: Weekday[]; at: string }
  | { kind: "cron"; expression: string };
export type ScheduleWords = { words: string; next: string[] /* three */ };
export type QuietHours = { from: string; to: string };        // "22:00" … "07:00", may cross midnight
export type RunConditions = { not_on_battery: boolean; not_on_metered: boolean; not_on_wifi: string[] };
export type BackupSetDraft = {
  name: string; folder: string; profile: string; prefix: string;
  exclude_patterns: string[]; include_hidden: boolean; delete_remote: boolean;
  watch: boolean; schedule: Schedule; quiet_hours: QuietHours | null; conditions: RunConditions;
  bytes_per_second: number | null; storage_class: string | null;
  drill: Schedule;                                            // weekly by default; manual = never by itself
  quiet_after_days: number;                                   // red after so many days without a complete backup (3)
};
export type HealthColour = "none" | "green" | "amber" | "red" | "paused";   // none: no run yet
export type HealthReason = { code: HealthCode; words: string; means: string; hint: string; run_id: string | null };
export type HealthCode = "no_run_yet"|"no_complete_backup"|"last_run_in_part"|"last_run_failed"|"brake"|"never_proven"|"drill_failed"|"unstable_files"|"missed"|"folder_missing"|"place_unreachable"|"paused";
export type Health = { colour: HealthColour; since: string | null; reasons: HealthReason[] };  // worst first
export type DayMark = { day: string /* 2026-11-20, local */; outcome: "complete"|"partial"|"missed"|"off"|"nothing"; bytes: number; drill: "none"|"passed"|"failed"; run_id: string | null };
export type SetActivity = "idle" | "working" | "waiting" | "paused";
export type SetView = {
  id: string; draft: BackupSetDraft; place: string /* "mara-documents on AWS S3, Stockholm" */;
  health: Health; days: DayMark[] /* 90, oldest first */; activity: SetActivity; operation_id: string | null;
  next_run: string | null; waits_because: string | null /* "on battery", "quiet hours until 07:00" */; paused_until: string | null;
  waiting_files: number; unstable_files: string[];
  last_run: RunView | null; last_complete: string | null; last_proven: string | null;
  stored_files: number; stored_bytes: number; cost_this_month_usd: number;
};
// ---- run log
export type RunKind = "backup" | "restore" | "verify" | "drill";
export type RunTrigger = "person" | "schedule" | "watch" | "catch_up" | "retry" | "start";
export type RunResult = "running" | "complete" | "partial" | "failed" | "cancelled" | "skipped" | "cut_off";
export type RunView = {
  id: string; set_id: string | null; set_name: string; kind: RunKind; trigger: RunTrigger; place: string;
  started: string; ended: string | null; result: RunResult; why: string | null /* skipped/failed: "on battery" */;
  files: number; files_planned: number; removed: number; copied: number; bytes: number; requests: number; cost_usd: number; failures: number;
};
export type OperationView = { operation_id: string; kind: RunKind; title: string; set_id: string | null; paused: boolean };
export type RunFailure = { path: string; reason: string; hint: string; retryable: boolean; times: number /* runs in a row */ };
export type RunDetail = { run: RunView; requests: { [kind: string]: number }; failures: RunFailure[]; notices: string[]; means: string; hint: string };
export type RunFilter = { set_id: string | null; kind: RunKind | null; result: "all"|"needs_you"|"partial"|"failed"|"skipped"; before: string | null /* cursor: started of the last row */; limit: number };
export type RunPage = { runs: RunView[]; needs_you: number; more: boolean };
// ---- overview
export type MonthCost = { month: string /* 2026-11 */; stored_bytes: number; storage_usd: number; requests_usd: number; downloads_usd: number; expected: boolean };
export type DeviceView = { id: string; name: string; this_device: boolean; last_seen: string; quiet: boolean; words: string; sets: { name: string; last_complete: string | null; quiet: boolean }[] };
export type Overview = {
  state: "empty" | "fine" | "working" | "attention" | "failed" | "paused"; headline: string; detail: string;
  sets: SetView[]; next_run: { set_name: string; at: string } | null; next_drill: string | null; last_complete: string | null;
  months: MonthCost[] /* 12, oldest first */; stored_bytes: number; devices: DeviceView[]; paused_until: string | null;
};
// ---- places (profiles)
export type PlaceView = { config: S3ConfigView; title: string; used_by: string[]; stored_bytes: number; monthly_usd: number; tested: string | null; report: ProbeReport | null };
// ---- storage tools
export type StorageClassView = { id: string; name: string; usd_per_gb_month: number | null; words: string; archived: boolean };
export type Versioning = "on" | "suspended" | "off" | "unknown";
export type LifecycleForm = { abort_uploads_after_days: number | null; transition: { after_days: number; storage_class: string } | null; expire_old_versions_after_days: number | null };
export type LifecyclePreview = { json: string; keeps: string[] /* rules of others that stay, in words */; words: string[] };
export type ObjectLockView = { available: boolean; mode: "none"|"governance"|"compliance"; days: number | null; words: string };
export type VersionView = { key: string; version_id: string; size: number; last_modified: string; is_latest: boolean; is_delete_marker: boolean; storage_class: string | null };
export type ThawView = { key: string; state: "not_archived"|"archived"|"thawing"|"ready"; ready_until: string | null; usd: number; words: string };
export type PolicyView = { iam_json: string; terraform: string; words: string };
export type { HereView };
/** What a restore of an earlier day hands to `restore_folder_from_s3` and `preview_restore` beside the usual options. */
export type RestoreMoment = { as_of?: string | null; versions?: ChosenVersion[] };

// ---- settings
export type Settings = {
  bandwidth: { bytes_per_second: number | null; timetable: { days: Weekday[]; from: string; to: string; bytes_per_second: number | null }[] };
  conditions: RunConditions; quiet_hours: QuietHours | null;
  notifications: { problems: boolean; first_success: boolean; digest: boolean };
  start_at_login: boolean; close_to_tray: boolean; theme: "system"|"light"|"dark"; language: "en"; device_name: string;
  brake: { files: number; percent: number };
};
export type PriceRow = { id: string; provider: string; region: string | null; currency: "USD"; put_per_1000: number; get_per_1000: number; delete_per_1000: number; storage_gb_month: number; egress_gb: number; edited: boolean };

// ---- commands (Rust names snake_case; arguments camelCase in TypeScript as the generator makes them)
export interface Issue3Commands {
  list_backup_sets(): Promise<SetView[]>;
  save_backup_set(id: string | null, draft: BackupSetDraft): Promise<SetView>;      // null id: a new one
  remove_backup_set(id: string): Promise<null>;                                     // nothing in the bucket is deleted
  preview_backup_set(id: string, operationId: string | null): Promise<PlanView>;
  run_backup_set(id: string, confirmRemovalOf: number | null): Promise<string>;      // operation id; progress by events
  run_drill(id: string): Promise<string>;
  pause_sets(id: string | null, until: "hour" | "tomorrow" | "resumed_by_person"): Promise<null>;  // null id: all
  resume_sets(id: string | null): Promise<null>;
  exclude_from_set(id: string, paths: string[]): Promise<SetView>;                    // "leave them out"
  set_retry(id: string, paths: string[]): Promise<string>;                            // "try these again"
  schedule_words(schedule: Schedule): Promise<ScheduleWords>;  // error bad_schedule
  get_overview(): Promise<Overview>;
  list_runs(filter: RunFilter): Promise<RunPage>;
  get_run(id: string): Promise<RunDetail>;
  list_operations(): Promise<OperationView[]>;
  pause_operation(operationId: string): Promise<null>; resume_operation(operationId: string): Promise<null>;
  list_places(): Promise<PlaceView[]>; remove_place(profile: string): Promise<null>;
  get_settings(): Promise<Settings>; save_settings(settings: Settings): Promise<null>;
  export_settings(path: string): Promise<null>; import_settings(path: string): Promise<string[] /* what still needs a secret */>;
  list_prices(): Promise<PriceRow[]>; save_price(row: PriceRow): Promise<null>; reset_price(id: string): Promise<null>;
  storage_classes(profile: string): Promise<StorageClassView[]>;
  get_versioning(profile: string): Promise<Versioning>; set_versioning(profile: string, on: boolean): Promise<null>;
  get_lifecycle(profile: string): Promise<LifecycleForm>; preview_lifecycle(profile: string, form: LifecycleForm): Promise<LifecyclePreview>; set_lifecycle(profile: string, form: LifecycleForm): Promise<null>;
  get_object_lock(profile: string): Promise<ObjectLockView>; set_object_lock(profile: string, mode: string, days: number): Promise<null>;
  list_versions(profile: string, prefix: string, asOf: string | null, continuation: string | null): Promise<{ versions: VersionView[]; continuation: string | null }>;
  thaw_state(profile: string, keys: string[]): Promise<ThawView[]>; thaw(profile: string, keys: string[], days: number): Promise<ThawView[]>;
  least_privilege_policy(profile: string): Promise<PolicyView>;
  search_objects(profile: string, text: string, limit: number): Promise<ObjectPage>;
  /** How copies below a prefix compare with the folder here that they were made of; where that cannot be told, the page leaves the column out. */
  compare_here(profile: string, prefix: string, localFolder: string, shown: ShownCopy[]): Promise<HereView[]>;
}

// ---- events
/** `holdfast:changed`: the page asks again, at most twice a second. */
export type Changed = { what: "sets" | "runs" | "overview" | "settings" | "operations" };
/** `holdfast:open`: from the tray and from notifications. */
export type OpenPage = { page: "run" | "set" | "overview" | "restore"; id: string | null };
// `s3:upload-progress` and `s3:download-progress` as before, also for runs of sets.
