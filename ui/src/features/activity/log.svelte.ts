/** The run log, a page at a time, and the run that is open in it. */
import type { AppError, RunDetail, RunFilter, RunView } from "../../bindings";
import { asAppError, type Host } from "$lib/host";
import { format, words } from "$lib/words";

const PAGE = 12;
const EARLIER = 40;
export type Outcome = "ok" | "warn" | "bad" | "off" | "none" | "skipped";
const OUTCOMES: Record<RunView["result"], Outcome> = { running: "none", complete: "ok", partial: "warn", failed: "bad", cancelled: "off", skipped: "skipped", cut_off: "warn" };
/** Copies that a drill found to differ are no part that is missing: what was kept is wrong. */
export const outcomeOf = (run: RunView): Outcome => (run.kind === "drill" && run.failures > 0 ? "bad" : OUTCOMES[run.result]);

/** "In part, 2 not copied", "Skipped, on battery". */
export function resultWords(run: RunView, held = false): string {
  const w = words.log.results;
  if (held && run.result === "running") return w.paused;
  if (run.kind === "drill" && run.result === "complete") return words.log.drillPassed;
  if (run.kind === "drill" && run.failures > 0) return words.log.drillFailed(run.failures);
  if (run.result === "partial") return run.kind === "verify" ? words.check.log(run.failures) : w.partial(run.failures);
  if (run.result === "skipped") return w.skipped(run.why);
  return run.result === "complete" && run.kind === "backup" && run.files + run.removed === 0 ? w.nothing : w[run.result];
}
export const fileWords = (run: RunView): string =>
  run.result === "skipped" || run.result === "running" ? words.common.unknown : run.failures > 0 ? `${format.count(run.files)} of ${format.count(run.files_planned)}` : format.count(run.files);
export const tookWords = (run: RunView): string =>
  run.ended === null || run.result === "skipped" ? words.common.unknown : format.duration((Date.parse(run.ended) - Date.parse(run.started)) / 1000);

/** The sentence above a run that is open. `folder` is where a restore went, where that is known: the log has only where it came from. */
export function headline(run: RunView, folder: string | null = null): string {
  const w = words.log;
  if (run.kind !== "backup" && run.result !== "skipped") return headlineOfOther(run, folder);
  if (run.result === "partial") return w.inBucket(run.files, run.failures);
  if (run.result === "failed") return w.notBackedUp(run.set_name);
  if (run.result === "skipped") return w.wasSkipped(run.set_name);
  if (run.result === "cut_off") return w.wasCut(run.set_name);
  return run.result === "cancelled" ? w.wasStopped(run.set_name) : w.done(run.set_name);
}

function headlineOfOther(run: RunView, folder: string | null): string {
  const [r, d] = [words.restore.result, words.log.drill];
  const bad = run.result === "partial" || run.failures > 0;
  if (run.kind === "restore") return bad ? r.partial(run.files, run.failures) : run.result === "complete" ? (folder ? r.complete(run.files, folder) : r.completeFrom(run.files, run.place)) : run.result === "failed" ? r.failed : r.cancelled;
  if (bad) return run.kind === "drill" ? d.wrong(run.failures, run.files_planned) : words.check.result.wrong(run.failures, run.files_planned);
  if (run.result !== "complete") return words.log.wasStopped(run.set_name);
  return run.kind === "drill" ? d.passed(run.files) : d.checked(run.files);
}

/** One or two sentences on what it means; the core's own words first. */
export function meaning({ run, failures, means, hint }: RunDetail): string {
  const w = words.log;
  const times = Math.max(0, ...failures.map((failure) => failure.times));
  const helps = failures.length === 0 ? "" : failures.some((failure) => failure.retryable) ? w.helps : w.helpsNot;
  const own = run.result === "cut_off" ? w.cutText : run.result === "cancelled" ? w.stoppedText : "";
  return [run.result === "failed" ? format.sentence(run.why ?? "") : "", format.sentence(means) || own, w.happens(times), helps, format.sentence(hint)].filter(Boolean).join(" ");
}

export class LogBook {
  result = $state<RunFilter["result"]>("all");
  setId = $state<string | null>(null);
  runs = $state.raw<RunView[]>([]);
  needsYou = $state(0);
  more = $state(false);
  loading = $state(false);
  loaded = $state(false);
  error = $state.raw<AppError | null>(null);
  openId = $state<string | null>(null);
  detail = $state.raw<RunDetail | null>(null);
  detailError = $state.raw<AppError | null>(null);
  private asked = 0;
  private wantedOpen: string | null = null;
  private chosen = false;

  constructor(private readonly host: Host, setId: string | null = null, private readonly page = PAGE) {
    this.setId = setId;
  }

  async load(): Promise<void> {
    const ask = ++this.asked;
    this.loading = true;
    try {
      const page = await this.host.listRuns({ ...this.filter(), limit: Math.max(this.page, this.runs.length) });
      if (ask !== this.asked) return;
      this.runs = page.runs;
      this.more = page.more;
      this.needsYou = page.needs_you;
      this.error = null;
      this.openFirst();
    } catch (reason) {
      if (ask === this.asked) this.error = asAppError(reason);
    } finally {
      if (ask === this.asked) [this.loading, this.loaded] = [false, true];
    }
  }
  async earlier(): Promise<void> {
    const ask = ++this.asked;
    this.loading = true;
    const page = await this.host.listRuns({ ...this.filter(), before: this.runs.at(-1)?.started ?? null, limit: EARLIER }).catch(() => null);
    if (ask !== this.asked) return;
    this.loading = false;
    if (!page) return;
    this.runs = [...this.runs, ...page.runs];
    this.more = page.more;
  }
  pick(result: RunFilter["result"], setId = this.setId): void {
    [this.result, this.setId, this.runs] = [result, setId, []];
    void this.load();
  }

  /** A run that is spoken of elsewhere: it is fetched by its id, wherever it is in the log. */
  async want(id: string): Promise<void> {
    this.chosen = true;
    this.wantedOpen = id;
    await this.open(id);
    const run = (this.detail as RunDetail | null)?.run;
    if (!run || this.runs.some((one) => one.id === run.id)) return void (run && (this.openId = run.id));
    this.openId = run.id;
    this.runs = [...this.runs, run].sort((a, b) => b.started.localeCompare(a.started));
  }
  /** The newest run that needs somebody is open by itself, once. */
  private openFirst(): void {
    const first = this.runs.slice(0, 12).find((run) => run.result === "partial" || run.result === "failed");
    if (this.chosen || this.wantedOpen || !first) return;
    this.chosen = true;
    void this.open(first.id);
  }
  toggle(id: string): void {
    this.chosen = true;
    if (this.openId === id) this.openId = null;
    else void this.open(id);
  }
  private async open(id: string): Promise<void> {
    this.openId = id;
    this.detail = null;
    this.detailError = null;
    try {
      const detail = await this.host.getRun(id);
      if (this.openId === id) this.detail = detail;
    } catch (reason) {
      if (this.openId === id) this.detailError = asAppError(reason);
    }
  }
  private filter(): RunFilter {
    return { set_id: this.setId, kind: null, result: this.result, before: null, limit: this.page };
  }
}
