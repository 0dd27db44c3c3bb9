/** Invented places, prices, settings and versions for the host in memory. */
import type {
  ClassPriceRow, LifecycleForm, LifecyclePreview, PlaceView, PolicyView, PriceRow, S3ConfigView, Settings, StorageClassView, VersionView,
} from "../../bindings";
import { report } from "./samples";
import { ago, at, noConditions } from "./samples-sets";

const config = (over: Partial<S3ConfigView>): S3ConfigView => ({
  profile: "default", kind: "s3", endpoint: "https://s3.eu-central-003.backblazeb2.com", region: "eu-central-003", bucket_name: "lindqvist-keep",
  access_key_id: "0034f1c2a97be5d0000000002", aws_profile: null, path_prefix: "laptop/", provider: "b2", local_folder: null, ca_file: null, allow_http: false, sse: null, is_configured: true, ...over,
});
export function places(): PlaceView[] {
  return [
    { config: config({ profile: "aws", endpoint: "https://s3.eu-north-1.amazonaws.com", region: "eu-north-1", bucket_name: "mara-documents", access_key_id: "AKIAEXAMPLE7QXMQXM", provider: "aws" }), title: "Documents on AWS", used_by: ["Documents"], stored_bytes: 22_700_000_000, monthly_usd: 0.52, tested: at("08:02"), report: report(false) },
    { config: config({ profile: "b2" }), title: "Backblaze B2", used_by: ["Studio projects", "Photos"], stored_bytes: 390_300_000_000, monthly_usd: 2.34, tested: ago(86_400_000), report: report(false) },
    { config: config({ profile: "vault", kind: "local", endpoint: "http://127.0.0.1:39113", bucket_name: "holdfast", provider: null, access_key_id: "local", path_prefix: null, local_folder: "/media/mara/Vault/Holdfast" }), title: "Vault SSD", used_by: ["Mail archive"], stored_bytes: 3_100_000_000, monthly_usd: 0, tested: null, report: null },
  ];
}

export const teamGateway: PlaceView = { config: config({ profile: "team", kind: "gateway", endpoint: "https://backup.lindqvist.example", region: "", bucket_name: "", access_key_id: "", provider: null, path_prefix: "laptop/" }), title: "Team gateway", used_by: ["Studio projects"], stored_bytes: 41_800_000_000, monthly_usd: 0, tested: null, report: null };

export const classes: StorageClassView[] = [
  { id: "STANDARD", name: "Standard", usd_per_gb_month: 0.023, words: "Restores start at once.", archived: false },
  { id: "STANDARD_IA", name: "Infrequent Access", usd_per_gb_month: 0.0125, words: "Reading costs $0.01 per GB. Kept at least 30 days.", archived: false },
  { id: "INTELLIGENT_TIERING", name: "Intelligent-Tiering", usd_per_gb_month: 0.023, words: "Moves files that nobody reads to cheaper classes by itself.", archived: false },
  { id: "GLACIER_IR", name: "Glacier Instant", usd_per_gb_month: 0.004, words: "Reading costs $0.03 per GB. Kept at least 90 days.", archived: false },
  { id: "GLACIER", name: "Glacier Flexible", usd_per_gb_month: 0.0036, words: "A restore has to be asked for and takes 3 to 5 hours.", archived: true },
  { id: "DEEP_ARCHIVE", name: "Deep Archive", usd_per_gb_month: 0.00099, words: "A restore has to be asked for and takes up to 12 hours. Kept at least 180 days.", archived: true },
];

export const lifecycle: LifecycleForm = { abort_uploads_after_days: 7, transition: null, expire_old_versions_after_days: 90 };
export function lifecyclePreview(form: LifecycleForm): LifecyclePreview {
  const rules = [
    ...(form.abort_uploads_after_days ? [{ ID: "holdfast-cut-off-uploads", Status: "Enabled", Filter: { Prefix: "laptop/" }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: form.abort_uploads_after_days } }] : []),
    ...(form.transition ? [{ ID: "holdfast-move", Status: "Enabled", Filter: { Prefix: "laptop/" }, Transitions: [{ Days: form.transition.after_days, StorageClass: form.transition.storage_class }] }] : []),
    ...(form.expire_old_versions_after_days ? [{ ID: "holdfast-old-versions", Status: "Enabled", Filter: { Prefix: "laptop/" }, NoncurrentVersionExpiration: { NoncurrentDays: form.expire_old_versions_after_days } }] : []),
  ];
  return { json: JSON.stringify({ Rules: rules }, null, 2), keeps: ["“expire-logs”: files below logs/ are removed after 30 days"], words: rules.map((rule) => rule.ID) };
}

const actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"];
export const policy: PolicyView = {
  words: "A policy for this bucket and folder: write, read, list, remove. It cannot remove old versions.",
  iam_json: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, Resource: "arn:aws:s3:::mara-documents/laptop/*" }] }, null, 2),
  terraform: 'resource "aws_iam_policy" "holdfast" {\n  name = "holdfast"\n}',
};

const classPrices: ClassPriceRow[] = [
  { id: "STANDARD_IA", name: "Infrequent Access", put_per_1000: 0.01, storage_gb_month: 0.0125, back_gb: null, back_per_1000: null },
  { id: "GLACIER_IR", name: "Glacier Instant Retrieval", put_per_1000: 0.02, storage_gb_month: 0.004, back_gb: null, back_per_1000: null },
  { id: "GLACIER", name: "Glacier Flexible Retrieval", put_per_1000: 0.03, storage_gb_month: 0.0036, back_gb: 0.01, back_per_1000: 0.05 },
  { id: "DEEP_ARCHIVE", name: "Glacier Deep Archive", put_per_1000: 0.05, storage_gb_month: 0.00099, back_gb: 0.02, back_per_1000: 0.1 },
];
const price = (id: string, provider: string, region: string | null, put: number, get: number, gb: number, egress: number, edited = false): PriceRow => ({
  id, provider, region, currency: "USD", put_per_1000: put, get_per_1000: get, delete_per_1000: 0, storage_gb_month: gb, egress_gb: egress, edited, classes: id.startsWith("aws") ? classPrices : [],
});
export const prices = (): PriceRow[] => [
  price("aws-eu-north-1", "aws", "eu-north-1", 0.005, 0.0004, 0.023, 0.09), price("aws-us-east-1", "aws", "us-east-1", 0.005, 0.0004, 0.023, 0.09),
  price("b2", "b2", null, 0, 0.0004, 0.006, 0.01), price("r2", "r2", null, 0.0045, 0.00036, 0.015, 0), price("wasabi", "wasabi", null, 0, 0, 0.00699, 0),
  price("spaces", "spaces", null, 0, 0, 0.02, 0.01), price("other", "other", null, 0, 0, 0, 0, true),
];

export const settings = (): Settings => ({
  bandwidth: { bytes_per_second: null, timetable: [{ days: ["monday", "tuesday", "wednesday", "thursday", "friday"], from: "08:00", to: "18:00", bytes_per_second: 25_000_000 }] },
  conditions: { ...noConditions, not_on_metered: true, not_on_wifi: ["Train Wi-Fi"] }, quiet_hours: null, notifications: { problems: true, first_success: true, digest: true },
  start_at_login: true, close_to_tray: true, theme: "system", language: "en", device_name: "mara-laptop", brake: { files: 50, percent: 10 },
});

export function versionsOf(key: string): VersionView[] {
  const version = (n: number, when: string, size: number): VersionView => ({ key, version_id: `v${n}`, size, last_modified: when, is_latest: n === 0, is_delete_marker: false, storage_class: "STANDARD" });
  return [version(0, at("09:12"), 418_000), version(1, at("17:41", -10), 412_000), version(2, at("20:03", -23), 377_000), version(3, at("11:26", -48), 351_000), version(4, at("10:00", -60), 340_000), version(5, at("10:00", -61), 338_000), version(6, at("10:00", -75), 320_000), version(7, at("10:00", -80), 310_000)];
}
