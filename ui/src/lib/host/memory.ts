/**
 * A host that lives in memory, for tests, screenshots and work on the page in a browser. It moves no byte.
 * Scenarios: default · fresh · local · brake · partial · fail · refused · steady · slow · many · empty · conflict · nothing · started
 */
import type {
  AppError, ConnectionTest, Failure, ObjectPage, PlanGroup, PlanView, ProgressEvent, RestoreResult, S3ConfigView,
  S3ObjectView, SyncResult, VerifyResult,
} from "../../bindings";
import type { BackupInput, Host, RestoreInput, Unlisten, VerifyInput } from "./host";
import { backupGroups, brake, failures, lostCopies, providers, receipt, report, restoreGroups, tree } from "./samples";

type Listener = (event: ProgressEvent) => void;
const wait = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

const notConfigured: S3ConfigView = {
  profile: "default", kind: "none", endpoint: "", region: "", bucket_name: "", access_key_id: "", path_prefix: null,
  provider: null, local_folder: null, is_configured: false,
};
const backblaze: S3ConfigView = {
  profile: "default", kind: "s3", endpoint: "https://s3.eu-central-003.backblazeb2.com", region: "eu-central-003",
  bucket_name: "lindqvist-keep", access_key_id: "0034f1c2a97be5d0000000002", path_prefix: "laptop/", provider: "b2",
  local_folder: null, is_configured: true,
};
const onDisk: S3ConfigView = {
  profile: "default", kind: "local", endpoint: "http://127.0.0.1:39113", region: "us-east-1", bucket_name: "holdfast",
  access_key_id: "local", path_prefix: null, provider: null, local_folder: "/media/mara/Vault/Holdfast", is_configured: true,
};
const badKey: AppError = {
  kind: "InvalidCredentials", code: "wrong_secret",
  message: "Backblaze B2 did not accept the key 0034f1c2a97be5d0000000002",
  hint: "Check that the application key was copied whole. Backblaze shows it only once; you can make a new one there.",
  retryable: false,
};

class MemoryHost implements Host {
  config: S3ConfigView;
  uploads = [{ key: "laptop/Photos/2026/Iceland/Drone/DJI_0031.MP4", started: "2026-11-02T21:14:00Z", bytes: 912_000_000 },
    { key: "laptop/Photos/2026/Iceland/Drone/DJI_0032.MP4", started: "2026-11-02T21:15:00Z", bytes: 288_000_000 }];
  up = new Set<Listener>();
  down = new Set<Listener>();
  cancelled = new Set<string>();

  constructor(readonly scenario: string) {
    this.config = ["fresh", "refused"].includes(scenario) ? notConfigured : scenario === "local" ? onDisk : backblaze;
    if (scenario === "nothing") this.uploads = [];
  }

  async configureS3(input: Parameters<Host["configureS3"]>[0]) {
    await wait(250);
    if (this.scenario === "refused") throw badKey;
    const { endpoint, region, bucket_name, access_key_id, path_prefix, provider } = input;
    this.config = { ...backblaze, endpoint, region, bucket_name, access_key_id, path_prefix, provider };
  }
  async useThisComputer(folder: string | null) {
    await wait(150);
    return (this.config = { ...onDisk, local_folder: folder || "/home/mara/.local/share/holdfast/bucket" });
  }
  getS3Config = async () => this.config;
  listProviders = async () => providers;

  async testS3Connection(): Promise<ConnectionTest> {
    await wait(350);
    if (this.scenario === "refused") return { connected: true, bucket_accessible: false, error_message: badKey.message, error: badKey, report: null };
    return { connected: true, bucket_accessible: true, error_message: null, error: null, report: report(this.config.kind === "local") };
  }
  tryS3Connection = () => this.testS3Connection();

  async listObjects(input: Parameters<Host["listObjects"]>[0]): Promise<ObjectPage> {
    await wait(30);
    const files = this.scenario === "empty" ? [] : tree(this.scenario === "many");
    const found = listing(files, input.prefix, input.delimiter);
    const from = input.continuation ? Number(input.continuation) : 0;
    const to = from + input.max_keys;
    return {
      objects: found.objects.slice(from, to), prefixes: from === 0 ? found.prefixes : [],
      continuation: to < found.objects.length ? String(to) : null,
    };
  }

  async previewBackup(input: BackupInput): Promise<PlanView> {
    await this.scan(input.operation_id, this.up);
    const remove = input.options.delete_remote ?? false;
    const groups = this.scenario === "nothing" ? backupGroups(false, false).filter((g) => g.kind === "keep") : backupGroups(remove, this.scenario === "brake");
    const braked = this.scenario === "brake" && remove;
    return plan(groups, braked ? brake : null, this.scenario === "partial" ? failures : [], this.scenario === "nothing");
  }
  async previewRestore(input: RestoreInput): Promise<PlanView> {
    await this.scan(input.operation_id, this.down);
    const files = (input.options.keys ?? tree(this.scenario === "many").map((o) => o.key).filter((k) => k.startsWith(input.s3_prefix)));
    const known = new Map(tree(this.scenario === "many").map((o) => [o.key, o]));
    const picked = files.flatMap((key) => known.get(key) ?? []);
    const fresh = input.local_folder.includes("Restored");
    return plan(restoreGroups(picked, input.options, fresh, input.s3_prefix.length + 1), null, [], true);
  }

  async syncFolder(input: BackupInput): Promise<SyncResult> {
    const total = { files: 2038, bytes: 9_870_000_000 };
    const state = await this.transfer(input.operation_id, this.up, total);
    if (this.scenario === "fail") throw { ...badKey, kind: "UploadFailed", retryable: true };
    const partial = this.scenario === "partial";
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
  listUnfinishedUploads = async () => this.uploads;
  async abortUnfinishedUploads() { const n = this.uploads.length; this.uploads = []; return n; }
  onUploadProgress = (listener: Listener) => subscribe(this.up, listener);
  onDownloadProgress = (listener: Listener) => subscribe(this.down, listener);
  pickFolder = async () => "/home/mara/Documents";
  pickFile = async () => "/etc/ssl/company.pem";
  revealPath = async () => {};

  private async scan(id: string, listeners: Set<Listener>) {
    for (let n = 1; n <= 4; n++) {
      listeners.forEach((l) => l({ ...idle(id), phase: "scanning", file_name: "House/2026", files_done: n * 4740 }));
      await wait(60);
    }
  }

  /** "steady" stops the clock at 63 %, so that a picture of a run is always the same picture. */
  private async transfer(id: string, listeners: Set<Listener>, total: { files: number; bytes: number }): Promise<"done" | "cancelled"> {
    const steps = this.scenario === "slow" ? 600 : 24;
    for (let step = 0; step <= steps; step++) {
      if (this.cancelled.has(id)) return "cancelled";
      const share = this.scenario === "steady" ? (0.63 * Math.min(step, 18)) / 18 : step / steps;
      listeners.forEach((l) => l(moment(id, total, share)));
      if (this.scenario === "steady" && step === 20) step = 19;
      await wait(60);
    }
    return "done";
  }
}

function subscribe(set: Set<Listener>, listener: Listener): Unlisten {
  set.add(listener);
  return () => void set.delete(listener);
}

function idle(id: string): ProgressEvent {
  return { operation_id: id, phase: "transferring", file_name: "", bytes_transferred: 0, total_bytes: 0, percentage: 0, files_done: 0,
    files_total: 0, bytes_done: 0, bytes_total: 0, bytes_per_second: 0, seconds_left: null, current: [] };
}

function moment(id: string, total: { files: number; bytes: number }, share: number): ProgressEvent {
  const speed = 18_400_000 + Math.sin(share * 60) * 1_900_000;
  const counts = { files_done: Math.floor(total.files * share), files_total: total.files };
  if (total.bytes === 0) return { ...idle(id), ...counts };
  return {
    ...idle(id), file_name: "2026/Iceland/DSC_4471.NEF", percentage: 88, ...counts,
    bytes_done: Math.floor(total.bytes * share), bytes_total: total.bytes, bytes_per_second: speed, seconds_left: (total.bytes * (1 - share)) / speed,
    current: [
      { path: "2026/Iceland/DSC_4471.NEF", bytes_done: 45_200_000, bytes_total: 51_400_000 },
      { path: "2026/Iceland/DSC_4472.NEF", bytes_done: 21_300_000, bytes_total: 51_900_000 },
      { path: "2026/Iceland/Drone/DJI_0031.MP4", bytes_done: 372_000_000, bytes_total: 1_090_000_000 },
    ],
  };
}

function plan(groups: PlanGroup[], braked: PlanView["brake"], problems: Failure[], free: boolean): PlanView {
  const sum = (pick: (g: PlanGroup) => number) => groups.reduce((n, g) => n + pick(g), 0);
  return { total_files: sum((g) => g.count), total_bytes: sum((g) => g.bytes), groups, receipt: receipt(free), brake: braked, problems, free_bytes: 240_000_000_000 };
}

function listing(files: S3ObjectView[], prefix: string, delimiter: string | null) {
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

export const memoryHost = (scenario: string): Host => new MemoryHost(scenario);
