/** What the page Shell history looks for, what was found, and how history stands. It asks again when the core tells of news. */
import type { AppError, HistoryAsk, HistoryCharts, HistoryEntryView, HistoryHere, HistoryLine, HistoryMark, HistoryRedaction, HistoryStatus, PauseUntil } from "../../bindings";
import { toasts } from "$lib/components/toasts.svelte";
import { asAppError, type Host } from "$lib/host";
import { format, words } from "$lib/words";
import { after, type When } from "./lines";

const PAGE = 120;
/** While the core still reads the history, it is asked again after so long. */
const LOADING_MS = 400;
/** The status opens the keychain and the log: not at each key press of a shell. */
const STATUS_MS = 10_000;
/** What lies in the bucket is asked for once in so long: it is a request that costs. */
const STORAGE_MS = 6 * 3_600_000;

export class HistoryBook {
  text = $state("");
  host = $state<string | null>(null);
  folder = $state<string | null>(null);
  failed = $state(false);
  unique = $state(false);
  when = $state<When>("any");

  lines = $state.raw<HistoryLine[]>([]);
  marks = $state.raw<HistoryMark[]>([]);
  count = $state<number | null>(null);
  total = $state(0);
  took = $state(0);
  more = $state(false);
  loaded = $state(false);
  error = $state.raw<AppError | null>(null);
  at = $state(0);
  entry = $state.raw<HistoryEntryView | null>(null);
  charts = $state.raw<HistoryCharts | null>(null);
  /** Of the whole history: what can be chosen in the filters. */
  all = $state.raw<HistoryCharts | null>(null);

  here = $state.raw<HistoryHere | null>(null);
  status = $state.raw<HistoryStatus | null>(null);
  statusError = $state.raw<AppError | null>(null);
  syncing = $state(false);
  said = $state("");
  syncError = $state.raw<AppError | null>(null);
  /** The page that shares the history is open. */
  setup = $state(false);

  active = $derived<HistoryLine | null>(this.lines[this.at] ?? null);
  filtered = $derived(this.host !== null || this.folder !== null || this.failed || this.unique || this.when !== "any");
  bare = $derived(this.loaded && this.here !== null && this.here.entries === 0);

  private asked = 0;
  private busy = false;
  private again = false;
  private fetching = false;
  private statusAt = 0;
  private storageAt = 0;
  private visible = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly source: Host, private readonly now: () => Date = () => new Date()) {
    source.onChanged((event) => {
      if (event.what === "history" && this.visible) void this.refresh();
    });
  }

  ask = (): HistoryAsk => ({ text: this.text, host: this.host, folder: this.folder, failed: this.failed, after: after(this.when, this.now()), before: null, unique: this.unique });

  /** The page is there: the core asks other devices while it is. */
  show(): void {
    this.visible = true;
    void this.source.historyWatch(true);
    void this.refresh();
  }
  hide(): void {
    this.visible = false;
    clearTimeout(this.timer);
    void this.source.historyWatch(false);
  }

  async refresh(): Promise<void> {
    await Promise.all([this.loadHere(), this.search(false)]);
    void this.loadStatus();
  }

  private async loadHere(): Promise<void> {
    try {
      this.here = await this.source.historyHere();
    } catch (reason) {
      this.error = asAppError(reason);
    }
  }
  async loadStatus(force = false): Promise<void> {
    const now = this.now().getTime();
    if (!this.here?.shared) { this.status = null; return; }
    if (!force && now - this.statusAt < STATUS_MS) return;
    this.statusAt = now;
    const storage = now - this.storageAt > STORAGE_MS;
    try {
      const status = await this.source.historyStatus(storage);
      if (status.storage) this.storageAt = now;
      this.status = { ...status, storage: status.storage ?? this.status?.storage ?? null };
      this.statusError = null;
    } catch (reason) {
      this.statusError = asAppError(reason);
    }
  }

  /** One question at a time; what was typed meanwhile is asked next. A new question begins at the top. */
  async search(fromTop = true): Promise<void> {
    if (fromTop) this.asked++;
    if (this.busy) { this.again = true; return; }
    this.busy = true;
    do {
      this.again = false;
      await this.askOnce();
    } while (this.again);
    this.busy = false;
  }
  private answered = -1;
  private async askOnce(): Promise<void> {
    const [asked, ask] = [this.asked, this.ask()];
    const same = asked === this.answered;
    const keep = same ? this.active?.id : null;
    try {
      const found = await this.source.historySearch(ask, 0, same ? Math.max(PAGE, Math.min(1000, this.lines.length)) : PAGE);
      if (asked !== this.asked) return;
      this.lines = found.entries;
      [this.marks, this.count, this.total, this.took, this.more] = [found.marks, found.count, found.total, found.took_ms, found.more];
      this.error = null;
      this.answered = asked;
      const kept = keep ? found.entries.findIndex((line) => line.id === keep) : -1;
      this.at = same && kept < 0 ? Math.min(this.at, Math.max(0, found.entries.length - 1)) : Math.max(0, kept);
      clearTimeout(this.timer);
      if (found.count === null && this.visible) this.timer = setTimeout(() => void this.search(false), LOADING_MS);
      else void this.reckon(ask, asked);
    } catch (reason) {
      this.error = asAppError(reason);
    }
    this.loaded = true;
    void this.look();
  }
  private async reckon(ask: HistoryAsk, asked: number): Promise<void> {
    const charts = await this.source.historyCharts(ask).catch(() => null);
    if (asked !== this.asked) return;
    this.charts = charts;
    if (charts && ask.text === "" && !this.filtered) this.all = charts;
    else if (this.all === null) this.all = await this.source.historyCharts({}).catch(() => null);
  }

  /** The next ones, when the end of the list comes near. */
  async loadMore(): Promise<void> {
    if (!this.more || this.fetching || this.busy) return;
    this.fetching = true;
    const asked = this.asked;
    try {
      const found = await this.source.historySearch(this.ask(), this.lines.length, PAGE);
      if (asked === this.asked) {
        const known = new Set(this.lines.map((line) => line.id));
        this.lines = [...this.lines, ...found.entries.filter((line) => !known.has(line.id))];
        this.more = found.more;
      }
    } catch (reason) {
      this.error = asAppError(reason);
    }
    this.fetching = false;
  }

  move(to: number): void {
    this.at = Math.max(0, Math.min(this.lines.length - 1, to));
    if (this.at > this.lines.length - 20) void this.loadMore();
    void this.look();
  }
  private async look(): Promise<void> {
    const line = this.active;
    if (line === null) { this.entry = null; return; }
    const entry = await this.source.historyEntry(line.id).catch(() => null);
    if (this.active?.id === line.id) this.entry = entry;
  }

  reset(): void {
    this.text = "";
    [this.host, this.folder, this.failed, this.unique, this.when, this.setup] = [null, null, false, false, "any", false];
    void this.search();
  }

  /** The whole line, also where the list has only its beginning. */
  async copy(): Promise<void> {
    const line = this.active;
    if (!line) return;
    try {
      const whole = line.cut ? (await this.source.historyEntry(line.id)).line.command : line.command;
      await navigator.clipboard.writeText(whole);
      toasts.say(words.history.copied);
    } catch {
      this.said = words.history.copyFailed;
    }
  }

  async remove(line: HistoryLine, all: boolean): Promise<void> {
    try {
      const n = await (all ? this.source.historyDeleteLine(line.id) : this.source.historyDelete([line.id]));
      this.lines = this.lines.filter((one) => one.id !== line.id && !(all && one.command === line.command));
      const others = (this.status?.devices ?? []).filter((device) => !device.this_device && !device.retired).length;
      toasts.say(words.history.delete.done(n), others > 0 ? { detail: words.history.delete.elsewhere } : {});
    } catch (reason) {
      this.error = asAppError(reason);
    }
    await this.refresh();
    void this.loadStatus(true);
  }
  /** What a redaction would do; nothing where it cannot be done. */
  preview = (id: string, part: string): Promise<HistoryRedaction | null> => this.source.historyPreviewRedaction(id, part).catch(() => null);
  async redact(line: HistoryLine, part: string, everywhere: boolean): Promise<AppError | null> {
    try {
      const n = await this.source.historyRedact(line.id, part, everywhere);
      toasts.say(words.history.redaction.done(n));
      await this.refresh();
      return null;
    } catch (reason) {
      return asAppError(reason);
    }
  }

  async sync(): Promise<void> {
    if (this.syncing) return;
    this.syncing = true;
    this.syncError = null;
    try {
      const done = await this.source.historySync();
      this.said = words.history.panel.said(done.sent + done.sent_deletions, done.received + done.received_deletions, done.requests, format.money(done.cost_usd));
    } catch (reason) {
      this.syncError = asAppError(reason);
      this.said = "";
    }
    this.syncing = false;
    await this.refresh();
    await this.loadStatus(true);
  }
  async pause(until: PauseUntil): Promise<void> {
    await this.source.historyPause(until).catch((reason: unknown) => void (this.syncError = asAppError(reason)));
    await this.loadHere();
  }
  async resume(): Promise<void> {
    await this.source.historyResume().catch((reason: unknown) => void (this.syncError = asAppError(reason)));
    await this.loadHere();
  }
  async rename(name: string): Promise<void> {
    await this.change(() => this.source.historyRename(name), words.history.panel.renamed);
  }
  async revoke(id: string, name: string): Promise<void> {
    await this.change(() => this.source.historyRevoke(id), words.history.panel.revoked(name));
  }
  async showWords(): Promise<void> {
    await this.change(() => this.source.historyShowWords(), null);
  }
  private async change(deed: () => Promise<unknown>, done: string | null): Promise<void> {
    this.syncError = null;
    try {
      await deed();
      if (done) toasts.say(done);
    } catch (reason) {
      this.syncError = asAppError(reason);
    }
    await this.loadHere();
    await this.loadStatus(true);
  }
}
