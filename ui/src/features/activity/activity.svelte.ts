/** Unfinished uploads and which runs the log shows. */
import type { UnfinishedUpload } from "../../bindings";
import type { Host } from "$lib/host";
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

export class Activity {
  unfinished = $state.raw<UnfinishedUpload[]>([]);
  busy = $state(false);
  bytes = $derived(this.unfinished.reduce((n, upload) => n + upload.bytes, 0));
  since = $derived(this.unfinished.map((u) => u.started).filter((s): s is string => s !== null).sort()[0] ?? null);

  constructor(private readonly host: Host) {}

  async load(): Promise<void> {
    this.unfinished = await this.host.listUnfinishedUploads().catch(() => []);
  }

  /** How many were removed; null when it could not be done. */
  async remove(): Promise<number | null> {
    this.busy = true;
    const removed = await this.host.abortUnfinishedUploads().catch(() => null);
    this.busy = false;
    await this.load();
    return removed;
  }
}
