/** The sets, the overview and what runs now, as the core tells them. It asks again when something changed, at most twice a second. */
import type { AppError, ChangedEvent, OperationView, Overview, SetView } from "../../bindings";
import { SvelteSet } from "svelte/reactivity";
import { asAppError, type Host } from "../host";
import type { Run, RunBook } from "../runs/runs.svelte";
import { shortPlace, worstFirst } from "./set-view";

const PAUSE_MS = 500;

export class SetBook {
  overview = $state.raw<Overview | null>(null);
  sets = $state.raw<SetView[]>([]);
  operations = $state.raw<OperationView[]>([]);
  error = $state.raw<AppError | null>(null);
  loaded = $state(false);
  /** Goes up each time the log of runs changed. */
  logVersion = $state(0);
  sorted = $derived(worstFirst(this.sets));
  private due = new Set<ChangedEvent["what"]>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private lastAsked = 0;
  private keptByPlan = new Map<string, number>();
  private held = new SvelteSet<string>();

  constructor(private readonly host: Host, private readonly book: RunBook, private readonly now: () => number = Date.now) {
    host.onChanged((event) => this.soon(event.what));
  }

  find = (id: string | null): SetView | undefined => (id === null ? undefined : this.sets.find((set) => set.id === id));

  async load(): Promise<void> {
    this.error = null;
    try {
      await Promise.all([this.askOverview(), this.askOperations()]);
    } catch (reason) {
      this.error = asAppError(reason);
    } finally {
      this.loaded = true;
    }
  }

  /** A new set waits until its plan was seen and a person began its first run. */
  hold = (id: string): void => void this.held.add(id);
  isHeld = (set: SetView): boolean => set.activity === "paused" && this.held.has(set.id);

  /** A run that was begun from here: it is watched at once, before the core tells of it. */
  begun(set: SetView, operationId: string, kind: OperationView["kind"], totals: { files: number; bytes: number }, kept = 0): Run {
    this.keptByPlan.set(operationId, kept);
    this.held.delete(set.id); // the core ends its pause
    return this.book.adopt({ operation_id: operationId, kind, title: set.draft.name, set_id: set.id, paused: false }, shortPlace(set.place), set.draft.folder, totals);
  }

  /** A run of this window began or ended: the core tells only of those it began itself. */
  logChanged = (): void => this.soon("runs");

  private soon(what: ChangedEvent["what"]): void {
    this.due.add(what);
    this.timer ??= setTimeout(() => void this.refresh(), Math.max(0, this.lastAsked + PAUSE_MS - this.now()));
  }

  private async refresh(): Promise<void> {
    this.timer = undefined;
    this.lastAsked = this.now();
    const due = [...this.due];
    this.due.clear();
    const sets = due.some((what) => what === "sets" || what === "overview");
    if (due.includes("runs")) this.logVersion++;
    await Promise.allSettled([sets ? this.askOverview() : null, due.includes("operations") || (due.includes("runs") && this.book.running.some((run) => run.operation)) ? this.askOperations() : null]);
  }

  private async askOverview(): Promise<void> {
    const overview = await this.host.getOverview();
    this.overview = overview;
    this.sets = overview.sets;
  }

  private async askOperations(): Promise<void> {
    this.operations = await this.host.listOperations();
    for (const operation of this.operations) {
      const set = this.find(operation.set_id);
      this.book.adopt(operation, set ? shortPlace(set.place) : "", set?.draft.folder ?? "");
    }
    await this.settleEnded();
  }

  /** Runs of the core that are no longer under way have their end in the log. */
  private async settleEnded(): Promise<void> {
    const ended = this.book.running.filter((run) => run.operation && !this.operations.some((one) => one.operation_id === run.id));
    for (const run of ended) {
      const [newest] = (await this.host.listRuns({ set_id: run.operation?.set_id ?? null, kind: run.operation?.kind ?? null, result: "all", before: null, limit: 1 }).catch(() => null))?.runs ?? [];
      if (newest?.result === "running" || (this.keptByPlan.has(run.id) && !isOf(run, newest?.started))) continue;
      const detail = newest ? await this.host.getRun(newest.id).catch(() => null) : null;
      this.book.finish(run, detail, this.keptByPlan.get(run.id) ?? 0);
    }
  }
}

/** The log's newest run is the one that was begun here, and not the one before it: both clocks are this computer's. */
const SLACK_MS = 5000;
const isOf = (run: Run, started: string | undefined): boolean => started !== undefined && Date.parse(started) >= run.startedAt.getTime() - SLACK_MS;
