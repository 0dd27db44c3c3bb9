/** The next run of one set: look, show the plan, run exactly that, follow it to its end. */
import type { AppError, PlanView, SetView } from "../../bindings";
import { asAppError, type Host } from "$lib/host";
import { newId } from "$lib/runs/id";
import type { Run, RunBook } from "$lib/runs/runs.svelte";
import type { SetBook } from "$lib/sets/sets.svelte";

export type Stage = "looking" | "plan" | "run" | "error";
const FRESH_MS = 5 * 60_000;
type Seen = { plan: PlanView; at: Date };
const sum = (plan: PlanView | null, kind: string, of: "count" | "bytes") => plan?.groups.filter((g) => g.kind === kind).reduce((n, g) => n + g[of], 0) ?? 0;

/** A run of the set ended after its folder was looked at: the plan may tell of files that are copied by now. */
const ranSince = (set: SetView, at: Date): boolean => set.last_run?.ended != null && Date.parse(set.last_run.ended) > at.getTime();

export class SetRun {
  stage = $state<Stage>("looking");
  set = $state.raw<SetView | null>(null);
  plan = $state.raw<PlanView | null>(null);
  plannedAt = $state.raw<Date | null>(null);
  seen = $state(0);
  error = $state.raw<AppError | null>(null);
  run = $state.raw<Run | null>(null);
  busy = $state(false);
  remove = $derived(this.set?.draft.delete_remote ?? false);
  toDo = $derived(sum(this.plan, "upload", "count") + sum(this.plan, "remove", "count"));
  private looking = "";
  private known = new Map<string, Seen>();

  constructor(private readonly host: Host, private readonly book: RunBook, private readonly sets: SetBook, private readonly now: () => Date = () => new Date()) {
    host.onUploadProgress((event) => {
      if (event.operation_id === this.looking) this.seen = Math.max(event.files_done, event.files_total);
    });
  }

  /** Another set, or the same one again: a run under way is followed, a fresh plan is shown, else it looks. */
  async open(set: SetView): Promise<void> {
    const same = this.set?.id === set.id;
    this.set = set;
    if (same && this.stage !== "error") {
      if (!this.follow(set) && this.stage === "plan" && this.plannedAt && ranSince(set, this.plannedAt)) await this.look(true);
      return;
    }
    this.stopLooking();
    this.error = null;
    this.run = null;
    if (this.follow(set)) return;
    const seen = this.known.get(set.id);
    if (seen && this.now().getTime() - seen.at.getTime() < FRESH_MS && !ranSince(set, seen.at)) this.show(seen);
    else await this.look();
  }

  /** True when a backup of this set is under way: then that is what the page shows. */
  private follow(set: SetView): boolean {
    const run = this.book.running.find((one) => one.kind === "backup" && one.operation?.set_id === set.id);
    if (!run) return false;
    this.run = run;
    this.stage = "run";
    this.known.delete(set.id);
    return true;
  }

  /** `quietly`: what is shown stays until the new plan is there. */
  async look(quietly = false): Promise<void> {
    const set = this.set;
    if (!set) return;
    this.stopLooking();
    this.seen = 0;
    if (!quietly) {
      this.run = null;
      this.plan = null;
      this.error = null;
      this.stage = "looking";
    }
    const id = (this.looking = newId());
    const at = this.now();
    try {
      const plan = await this.host.previewBackupSet(set.id, id);
      if (this.looking !== id || (quietly && this.stage !== "plan")) return;
      this.show({ plan, at });
      this.known.set(set.id, { plan, at });
    } catch (reason) {
      if (this.looking !== id) return;
      this.error = asAppError(reason);
      this.stage = "error";
    }
  }
  private show(seen: Seen): void {
    this.plan = seen.plan;
    this.plannedAt = seen.at;
    this.stage = "plan";
  }

  stopLooking(): void {
    if (this.looking && this.stage === "looking") void this.host.cancelOperation(this.looking).catch(() => {});
    this.looking = "";
  }
  /** What was known of the folder is out of date. */
  forget(id: string): void {
    this.known.delete(id);
  }

  async start(_place: string, confirmRemovalOf: number | null = null): Promise<void> {
    const { set, plan } = this;
    if (!set || !plan || this.busy || (plan.brake && confirmRemovalOf === null)) return;
    this.busy = true;
    try {
      const id = await this.host.runBackupSet(set.id, confirmRemovalOf);
      this.watch(set, id, { files: sum(plan, "upload", "count"), bytes: sum(plan, "upload", "bytes") }, sum(plan, "keep", "count"));
    } catch (reason) {
      this.error = asAppError(reason);
      this.stage = "error";
    } finally {
      this.busy = false;
    }
  }

  /** Only what failed before. */
  async retry(): Promise<void> {
    const { set, run } = this;
    const paths = run?.failures.map((failure) => failure.path) ?? [];
    if (!set || paths.length === 0) return this.look();
    this.watch(set, await this.host.setRetry(set.id, paths), { files: paths.length, bytes: 0 }, 0);
  }
  private watch(set: SetView, id: string, totals: { files: number; bytes: number }, kept: number): void {
    this.run = this.sets.begun(set, id, "backup", totals, kept);
    this.stage = "run";
    this.known.delete(set.id);
  }

  /** The brake's safe answer: removing is turned off for the set, and the plan is made again without removals. */
  async keepThem(): Promise<void> {
    const set = this.set;
    if (!set) return;
    this.set = await this.host.saveBackupSet(set.id, { ...set.draft, delete_remote: false }, null);
    this.forget(set.id);
    await this.look();
  }
}
