/** Check the copies of one folder: how closely, then the run, then what it found. It reads only. */
import type { CheckDepth } from "../../bindings";
import type { Run, RunBook, Totals } from "$lib/runs/runs.svelte";
import { words } from "$lib/words";

export type Target = { path: string; prefix: string; name: string; kept: Totals; profile: string | null };

export class Check {
  depth = $state<CheckDepth>("quick");
  percent = $state("5");
  target = $state.raw<Target | null>(null);
  run = $state.raw<Run | null>(null);

  /** The share as a number; null when it is none. */
  share = $derived(shareOf(this.percent));
  wrongPercent = $derived(this.depth === "sample" && this.share === null ? words.check.percentBad : null);

  private readonly begun = new Map<Run, Target>();

  constructor(private readonly book: RunBook) {}

  open(target: Target): void {
    this.run = null;
    this.target = target;
  }

  /** This folder was opened: its check is shown where one still runs, else its plan. */
  show(path: string, prefix: string): void {
    const found = [...this.begun].find(([run, target]) => run.state === "running" && target.path === path && target.prefix === prefix);
    [this.run, this.target] = found ?? [null, null];
  }

  close(): void {
    this.target = null;
    this.run = null;
  }

  isOf = (path: string, prefix: string): boolean => this.target?.path === path && this.target.prefix === prefix;

  start(place: string): void {
    const target = this.target;
    if (!target || this.wrongPercent) return;
    const input = { local_folder: target.path, s3_prefix: target.prefix, options: { depth: this.depth, sample_percent: this.depth === "sample" ? this.share : null }, profile: target.profile };
    this.run = this.book.check(input, target.name, place, this.totals(target));
    this.begun.set(this.run, target);
  }

  again(): void {
    this.run = null;
  }

  /** What the plan knows of the copies: all are listed, a share of their bytes is read. */
  private totals({ kept }: Target): Totals {
    const share = this.depth === "quick" ? 0 : this.depth === "full" ? 1 : (this.share ?? 0) / 100;
    return { files: kept.files, bytes: Math.round(kept.bytes * share) };
  }
}

export function shareOf(typed: string): number | null {
  const share = Number(typed.trim().replace(/\s*%$/, "").replace(",", "."));
  return typed.trim() !== "" && share > 0 && share <= 100 ? share : null;
}
