/** Unfinished uploads and which runs the log shows. */
import type { AppError, UnfinishedUploads } from "../../bindings";
import { asAppError, type Host } from "$lib/host";
import type { Run } from "$lib/runs/runs.svelte";

export type Filter = "all" | "needs" | "part" | "failed" | "stopped";
const wanted: Record<Filter, (run: Run) => boolean> = {
  all: () => true,
  needs: (run) => run.state === "partial" || run.state === "failed",
  part: (run) => run.state === "partial",
  failed: (run) => run.state === "failed",
  stopped: (run) => run.state === "cancelled",
};
export const passes = (run: Run, filter: Filter): boolean => run.state !== "running" && wanted[filter](run);

/** What cut off runs have left in one place, or why it could not be asked. */
export type Leftover = { profile: string; title: string; found: UnfinishedUploads | null; error: AppError | null };
export const bytesOf = (found: UnfinishedUploads): number => found.uploads.reduce((n, upload) => n + upload.bytes, 0);
export const sinceOf = (found: UnfinishedUploads): string | null => found.uploads.map((u) => u.started).filter((s): s is string => s !== null).sort()[0] ?? null;

export class Activity {
  /** Places that keep unfinished uploads or did not answer. */
  leftovers = $state.raw<Leftover[]>([]);
  busy = $state<string | null>(null);
  private asked = 0;

  constructor(private readonly host: Host) {}

  async load(places: { profile: string; title: string }[]): Promise<void> {
    const ask = ++this.asked;
    const all = await Promise.all(places.map((place) => this.ask(place)));
    if (ask === this.asked) this.leftovers = all.filter((one) => one.error !== null || (one.found?.uploads.length ?? 0) > 0);
  }
  private async ask(place: { profile: string; title: string }): Promise<Leftover> {
    try {
      return { ...place, found: await this.host.listUnfinishedUploads(place.profile), error: null };
    } catch (reason) {
      return { ...place, found: null, error: asAppError(reason) };
    }
  }

  /** How many were removed; null when it could not be done, which the place's line then says. */
  async remove(left: Leftover): Promise<number | null> {
    this.busy = left.profile;
    let removed: number | null = null;
    let error: AppError | null = null;
    try {
      removed = await this.host.abortUnfinishedUploads(left.profile);
    } catch (reason) {
      error = asAppError(reason);
    }
    const now = error ? { ...left, error } : await this.ask(left);
    this.busy = null;
    this.leftovers = this.leftovers.map((one) => (one.profile === left.profile ? now : one)).filter((one) => one.error !== null || (one.found?.uploads.length ?? 0) > 0);
    return removed;
  }
}
