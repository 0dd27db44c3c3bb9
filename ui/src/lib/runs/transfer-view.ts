/** A run in progress as figures and words. Pure. */
import type { ProgressEvent } from "../../bindings";
import { format, words } from "../words";
import type { Run, RunKind, Totals } from "./runs.svelte";
import { share } from "./runs.svelte";

type Figure = { before?: string; big: string; after?: string; label: string; testid?: string };
export type TransferView = {
  figures: Figure[]; speed: Figure | null; share: number | null; current: { path: string; share: number; size: string }[]; spoken: string;
};

const w = words.run;
const LABELS: Record<RunKind, [moved: string, done: string]> = {
  backup: [w.sent, w.confirmed], restore: [w.received, w.written], check: [words.check.read, words.check.compared],
};

export function transferView(p: ProgressEvent | null, kind: RunKind, name: string, totals: Totals, paused = false, limit: number | null = null, silent: number | null = null): TransferView {
  const bytesTotal = p?.bytes_total || totals.bytes;
  const filesTotal = p?.files_total || totals.files;
  const known = bytesTotal > 0 || filesTotal > 0;
  const sent = format.bytesOf(p?.bytes_done ?? 0, bytesTotal);
  const [moved, done] = LABELS[kind];
  const bytes = { label: moved, testid: "bytes-done", ...(bytesTotal > 0 ? { big: sent.done, after: sent.of } : { big: format.bytes(p?.bytes_done ?? 0) }) };
  const files = { big: format.count(p?.files_done ?? 0), after: filesTotal > 0 ? w.of(filesTotal) : undefined, label: done, testid: "files-done" };
  /** Of a run that is paused or does not move no time and no speed are true. */
  const first = paused ? { big: w.isPaused, label: w.untilResumed, testid: "time-left" } : silent !== null ? { big: format.duration(silent), label: w.still, testid: "time-left" } : leftFigure(p, kind);
  /** A check of the list moves no content. */
  const figures: Figure[] = kind === "check" && bytesTotal === 0 ? [first, files] : [first, bytes, files];
  const rate = p?.bytes_per_second && !paused && silent === null ? format.speed(p.bytes_per_second) : null;
  return {
    figures, speed: rate ? { big: rate.value, after: rate.unit, label: limit ? w.limited(limit) : w.speed, testid: "speed" } : null,
    share: known && p ? fraction(p) : known ? 0 : null,
    current: (p?.current ?? []).map((file) => ({ path: file.path, share: file.bytes_total > 0 ? file.bytes_done / file.bytes_total : 0, size: format.bytesOfLine(file.bytes_done, file.bytes_total) })),
    spoken: paused ? `${name} ${w.paused}` : spoken(p, name),
  };
}

function leftFigure(p: ProgressEvent | null, kind: RunKind): Figure {
  const testid = "time-left";
  if (!p || p.phase === "scanning" || p.phase === "planning") return { big: w.phase[p?.phase ?? "scanning"], label: p ? words.backup.seen(p.files_done) : w.counting, testid };
  if (p.phase === "finishing") return { big: w.phase.finishing, label: w.almost, testid };
  if (share(p) >= 100) return { big: w.phase.finishing, label: w.almost, testid };
  if (p.seconds_left === null) return { big: kind === "check" ? words.check.phase : w.phase.transferring, label: w.counting, testid };
  return { before: w.about, big: format.roughly(p.seconds_left), label: w.left, testid };
}

/** Bytes that may be under way before any of them counts: two parts of a large file. */
const UNDER_WAY = 16 * 2 ** 20;
const AT_REST = 5;
/** Seconds without progress that are nothing to speak of: a slow line moves in large steps. */
const patience = (bytesPerSecond: number): number => (bytesPerSecond > 0 ? Math.min(60, AT_REST + UNDER_WAY / bytesPerSecond) : AT_REST);

type Under = ProgressEvent["current"][number];
const isOnItsWay = (file: Under): boolean => !file.reading && file.bytes_done < file.bytes_total;

/** The file that a run reads while nothing is on its way: its own disk is what it waits for, and not the place. */
export const readHere = ({ progress }: Pick<Run, "progress">): string | null =>
  progress?.current.some(isOnItsWay) ? null : progress?.current.find((file) => file.reading)?.path ?? null;

/** For how many seconds a run that has files under way has not moved; null while it moves, and while it compares here. */
export function silentFor(run: Pick<Run, "state" | "paused" | "stopping" | "progress" | "moved">, now: number): number | null {
  const waits = run.progress?.phase === "transferring" && run.progress.current.some((file) => file.reading || isOnItsWay(file));
  if (run.state !== "running" || run.paused || run.stopping || !waits) return null;
  const seconds = Math.floor((now - run.moved.at) / 1000);
  return seconds >= (readHere(run) === null ? patience(run.moved.bytesPerSecond) : AT_REST) ? seconds : null;
}

function fraction(p: ProgressEvent): number {
  return p.bytes_total > 0 ? Math.min(1, p.bytes_done / p.bytes_total) : p.files_total > 0 ? Math.min(1, p.files_done / p.files_total) : 0;
}

/** A new text each ten percent, so that it is said ten times and not a thousand. */
function spoken(p: ProgressEvent | null, name: string): string {
  if (!p || p.phase !== "transferring") return p ? `${name}: ${w.phase[p.phase]}` : "";
  const step = Math.floor(share(p) / 10) * 10;
  return w.said(name, step, null);
}

export const viewOf = (run: Run, limit: number | null = null, silent: number | null = null): TransferView => transferView(run.progress, run.kind, run.name, run.totals, run.paused, limit, silent);
