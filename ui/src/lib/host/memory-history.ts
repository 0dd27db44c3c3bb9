/**
 * Shell history that lives in memory, as the core would answer.
 * Scenarios: history-new (nothing here) · history-alone (not shared) · history-quiet (shared, nothing captured) · history-others (a history is there already) · history-stuck · history-paused · history-slow (still loading) · history-million
 */
import { group } from "d3-array";
import type { AppError, ChangedEvent, HistoryAsk, HistoryCharts, HistoryHere, HistoryJoinForm, HistoryLine, HistoryStatus, PauseUntil } from "../../bindings";
import { MemoryWork, subscribe, wait } from "./memory-work";
import { historyDevices, historyLines, historySources, MILLION } from "./samples-history";

const iso = (ms: number) => new Date(Date.now() + ms).toISOString();
const problem = (code: AppError["code"], message: string, hint: string): AppError => ({ kind: "ConfigError", code, message, hint, retryable: true });
const WITHOUT = ["history-new", "bare", "empty", "fresh", "started", "local", "refused", "history-quiet", "history-others"];
const MARK = "[redacted]";

export class MemoryHistory extends MemoryWork {
  protected changed = new Set<(event: ChangedEvent) => void>();
  private all: HistoryLine[];
  private devices = historyDevices();
  private shared: boolean;
  private deletions: HistoryStatus["deletions"];
  private paused: string | null;
  private wordsShown: string | null = null;
  private lastSync: string | null = iso(-22_000);
  private name = "mara-laptop";

  constructor(scenario: string) {
    super(scenario);
    const bare = WITHOUT.includes(scenario);
    this.all = bare ? [] : historyLines();
    this.shared = !bare && scenario !== "history-alone" || scenario === "history-quiet";
    this.paused = scenario === "history-paused" ? iso(3_400_000) : null;
    this.deletions = bare ? [] : [{ time: iso(-9e7), entries: 4, done: 2, devices: 3, missing: ["dads-imac"] }];
    if (bare) this.devices = this.devices.slice(0, 1);
  }

  onChanged = (listener: (event: ChangedEvent) => void) => subscribe(this.changed, listener);
  private news = () => this.changed.forEach((l) => l({ what: "history" }));
  /** For tests: as if a shell had told of a command. */
  capture(line: HistoryLine) { this.all = [line, ...this.all]; this.news(); }

  async historyWatch(_shown: boolean): Promise<void> {}
  async historyHere(): Promise<HistoryHere> {
    const stuck = this.scenario === "history-stuck" ? problem("timeout", "s3.eu-central-003.backblazeb2.com did not answer within 30 s", "look at the network, or try again later") : null;
    return {
      entries: this.total(), waiting: this.scenario === "history-stuck" ? 12 : 0, shared: this.shared, profile: this.shared ? "b2" : null,
      last_sync: this.shared ? (stuck ? iso(-2 * 3_600_000) : this.lastSync) : null, paused: this.paused, captured: this.all.length > 0 || this.scenario === "history-million", shell: "zsh",
      device_name: this.name, words_shown: this.wordsShown, problem: stuck, redactions: 3,
      hooks: [
        { shell: "zsh", line: 'eval "$(holdfast history init zsh)"' }, { shell: "bash", line: 'eval "$(holdfast history init bash)"' },
        { shell: "fish", line: "holdfast history init fish | source" }, { shell: "powershell", line: "holdfast history init powershell | Out-String | Invoke-Expression" },
      ],
      has_command_line: true,
    };
  }
  async historyStatus(storage: boolean): Promise<HistoryStatus> {
    if (storage) await wait(30);
    const here = await this.historyHere();
    return {
      backend: this.shared ? "s3" : "offline", location: this.shared ? "lindqvist-keep at Backblaze B2" : "this computer only", user_id: this.shared ? "u-4f1c" : null, entries: here.entries,
      waiting: here.waiting, last_sync: here.last_sync, devices: this.shared ? this.devices : [], deletions: this.shared ? this.deletions : [], paused: this.paused,
      problems: this.scenario === "history-stuck" ? [{ device: "d-imac", words: "the log of dads-imac ends earlier than what was read of it before: the bucket was set back, or parts of it were removed; what was read before is kept", since: iso(-3e7) }] : [],
      storage: storage && this.shared ? { objects: 148, bytes: 41_200_000, month_usd: 0.0291, requests: 1 } : null,
    };
  }

  private total = () => (this.scenario === "history-million" ? MILLION : this.all.length);
  private fits(ask: HistoryAsk): (line: HistoryLine) => boolean {
    const alternatives = ` ${ask.text ?? ""} `.split(" OR ").map((text) => text.trim().split(/\s+/).filter(Boolean));
    const has = (command: string, word: string) => (word.length > 1 && word.startsWith("-") ? !command.toLowerCase().includes(word.slice(1)) : /[A-Z]/.test(word) ? command.includes(word) : command.toLowerCase().includes(word));
    return (line) => alternatives.some((words) => words.every((word) => has(line.command, word))) && (!ask.host || line.host === ask.host) && (!ask.folder || `${line.folder}/`.startsWith(`${ask.folder}/`))
      && (!ask.failed || (line.exit_code ?? 0) !== 0) && (!ask.after || (line.started ?? "") >= ask.after);
  }
  private found(ask: HistoryAsk): HistoryLine[] {
    const found = this.all.filter(this.fits(ask));
    const seen = new Set<string>();
    return ask.unique ? found.filter((line) => !seen.has(line.command) && seen.add(line.command)) : found;
  }
  async historySearch(ask: HistoryAsk, from: number, count: number) {
    const found = this.found(ask);
    const times = this.scenario === "history-million" ? Math.floor(MILLION / this.all.length) : 1;
    const whole = times === 1 ? found.length : ask.text ? found.length * times : MILLION;
    const entries = Array.from({ length: Math.max(0, Math.min(count, whole - from)) }, (_, n) => from + n).flatMap((n) => { const one = found[n % found.length]; return one ? [n < found.length ? one : { ...one, id: `${one.id}-${n}` }] : []; });
    const marks = (ask.text ?? "").split(/\s+/).filter((word) => word && word !== "OR" && !word.startsWith("-")).map((text) => ({ text, exact: /[A-Z]/.test(text) }));
    return { entries, count: this.scenario === "history-slow" ? null : whole, total: this.total(), more: from + entries.length < whole, took_ms: 4, marks };
  }
  async historyCharts(ask: HistoryAsk): Promise<HistoryCharts> {
    const found = this.found(ask);
    if (this.scenario === "history-slow") return { ready: false, entries: 0, failed: 0, hosts: [], lines: [], folders: [], hours: [], days: [] };
    const failed = (lines: HistoryLine[]) => lines.filter((line) => (line.exit_code ?? 0) !== 0).length;
    const grouped = (by: (line: HistoryLine) => string) => [...group(found, by)].sort((a, b) => b[1].length - a[1].length);
    const days = Array.from({ length: 30 }, (_, n) => iso((n - 29) * 86_400_000).slice(0, 10));
    return {
      ready: true, entries: found.length, failed: failed(found),
      hosts: grouped((line) => line.host).map(([host, lines]) => ({ host, entries: lines.length, failed: failed(lines), last: lines[0]?.started ?? null })),
      lines: grouped((line) => line.command).slice(0, 8).map(([text, lines]) => ({ text, entries: lines.length, failed: failed(lines) })),
      folders: grouped((line) => line.folder).slice(0, 8).map(([text, lines]) => ({ text, entries: lines.length, failed: 0 })),
      hours: Array.from({ length: 24 }, (_, hour) => found.filter((line) => line.started && new Date(line.started).getHours() === hour).length),
      days: days.map((day) => { const lines = found.filter((line) => line.started?.startsWith(day)); return { day, entries: lines.length, failed: failed(lines) }; }),
    };
  }

  private one(id: string): HistoryLine {
    const found = this.all.find((line) => line.id === id || id.startsWith(`${line.id}-`));
    if (!found) throw problem("no_record", "this command is not in the history any more", "look at the list again");
    return found;
  }
  async historyEntry(id: string) {
    const line = this.one(id);
    const same = this.all.filter((other) => other.command === line.command);
    return { line, uses: this.scenario === "history-slow" ? null : { times: same.length, last_month: same.filter((other) => (other.started ?? "") > iso(-30 * 86_400_000)).length, mostly_on: line.host }, waiting: false };
  }
  private remove(gone: HistoryLine[]): number {
    this.all = this.all.filter((line) => !gone.includes(line));
    if (this.shared && gone.length > 0) this.deletions = [{ time: iso(0), entries: gone.length, done: 1, devices: 3, missing: ["studio-nas", "dads-imac"] }, ...this.deletions];
    this.news();
    return gone.length;
  }
  async historyDelete(ids: string[]) { return this.remove(this.all.filter((line) => ids.includes(line.id))); }
  async historyDeleteLine(id: string) { const { command } = this.one(id); return this.remove(this.all.filter((line) => line.command === command)); }
  async historyPreviewRedaction(id: string, part: string) {
    const line = this.one(id);
    if (!part.trim() || !line.command.includes(part)) throw problem("bad_parameter", "there is nothing to replace in this line", "mark the part that nobody should read");
    return { line: line.command.replaceAll(part, MARK), others: part.length < 4 ? 0 : this.all.filter((other) => other.command.includes(part)).length - 1 };
  }
  async historyRedact(id: string, part: string, everywhere: boolean) {
    const chosen = everywhere ? this.all.filter((line) => line.command.includes(part)) : [this.one(id)];
    this.all = this.all.map((line) => (chosen.includes(line) ? { ...line, id: `${line.id}r`, command: line.command.replaceAll(part, MARK) } : line));
    this.news();
    return chosen.length;
  }

  async historySync() {
    await wait(120);
    if (this.scenario === "history-stuck") throw (await this.historyHere()).problem;
    this.lastSync = iso(0);
    this.news();
    return { sent: 2, sent_deletions: 0, received: 5, received_deletions: 0, skipped: 0, failures: [], requests: 4, cost_usd: 0.000006 };
  }
  async historyPause(until: PauseUntil) { this.paused = until === "hour" ? iso(3_600_000) : until === "tomorrow" ? iso(16 * 3_600_000) : ""; this.news(); return null; }
  async historyResume() { this.paused = null; this.news(); return null; }
  historySources = async () => (this.scenario === "history-quiet" ? [] : historySources);
  async historyImport(kind: string | null, _path: string) { const source = historySources.find((one) => one.kind === kind); this.all = historyLines(); this.news(); return { new: source?.entries ?? 64, known: 3, redactions: 2, damaged: 0 }; }
  async historyJoin(form: HistoryJoinForm) {
    await wait(120);
    if (form.words && form.words.trim().split(/\s+/).length !== 24) throw problem("history_secret_bad", "the words are not right: there are not 24 of them", "");
    if (this.scenario === "history-others" && !form.words && !form.first_device) throw problem("history_others", "somebody keeps a history here already", "");
    this.shared = Boolean(form.profile || form.url);
    this.lastSync = iso(0);
    this.news();
    return { backend: "s3", location: "lindqvist-keep at Backblaze B2", user_id: "u-4f1c", new_secret: !form.words, received: form.words ? 812 : 0, sent: this.all.length, devices: this.devices.length };
  }
  async historyRename(name: string) { this.name = name; this.devices = this.devices.map((one) => (one.this_device ? { ...one, name } : one)); this.news(); return null; }
  async historyRevoke(id: string) {
    this.devices = this.devices.map((one) => (one.id === id ? { ...one, retired: iso(0), owes_deletions: 0 } : one));
    this.deletions = [];
    const gone = this.devices.find((one) => one.id === id);
    if (!gone) throw problem("history_no_device", "there is no such device", "look at the list again");
    return gone;
  }
  async historyShowWords() { this.wordsShown = iso(0); this.news(); return null; }
}
