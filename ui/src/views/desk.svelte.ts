/** What the whole window shares: the place, the runs, the remembered folders, which page is open, which look. */
import type { AppError, BackupSetDraft, ConnectionTest, OpenEvent, PlaceView, ProviderPreset, RunDetail, S3ConfigView, SetView } from "../bindings";
import { asAppError, type Host } from "$lib/host";
import { toasts } from "$lib/components/toasts.svelte";
import { SetBook } from "$lib/sets/sets.svelte";
import { words } from "$lib/words";
import { type Folder, Folders } from "$lib/runs/folders.svelte";
import { leavable, type LeaveOut } from "$lib/runs/leave-out";
import { type Run, RunBook } from "$lib/runs/runs.svelte";
import { Activity } from "../features/activity/activity.svelte";
import { LogBook } from "../features/activity/log.svelte";
import { Backup, cleanPrefix } from "../features/backup/backup.svelte";
import { Check } from "../features/check/check.svelte";
import { HistoryBook } from "../features/history/history.svelte";
import { Keeping } from "../features/places/keeping.svelte";
import { PlaceCheck } from "../features/places/place-check.svelte";
import { beginningOf, placeView } from "../features/places/place-view";
import { RecordsBook } from "../features/records/records.svelte";
import { Restore } from "../features/restore/restore.svelte";
import { SettingsBook } from "../features/settings/settings.svelte";
import { limitAt } from "../features/settings/timetable";
import { DRAFT } from "../features/sets/set-form.svelte";
import { SetRun } from "../features/sets/set-run.svelte";

export const PAGES = ["overview", "backup", "restore", "activity", "history", "records", "settings"] as const;
export type Page = (typeof PAGES)[number];
export type SetTab = "next" | "history" | "kept" | "rules" | "schedule";
export type Theme = (typeof THEMES)[number];
const THEMES = ["system", "light", "dark"] as const;
const oneOf = <T extends string>(known: readonly T[], value: string | null, other: T): T => known.find((one) => one === value) ?? other;

export class Desk {
  config = $state.raw<S3ConfigView | null>(null);
  presets = $state.raw<ProviderPreset[]>([]);
  error = $state.raw<AppError | null>(null);
  page = $state<Page>("overview");
  theme = $state<Theme>("system");
  firstRun = $state(false);
  settled = $state(false);

  /** What is open on the pages: a set and its tab, a run of the log, a page of the settings. */
  setId = $state<string | null>(null);
  setTab = $state<SetTab>("next");
  making = $state(false);
  byHand = $state(false);
  runId = $state<string | null>(null);
  runAsked = $state(0);
  settingsPage = $state<string | null>(null);
  /** Whether the overview shows what each set costs. */
  costs = $state(false);
  now = $state.raw(new Date());
  /** What a person asked for and did not get, where no page says it itself. It stays until it is closed. */
  complaint = $state.raw<{ title: string; error: AppError } | null>(null);

  /** What a person is asked before files are left out. */
  leavingOut = $state.raw<LeaveOut | null>(null);

  readonly folders: Folders;
  readonly book: RunBook;
  readonly sets: SetBook;
  readonly setRun: SetRun;
  readonly log: LogBook;
  readonly settings: SettingsBook;
  places = $state.raw<PlaceView[]>([]);
  readonly backup: Backup;
  readonly restore: Restore;
  readonly activity: Activity;
  readonly checking: Check;
  readonly check = new PlaceCheck();
  readonly history: HistoryBook;
  readonly records: RecordsBook;
  place = $derived(this.config ? placeView(this.config, this.presets) : null);
  /** Where the names of all copies begin: a bucket, or a folder here. */
  below = $derived.by(() => (this.config ? beginningOf(this.config, this.restore.home) : ""));
  preset = $derived(this.presets.find((p) => p.id === this.config?.provider) ?? null);
  usdPer100Gb = $derived(this.check.report?.usd_per_100gb_month ?? this.preset?.usd_per_100gb_month ?? null);
  /** At least the place that is set up, also where the core cannot list its places. */
  shownPlaces = $derived<PlaceView[]>(this.places.length > 0 || !this.config ? this.places : [{ config: this.config, title: this.place?.name ?? "", used_by: [], stored_bytes: 0, monthly_usd: 0, tested: null, report: null }]);
  private checks = new Map<string, PlaceCheck>();
  private keepings = new Map<string, Keeping>();
  lastSpeed = $derived.by(() => averageSpeed(this.book.runs.find((run) => run.kind === "backup" && (run.result?.bytes_transferred ?? 0) > 1e6)?.result ?? null));

  constructor(readonly host: Host) {
    this.page = oneOf(PAGES, host.remembered("page"), "overview");
    this.theme = oneOf(THEMES, host.remembered("theme"), "system");
    this.folders = new Folders(host);
    this.book = new RunBook(host);
    this.sets = new SetBook(host, this.book);
    this.setRun = new SetRun(host, this.book, this.sets);
    this.log = new LogBook(host);
    this.settings = new SettingsBook(host);
    this.backup = new Backup(host, this.book, this.folders);
    this.backup.others = () => this.sets.sets.map(({ draft }) => ({ name: draft.name, prefix: draft.prefix }));
    this.restore = new Restore(host, this.book, this.folders);
    this.checking = new Check(this.book);
    this.activity = new Activity(host);
    this.history = new HistoryBook(host);
    this.records = new RecordsBook(host);
    this.restore.origins = () => this.sets.sets.filter((set) => set.draft.profile === (this.restore.profile ?? this.config?.profile)).map((set) => ({ path: set.draft.folder, prefix: set.draft.prefix }));
    const prefixes = new Map<string, string>();
    this.book.onStarted = (run, prefix) => {
      prefixes.set(run.id, prefix);
      this.sets.logChanged();
    };
    this.book.onFinished = (run) => {
      this.sets.logChanged();
      if (run.kind === "backup") this.folders.note(run, cleanPrefix(prefixes.get(run.id) ?? ""));
      void this.loadLeftovers();
    };
    this.book.limitOf = (run) => this.limitOf(run);
    this.showTheme();
    setInterval(() => (this.now = new Date()), 20_000);
    host.onOpenPage((event) => this.openFrom(event));
  }

  async load(): Promise<void> {
    this.error = null;
    await this.restore.findHome();
    try {
      [this.config, this.presets] = await Promise.all([this.host.getS3Config(), this.host.listProviders()]);
      if (this.config.is_configured) {
        const begun = this.page;
        await this.settle();
        const wanted = await this.host.pageToOpen();
        if (wanted) this.openFrom(wanted);
        if (this.backup.path.trim() !== "" && this.page === begun) { this.making = true; this.go("backup"); }
      }
      else this.firstRun = true;
    } catch (reason) {
      this.error = asAppError(reason);
    }
  }

  /** The place is known: everything that depends on it starts over. */
  async settle(arrive = true): Promise<void> {
    const config = (this.config = await this.host.getS3Config());
    this.folders.place = `${config.kind}:${config.endpoint && config.kind !== "local" ? config.endpoint : (config.local_folder ?? "")}/${config.bucket_name}/${config.path_prefix ?? ""}`;
    if (arrive) this.arrive();
    await Promise.all([this.sets.load().then(() => this.backup.load()), this.restore.load(), this.loadPlaces()]);
    void this.loadLeftovers();
    void this.settings.load();
  }

  /** From the first minutes into the window. */
  arrive(): void {
    this.settled = this.config?.is_configured ?? false;
    this.firstRun = !this.settled;
  }

  async placeChanged(): Promise<void> {
    this.backup.startNew();
    this.checking.close();
    this.restore.done();
    await this.settle();
  }

  go(page: Page): void {
    this.costs = false;
    if (page !== "activity") this.runId = null;
    if (page === "restore" && this.page !== "restore" && !this.restore.run) void this.restore.refresh();
    if (page === "activity") void this.loadLeftovers();
    if (page === "settings" && this.page !== "settings" && this.settled) void this.loadPlaces();
    this.page = page;
    void this.host.remember("page", page);
  }

  /** From the tray, a notification, or another page. */
  openFrom(event: OpenEvent): void {
    if (event.page === "run") this.openRun(event.id);
    else if (event.page === "set" && event.id) this.openSet(event.id);
    else this.go(event.page === "restore" ? "restore" : "overview");
  }
  openSet(id: string, tab: SetTab = "next"): void {
    this.setId = id;
    this.setTab = tab;
    this.making = this.byHand = false;
    this.go("backup");
  }
  openByHand(folder: Folder): void {
    this.byHand = true;
    this.making = false;
    this.go("backup");
    void this.backup.open(folder);
  }
  openCosts(): void {
    this.go("overview");
    this.costs = true;
  }
  newSet(): void {
    this.making = true;
    this.byHand = false;
    this.backup.startNew();
    this.go("backup");
  }
  /** A run in the log; asked for again, it opens again. */
  openRun(id: string | null): void {
    this.runId = id;
    this.runAsked++;
    this.go("activity");
  }
  openPlace(profile: string): void {
    this.settingsPage = `place:${profile}`;
    this.go("settings");
  }

  /** The test of a place in this window; before the first one, what the core remembers of the last. */
  checkOf(place: PlaceView): PlaceCheck {
    const profile = place.config.profile;
    const known = this.checks.get(profile) ?? (profile === this.config?.profile ? this.check : new PlaceCheck());
    this.checks.set(profile, known);
    if (!known.at && place.report && place.tested) known.remember(place.report, new Date(place.tested));
    return known;
  }
  /** It was tested while it was added: that test is its last one. */
  async placeAdded(profile: string, test: ConnectionTest | null): Promise<void> {
    await this.loadPlaces();
    const place = this.places.find((one) => one.config.profile === profile);
    if (place) this.checkOf(place).take(test);
  }
  /** How files are kept at a place. Rules that were not written yet wait here while other pages are open. */
  keepingOf(profile: string): Keeping {
    const known = this.keepings.get(profile) ?? new Keeping(this.host, profile);
    this.keepings.set(profile, known);
    return known;
  }
  /** The place is another one, or gone: so is what was wished for it. */
  forgetKeeping(profile: string): void {
    this.keepings.delete(profile);
  }
  async loadPlaces(): Promise<void> {
    this.places = await this.host.listPlaces().catch(() => []);
  }

  /** What cut off runs have left, in every place. */
  loadLeftovers = (): Promise<void> => this.activity.load(this.shownPlaces.map((place) => ({ profile: place.config.profile, title: place.title })));

  /** A set of the folder that was picked; then its plan is shown. What is wrong with the folder is said where it was picked.
   * One that would copy at once waits until its plan was seen; it is not forgotten when nobody looks. */
  async createSet(profile: string, when: Pick<BackupSetDraft, "watch" | "schedule">, unseen = true): Promise<boolean> {
    const { backup } = this;
    const draft: BackupSetDraft = {
      ...DRAFT, ...when, name: backup.setName.trim(), folder: backup.path.trim(), profile, prefix: backup.cleanPrefix,
      exclude_patterns: backup.rules.excludes, include_hidden: backup.hidden, delete_remote: backup.remove,
    };
    backup.error = null;
    try {
      const hold = unseen && draft.watch;
      const set = await this.host.saveBackupSet(null, draft, hold ? "hour" : null);
      if (hold) this.sets.hold(set.id);
      await this.sets.load();
      this.openSet(set.id);
      return true;
    } catch (reason) {
      backup.error = asAppError(reason);
      return false;
    }
  }

  /** A folder that was backed up by hand becomes a set with the same rules. */
  async scheduleFolder(folder: Folder): Promise<void> {
    const made = await this.createSet(this.config?.profile ?? "default", { watch: true, schedule: { kind: "daily", at: "18:00" } }, false);
    if (!made) return;
    this.folders.forget(folder);
    this.setTab = "schedule";
  }

  /** Begins a run of the set; what stops it is on the set's page, where it can be answered. */
  async runSet(set: SetView): Promise<boolean> {
    try {
      this.sets.begun(set, await this.host.runBackupSet(set.id, null), "backup", { files: 0, bytes: 0 });
      return true;
    } catch {
      this.openSet(set.id);
      return false;
    }
  }
  async runAll(sets: SetView[]): Promise<void> {
    let begun = 0;
    for (const set of sets) if (await this.runSet(set)) begun++;
    if (begun > 0) toasts.say(words.overview.started(begun), { action: { words: words.overview.see, run: () => this.go("activity") } });
  }
  async prove(set: SetView): Promise<void> {
    this.sets.begun(set, await this.host.runDrill(set.id), "drill", { files: 0, bytes: 0 });
    toasts.say(words.sets.drillBegun(set.draft.name), { action: { words: words.overview.see, run: () => this.go("activity") } });
  }
  /** Copies again what a run could not do, or what a drill found to differ. */
  async retry(set: SetView, runId: string | null): Promise<void> {
    const detail = runId ? await this.host.getRun(runId).catch(() => null) : null;
    const paths = detail?.failures.map((failure) => failure.path) ?? [];
    this.sets.begun(set, await this.host.setRetry(set.id, paths), "backup", { files: paths.length, bytes: 0 });
    this.go("activity");
  }

  /** Names the files before rules are written for them; only those that trying again cannot mend. */
  askLeaveOut(set: SetView, detail: RunDetail | null): void {
    const paths = leavable(detail);
    if (paths.length > 0) this.leavingOut = { set, paths };
  }
  async leaveOut({ set, paths }: LeaveOut): Promise<void> {
    const before = set.draft;
    await this.host.excludeFromSet(set.id, paths);
    toasts.say(words.overview.leftOut(before.name, paths.length), { action: { words: words.overview.undo, run: () => void this.host.saveBackupSet(set.id, before, null) } });
  }

  /** The limit of all runs at this hour, or that of the set where it is lower. */
  private limitOf(run: Run): number | null {
    const all = this.settings.value ? limitAt(this.settings.value.bandwidth, this.now) : null;
    const own = this.sets.find(run.operation?.set_id ?? null)?.draft.bytes_per_second ?? null;
    const limits = [all, own].filter((limit): limit is number => limit !== null && limit > 0);
    return limits.length > 0 ? Math.min(...limits) : null;
  }
  /** The run of a set that is under way and watched here. */
  runOf = (set: SetView): Run | null => this.book.running.find((run) => run.id === set.operation_id) ?? null;
  /** "Running, 35%", "Paused, 35%". */
  doing(set: SetView): string | null {
    const run = this.runOf(set);
    return run && (run.paused ? words.sets.pausedPercent(run.percent) : words.sets.runningPercent(run.percent));
  }

  complain = (title: string, reason: unknown): void => void (this.complaint = { title, error: asAppError(reason) });

  setTheme(theme: Theme): void {
    this.theme = theme;
    void this.host.remember("theme", theme);
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
