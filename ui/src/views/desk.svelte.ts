/** What the whole window shares: the place, the runs, the remembered folders, which page is open, which look. */
import type { AppError, ProviderPreset, S3ConfigView } from "../bindings";
import { asAppError, type Host } from "$lib/host";
import { format } from "$lib/words";
import { Folders } from "$lib/runs/folders.svelte";
import { RunBook } from "$lib/runs/runs.svelte";
import { Activity } from "../features/activity/activity.svelte";
import { Backup, cleanPrefix } from "../features/backup/backup.svelte";
import { Check } from "../features/check/check.svelte";
import { PlaceCheck } from "../features/places/place-check.svelte";
import { placeView } from "../features/places/place-view";
import { Restore } from "../features/restore/restore.svelte";

export const PAGES = ["backup", "restore", "activity", "settings"] as const;
export type Page = (typeof PAGES)[number];
export type Theme = "system" | "light" | "dark";
const stored = <T extends string>(key: string, known: readonly T[], other: T): T => known.find((value) => value === localStorage.getItem(key)) ?? other;

export class Desk {
  config = $state.raw<S3ConfigView | null>(null);
  presets = $state.raw<ProviderPreset[]>([]);
  error = $state.raw<AppError | null>(null);
  page = $state<Page>(stored("holdfast.page", PAGES, "backup"));
  theme = $state<Theme>(stored("holdfast.theme", ["system", "light", "dark"] as const, "system"));
  firstRun = $state(false);
  settled = $state(false);

  readonly folders = new Folders();
  readonly book: RunBook;
  readonly backup: Backup;
  readonly restore: Restore;
  readonly activity: Activity;
  readonly checking: Check;
  readonly check = new PlaceCheck();
  place = $derived(this.config ? placeView(this.config, this.presets) : null);
  /** Where the names of all copies begin: a bucket, or a folder here. */
  below = $derived.by(() => this.config?.kind === "local" && this.config.local_folder ? `${format.shortPath(this.config.local_folder, this.restore.home)}/${this.config.bucket_name}` : (this.config?.bucket_name ?? ""));
  preset = $derived(this.presets.find((p) => p.id === this.config?.provider) ?? null);
  usdPer100Gb = $derived(this.check.report?.usd_per_100gb_month ?? this.preset?.usd_per_100gb_month ?? null);
  lastSpeed = $derived.by(() => averageSpeed(this.book.runs.find((run) => run.kind === "backup" && (run.result?.bytes_transferred ?? 0) > 1e6)?.result ?? null));

  constructor(readonly host: Host) {
    this.book = new RunBook(host);
    this.backup = new Backup(host, this.book, this.folders);
    this.restore = new Restore(host, this.book, this.folders);
    this.checking = new Check(this.book);
    this.activity = new Activity(host);
    const prefixes = new Map<string, string>();
    this.book.onStarted = (run, prefix) => void prefixes.set(run.id, prefix);
    this.book.onFinished = (run) => {
      if (run.kind === "backup") this.folders.note(run, cleanPrefix(prefixes.get(run.id) ?? ""));
      void this.activity.load();
    };
    this.showTheme();
  }

  async load(): Promise<void> {
    this.error = null;
    await this.restore.findHome();
    try {
      [this.config, this.presets] = await Promise.all([this.host.getS3Config(), this.host.listProviders()]);
      if (this.config.is_configured) await this.settle();
      else this.firstRun = true;
    } catch (reason) {
      this.error = asAppError(reason);
    }
  }

  /** The place is known: everything that depends on it starts over. */
  async settle(): Promise<void> {
    const config = (this.config = await this.host.getS3Config());
    this.folders.place = `${config.kind}:${config.endpoint && config.kind === "s3" ? config.endpoint : (config.local_folder ?? "")}/${config.bucket_name}/${config.path_prefix ?? ""}`;
    this.settled = config.is_configured;
    this.firstRun = !config.is_configured;
    await Promise.all([this.backup.load(), this.restore.load(), this.activity.load()]);
  }

  async placeChanged(): Promise<void> {
    this.backup.startNew();
    this.checking.close();
    this.restore.done();
    await this.settle();
  }

  go(page: Page): void {
    if (page === "restore" && this.page !== "restore" && !this.restore.run) void this.restore.refresh();
    if (page === "activity") void this.activity.load();
    this.page = page;
    localStorage.setItem("holdfast.page", page);
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    localStorage.setItem("holdfast.theme", theme);
    this.showTheme();
  }
  private showTheme(): void {
    if (this.theme === "system") document.documentElement.removeAttribute("data-theme");
    else document.documentElement.setAttribute("data-theme", this.theme);
  }
}

function averageSpeed(result: { bytes_transferred: number; duration_ms: number } | null): number | null {
  return result && result.duration_ms > 0 ? (result.bytes_transferred / result.duration_ms) * 1000 : null;
}
