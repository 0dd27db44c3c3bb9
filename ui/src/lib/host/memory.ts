/**
 * A host that lives in memory, for tests, screenshots and work on the page in a browser. It moves no byte.
 * Sets: attention (also default) · calm · failed · drill · broken · missed · paused · working · sets (24 of them) · empty. See memory-engine.ts.
 * Runs and places: default · fresh · local · brake · partial · fail · refused · steady · stalled · slow · many · empty · conflict · nothing · started · million · million-at-once
 */
import type {
  AppError, ConnectionTest, GatewayForm, ObjectPage, PlanView, RestoreResult, S3ConfigView, SyncResult, VerifyResult,
} from "../../bindings";
import type { BackupInput, Host, RestoreInput, VerifyInput } from "./host";
import { MemoryEngine, planOf } from "./memory-engine";
import { wait } from "./memory-work";
import { backupGroups, brake, failures, listing, lostCopies, providers, report, restoreGroups } from "./samples";

const notConfigured: S3ConfigView = {
  profile: "default", kind: "none", endpoint: "", region: "", bucket_name: "", access_key_id: "", aws_profile: null, path_prefix: null,
  provider: null, local_folder: null, ca_file: null, allow_http: false, sse: null, is_configured: false,
};
const backblaze: S3ConfigView = {
  profile: "b2", kind: "s3", endpoint: "https://s3.eu-central-003.backblazeb2.com", region: "eu-central-003",
  bucket_name: "lindqvist-keep", access_key_id: "0034f1c2a97be5d0000000002", aws_profile: null, path_prefix: "laptop/", provider: "b2",
  local_folder: null, ca_file: null, allow_http: false, sse: null, is_configured: true,
};
const onDisk: S3ConfigView = {
  profile: "default", kind: "local", endpoint: "http://127.0.0.1:39113", region: "us-east-1", bucket_name: "holdfast",
  access_key_id: "local", aws_profile: null, path_prefix: null, provider: null, local_folder: "/media/mara/Vault/Holdfast", ca_file: null, allow_http: false, sse: null, is_configured: true,
};
const behindGateway: S3ConfigView = { ...notConfigured, kind: "gateway", endpoint: "https://backup.lindqvist.example", path_prefix: "laptop/", is_configured: true };
const unknownKey: AppError = {
  kind: "InvalidCredentials", code: "unknown_key", message: "the gateway backup.lindqvist.example does not know this key",
  hint: "Check that it was copied whole, or ask whoever runs the gateway for a new one.", retryable: false,
};
const badKey: AppError = {
  kind: "InvalidCredentials", code: "wrong_secret",
  message: "Backblaze B2 did not accept the key 0034f1c2a97be5d0000000002",
  hint: "Check that the application key was copied whole. Backblaze shows it only once; you can make a new one there.",
  retryable: false,
};

class MemoryHost extends MemoryEngine implements Host {
  config: S3ConfigView;
  uploads = [{ key: "laptop/Photos/2026/Iceland/Drone/DJI_0031.MP4", started: "2026-11-02T21:14:00Z", bytes: 912_000_000 },
    { key: "laptop/Photos/2026/Iceland/Drone/DJI_0032.MP4", started: "2026-11-02T21:15:00Z", bytes: 288_000_000 }];

  constructor(scenario: string) {
    super(scenario);
    this.config = ["fresh", "refused"].includes(scenario) ? notConfigured : scenario === "local" ? onDisk : scenario === "gateway" ? behindGateway : backblaze;
    if (scenario === "nothing") this.uploads = [];
  }

  async configureS3(input: Parameters<Host["configureS3"]>[0]) {
    await wait(250);
    if (this.scenario === "refused") throw badKey;
    const { endpoint, region, bucket_name, access_key_id, aws_profile, path_prefix, provider, sse } = input;
    const next = { endpoint, region, bucket_name, access_key_id, aws_profile, path_prefix, provider, sse: sse || null };
    this.config = { ...backblaze, ...next };
    this.placeList = this.placeList.map((place) => (place.config.profile === input.profile ? { ...place, config: { ...place.config, ...next } } : place));
  }
  async configureGateway(form: GatewayForm, profile: string | null) {
    await wait(250);
    if (this.scenario === "refused") throw unknownKey;
    this.config = { ...behindGateway, profile: profile ?? "default", endpoint: form.url, path_prefix: form.path_prefix };
    return null;
  }
  async tryGateway(): Promise<ConnectionTest> {
    await wait(350);
    const error = this.scenario === "refused" ? unknownKey : null;
    return { connected: true, bucket_accessible: !error, error_message: error?.message ?? null, error, report: null };
  }
  async useThisComputer(folder: string | null, profile: string | null = null) {
    await wait(150);
    const config = { ...onDisk, local_folder: folder || "/home/mara/.local/share/holdfast/bucket" };
    return profile && profile !== this.config.profile ? this.keep({ ...config, profile }) : (this.config = config);
  }
  /** A place beside the first one: changed where it is known, else one more. */
  private keep(config: S3ConfigView): S3ConfigView {
    const before = this.placeList.find((place) => place.config.profile === config.profile);
    const place = { title: "this computer", used_by: [], stored_bytes: 0, monthly_usd: 0, tested: null, report: null, ...before, config };
    this.placeList = before ? this.placeList.map((one) => (one === before ? place : one)) : [...this.placeList, place];
    return config;
  }
  getS3Config = async (profile?: string | null) => (profile ? ((await this.listPlaces()).find((p) => p.config.profile === profile)?.config ?? this.config) : this.config);
  listProviders = async () => providers;

  async testS3Connection(): Promise<ConnectionTest> {
    await wait(350);
    if (this.scenario === "refused") return { connected: true, bucket_accessible: false, error_message: badKey.message, error: badKey, report: null };
    return { connected: true, bucket_accessible: true, error_message: null, error: null, report: this.config.kind === "gateway" ? null : report(this.config.kind === "local") };
  }
  tryS3Connection = () => this.testS3Connection();

  async listObjects(input: Parameters<Host["listObjects"]>[0]): Promise<ObjectPage> {
    await wait(30);
    const found = this.listed(input.prefix, input.delimiter);
    const from = input.continuation ? Number(input.continuation) : 0;
    const to = this.scenario === "million-at-once" ? found.objects.length : from + input.max_keys;
    return {
      objects: found.objects.slice(from, to), prefixes: from === 0 ? found.prefixes : [],
      continuation: to < found.objects.length ? String(to) : null,
    };
  }

  private lists = new Map<string, ReturnType<typeof listing>>();
  private listed(prefix: string, delimiter: string | null): ReturnType<typeof listing> {
    const name = `${prefix}\n${delimiter}`;
    const found = this.lists.get(name) ?? listing(this.objects(), prefix, delimiter);
    this.lists.set(name, found);
    return found;
  }

  async previewBackup(input: BackupInput): Promise<PlanView> {
    await this.scan(input.operation_id, this.up);
    const remove = input.options.delete_remote ?? false;
    const groups = this.scenario === "nothing" ? backupGroups(false, false).filter((g) => g.kind === "keep") : backupGroups(remove, this.scenario === "brake");
    const braked = this.scenario === "brake" && remove;
    return planOf(groups, braked ? brake : null, this.scenario === "partial" ? failures : [], this.scenario === "nothing");
  }
  async previewRestore(input: RestoreInput): Promise<PlanView> {
    await this.scan(input.operation_id, this.down);
    const keys = new Set(input.options.keys ?? [input.s3_prefix === "" ? "" : `${input.s3_prefix}/`]);
    const folders = [...keys].filter((key) => key === "" || key.endsWith("/"));
    const picked = this.objects().filter((o) => keys.has(o.key) || folders.some((folder) => o.key.startsWith(folder)));
    const fresh = input.local_folder.includes("Restored");
    return planOf(restoreGroups(picked, input.options, fresh, input.s3_prefix.length + 1), null, [], true);
  }

  async syncFolder(input: BackupInput): Promise<SyncResult> {
    const total = { files: 2038, bytes: 9_870_000_000 };
    const state = await this.transfer(input.operation_id, this.up, total);
    const set_name = input.local_folder.split("/").at(-1) ?? "";
    if (this.scenario === "fail") { this.note({ id: input.operation_id, folder: input.local_folder, set_name, kind: "backup", result: "failed", why: badKey.message }); throw { ...badKey, kind: "UploadFailed", retryable: true }; }
    const partial = this.scenario === "partial";
    this.note({ id: input.operation_id, folder: input.local_folder, set_name, kind: "backup", result: state === "cancelled" ? state : partial ? "partial" : "complete", files: partial ? 416 : 219, files_planned: partial ? 418 : 219, failures: partial ? 2 : 0, bytes: 1_840_000_000, requests: 232, cost_usd: 0.0012 });
    return {
      notices: [], operation_id: input.operation_id, files_uploaded: partial ? 416 : state === "cancelled" ? 811 : 214,
      files_deleted: input.options.delete_remote ? 12 : 0, files_skipped: 18_714, files_copied: 5, bytes_transferred: partial ? 2_910_000_000 : 1_840_000_000,
      duration_ms: 161_000, errors: partial ? failures.map((f) => f.reason) : [], failures: partial ? failures : [],
      requests: { PutObject: 209, UploadPart: 18, CopyObject: 5 }, cost_usd: 0.0012, state: state === "cancelled" ? state : partial ? "partial" : "complete",
    };
  }
  async restoreFolder(input: RestoreInput): Promise<RestoreResult> {
    const files = input.options.keys?.length ?? 146;
    const state = await this.transfer(input.operation_id, this.down, { files, bytes: 71_000_000 });
    const partial = this.scenario === "partial";
    this.note({ id: input.operation_id, folder: input.local_folder, set_name: "", kind: "restore", result: state === "cancelled" ? state : partial ? "partial" : "complete", files, files_planned: files, bytes: 71_000_000, requests: files });
    return {
      files_unproven: 0, operation_id: input.operation_id, files_downloaded: partial ? files - 2 : files, files_skipped: 0, bytes_transferred: 71_000_000, duration_ms: 8200,
      errors: [], failures: partial ? failures : [], requests: { GetObject: files }, cost_usd: 0, state: state === "cancelled" ? state : partial ? "partial" : "complete",
    };
  }
  async verifyFolder(input: VerifyInput): Promise<VerifyResult> {
    const mode = input.options.depth ?? "quick";
    const share = mode === "full" ? 1 : mode === "sample" ? (input.options.sample_percent ?? 5) / 100 : 0;
    const files = 18_714;
    const state = await this.transfer(input.operation_id, this.down, { files, bytes: 20_800_000_000 * share });
    if (this.scenario === "fail") throw { ...badKey, kind: "DownloadFailed", retryable: true };
    const failures = this.scenario === "partial" ? lostCopies : [];
    const checked = state === "cancelled" ? 4_130 : files - failures.length;
    this.note({ folder: input.local_folder, set_name: input.local_folder.split("/").at(-1) ?? "", kind: "verify", result: state === "cancelled" ? state : failures.length > 0 ? "partial" : "complete", files: checked, files_planned: files, failures: failures.length, requests: 19 });
    return {
      operation_id: input.operation_id, mode, checked, proven: Math.round(checked * share), unproven: 0, extra: 3, bytes_transferred: 20_800_000_000 * share,
      duration_ms: 4200 + 900_000 * share, failures, requests: { ListObjectsV2: 19, ...(share > 0 ? { GetObject: Math.round(files * share) } : {}) }, cost_usd: 0.00005 + share * 0.0075,
      state: state === "cancelled" ? state : failures.length > 0 ? "partial" : "complete",
    };
  }
  async cancelOperation(id: string) { this.cancelled.add(id); }

  suggestedFolders = async () => ["Documents", "Pictures", "Music", "Studio"].map((name) => ({ name, path: `/home/mara/${name}` }));
  folderToStartWith = async () => (this.scenario === "started" ? "/home/mara/Letters" : null);
  homeFolder = async () => "/home/mara";
  listUnfinishedUploads = async (profile: string | null) => {
    const isBackblaze = ["default", "b2"].includes(profile ?? "default");
    if (this.scenario === "silent" && !isBackblaze) throw new Error("the place does not answer");
    const uploads = isBackblaze ? this.uploads : [];
    return { uploads, monthly_usd: uploads.reduce((n, upload) => n + upload.bytes, 0) * 6e-12, location: "lindqvist-keep at Backblaze B2" };
  };
  async abortUnfinishedUploads() { const n = this.uploads.length; this.uploads = []; return n; }
  pickFolder = async () => "/home/mara/Documents";
  pickFile = async () => "/etc/ssl/company.pem";
  pickNewFile = async (name: string) => `/home/mara/${name}`;
  revealPath = async () => {};
}

export const memoryHost = (scenario: string): Host => new MemoryHost(scenario);
