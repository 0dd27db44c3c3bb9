/** The runs of this window, from start to result. It starts and watches; it draws nothing and decides nothing about plans. */
import type { AppError, Failure, OperationView, ProgressEvent, RestoreResult, RunDetail, SyncResult, VerifyResult } from "../../bindings";
import { newId } from "./id";
import { asAppError, type BackupInput, type Host, type RestoreInput, type VerifyInput } from "../host";

export type RunKind = "backup" | "restore" | "check";
export type RunState = "running" | "complete" | "partial" | "cancelled" | "failed";
export type Totals = { files: number; bytes: number };

export class Run {
  progress = $state.raw<ProgressEvent | null>(null);
  state = $state<RunState>("running");
  stopping = $state(false);
  error = $state.raw<AppError | null>(null);
  backup = $state.raw<SyncResult | null>(null);
  restore = $state.raw<RestoreResult | null>(null);
  check = $state.raw<VerifyResult | null>(null);
  /** Bytes a second, about one reading each second, the last minute. */
  speeds = $state.raw<number[]>([]);
  finishedAt = $state.raw<Date | null>(null);
  paused = $state(false);
  /** Set for a run that the core began or keeps in its log: a run of a set, a drill. */
  operation = $state.raw<OperationView | null>(null);
  private lastReading = 0;
  /** When anything last moved, or the run last went on, and how fast it was. */
  moved = { at: 0, bytesPerSecond: 0 };

  constructor(
    readonly id: string, readonly kind: RunKind, readonly name: string, readonly place: string, readonly local: string,
    readonly totals: Totals, readonly startedAt: Date,
  ) {
    this.moved.at = startedAt.getTime();
  }

  result = $derived(this.backup ?? this.restore ?? this.check);
  errors = $derived<string[]>(this.backup?.errors ?? this.restore?.errors ?? []);
  failures = $derived<Failure[]>(this.result?.failures ?? []);
  percent = $derived(share(this.progress));

  observe(event: ProgressEvent, now: number): void {
    if (!this.progress || hasMoved(this.progress, event)) this.moved = { at: now, bytesPerSecond: event.bytes_per_second ?? 0 };
    this.progress = this.kind === "check" ? knownWhole(event, this.totals) : event;
    if (now - this.lastReading < 900) return;
    this.lastReading = now;
    this.speeds = [...this.speeds.slice(-59), event.bytes_per_second ?? 0];
  }
}

const hasMoved = (before: ProgressEvent, after: ProgressEvent): boolean =>
  before.phase !== after.phase || before.bytes_done !== after.bytes_done || before.files_done !== after.files_done || before.bytes_transferred !== after.bytes_transferred;

/** A check learns its whole page by page; what the plan knew of it makes the bar and the time left true. */
export function knownWhole(p: ProgressEvent, totals: Totals): ProgressEvent {
  const [files_total, bytes_total] = [Math.max(p.files_total, totals.files), Math.max(p.bytes_total, totals.bytes)];
  const left = p.bytes_per_second ? (bytes_total - p.bytes_done) / p.bytes_per_second : null;
  return { ...p, files_total, bytes_total, seconds_left: bytes_total > 0 ? left : null };
}

/** Whole percent of the bytes, or of the files when there are no bytes. */
export function share(p: ProgressEvent | null): number {
  if (!p) return 0;
  const [done, total] = p.bytes_total > 0 ? [p.bytes_done, p.bytes_total] : [p.files_done, p.files_total];
  return total > 0 ? Math.min(100, Math.floor((done / total) * 100)) : 0;
}

/** "complete" only when nothing failed, whatever the core called it. */
export function outcome(result: { state: RunState; failures: Failure[]; errors?: string[] }): RunState {
  if (result.state !== "complete") return result.state;
  return result.failures.length > 0 || (result.errors?.length ?? 0) > 0 ? "partial" : "complete";
}

export class RunBook {
  runs = $state.raw<Run[]>([]);
  running = $derived(this.runs.filter((run) => run.state === "running"));
  onStarted: (run: Run, prefix: string) => void = () => {};
  onFinished: (run: Run) => void = () => {};
  /** Bytes a second that the run may move at most, where something limits it. */
  limitOf: (run: Run) => number | null = () => null;

  constructor(private readonly host: Host, private readonly now: () => Date = () => new Date()) {
    host.onUploadProgress((event) => this.observe(event));
    host.onDownloadProgress((event) => this.observe(event));
  }

  backUp(input: Omit<BackupInput, "operation_id">, name: string, place: string, totals: Totals): Run {
    const run = this.open("backup", name, place, input.local_folder, totals);
    this.onStarted(run, input.s3_prefix);
    void this.settle(run, async () => {
      const result = await this.host.syncFolder({ ...input, operation_id: run.id });
      run.backup = result;
      return outcome(result);
    });
    return run;
  }

  restore(input: Omit<RestoreInput, "operation_id">, name: string, place: string, totals: Totals): Run {
    const run = this.open("restore", name, place, input.local_folder, totals);
    this.onStarted(run, input.s3_prefix);
    void this.settle(run, async () => {
      const result = await this.host.restoreFolder({ ...input, operation_id: run.id });
      run.restore = result;
      return outcome(result);
    });
    return run;
  }

  check(input: Omit<VerifyInput, "operation_id">, name: string, place: string, totals: Totals): Run {
    const run = this.open("check", name, place, input.local_folder, totals);
    this.onStarted(run, input.s3_prefix);
    void this.settle(run, async () => {
      const result = await this.host.verifyFolder({ ...input, operation_id: run.id });
      run.check = result;
      return outcome(result);
    });
    return run;
  }

  async cancel(run: Run): Promise<void> {
    run.stopping = true;
    await this.host.cancelOperation(run.id).catch(() => (run.stopping = false));
  }

  /** A run that goes on in the core, whoever began it. It is watched here like any other. */
  adopt(operation: OperationView, place: string, local: string, totals: Totals = { files: 0, bytes: 0 }): Run {
    const known = this.runs.find((run) => run.id === operation.operation_id);
    const run = known ?? new Run(operation.operation_id, operation.kind === "backup" ? "backup" : "restore", operation.title, place, local, totals, this.now());
    run.operation = operation;
    run.paused = operation.paused;
    if (!known) this.runs = [run, ...this.runs].slice(0, 500);
    return run;
  }

  /** What the log says of it; `kept` files were left alone by the plan. */
  finish(run: Run, detail: RunDetail | null, kept = 0): void {
    if (run.state !== "running") return;
    if (detail) takeDetail(run, detail, kept);
    else run.state = run.stopping ? "cancelled" : "complete";
    run.finishedAt = this.now();
    this.runs = [...this.runs];
  }

  async pause(run: Run, paused: boolean): Promise<void> {
    run.paused = paused;
    run.moved = { ...run.moved, at: this.now().getTime() };
    await (paused ? this.host.pauseOperation(run.id) : this.host.resumeOperation(run.id)).catch(() => (run.paused = !paused));
  }

  private open(kind: RunKind, name: string, place: string, local: string, totals: Totals): Run {
    const run = new Run(newId(), kind, name, place, local, totals, this.now());
    this.runs = [run, ...this.runs].slice(0, 500);
    return run;
  }

  private async settle(run: Run, work: () => Promise<RunState>): Promise<void> {
    try {
      run.state = await work();
    } catch (reason) {
      run.error = asAppError(reason);
      run.state = run.stopping ? "cancelled" : "failed";
    }
    run.finishedAt = this.now();
    this.runs = [...this.runs];
    this.onFinished(run);
  }

  private observe(event: ProgressEvent): void {
    this.runs.find((run) => run.id === event.operation_id && run.state === "running")?.observe(event, this.now().getTime());
  }
}

const FAILED: Pick<AppError, "kind" | "code" | "retryable"> = { kind: "UploadFailed", code: "internal", retryable: true };
function takeDetail(run: Run, detail: RunDetail, kept: number): void {
  const { run: log, failures, requests, notices } = detail;
  const states = { complete: "complete", partial: "partial", cancelled: "cancelled", failed: "failed", cut_off: "failed", skipped: "cancelled", running: "running" } as const;
  const took = log.ended ? Date.parse(log.ended) - Date.parse(log.started) : 0;
  const both = { operation_id: run.id, bytes_transferred: log.bytes, duration_ms: took, errors: [], failures, requests, cost_usd: log.cost_usd };
  const state = states[log.result];
  if (state === "failed") run.error = { ...FAILED, message: log.why ?? "", hint: detail.hint };
  else if (run.kind === "backup") run.backup = { ...both, files_uploaded: Math.max(0, log.files - log.copied), files_copied: log.copied, files_deleted: log.removed, files_skipped: kept, notices, state: state === "running" ? "cancelled" : state };
  else run.restore = { ...both, files_downloaded: log.files, files_skipped: 0, files_unproven: 0, state: state === "running" ? "cancelled" : state };
  run.state = state;
}
