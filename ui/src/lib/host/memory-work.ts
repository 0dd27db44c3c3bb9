/** What moves in memory: progress that is told, paused and cancelled. No byte goes anywhere. */
import type { ProgressEvent } from "../../bindings";
import type { Unlisten } from "./host";

export type Listener = (event: ProgressEvent) => void;
let pace = 1;
export const wait = (ms: number) => new Promise<void>((done) => setTimeout(done, ms * pace));
/** From now on work takes no time: for tests, in which only what happens counts and not when. */
export const hurry = () => void (pace = 0);

export class MemoryWork {
  protected up = new Set<Listener>();
  protected down = new Set<Listener>();
  protected cancelled = new Set<string>();
  protected held = new Set<string>();

  constructor(readonly scenario: string) {}

  onUploadProgress = (listener: Listener) => subscribe(this.up, listener);
  onDownloadProgress = (listener: Listener) => subscribe(this.down, listener);

  protected async scan(id: string, listeners: Set<Listener>) {
    for (let n = 1; n <= 4; n++) {
      listeners.forEach((l) => l({ ...idle(id), phase: "scanning", file_name: "House/2026", files_done: n * 4740 }));
      await wait(60);
    }
  }

  /** "steady" stops the clock at 63 %, so that a picture of a run is always the same picture. */
  protected async transfer(id: string, listeners: Set<Listener>, total: { files: number; bytes: number }): Promise<"done" | "cancelled"> {
    const steady = this.scenario === "steady" || this.scenario === "working";
    const steps = this.scenario === "slow" ? 600 : 24;
    for (let step = 0; step <= steps; step++) {
      if (this.cancelled.has(id)) return "cancelled";
      if (this.held.has(id) || (this.scenario === "stalled" && step === 10)) { step--; await wait(60); continue; }
      const share = steady ? (0.63 * Math.min(step, 18)) / 18 : step / steps;
      listeners.forEach((l) => l(moment(id, total, share)));
      if (steady && step === 20) step = 19;
      await wait(60);
    }
    return "done";
  }
}

export function subscribe<T>(set: Set<T>, listener: T): Unlisten {
  set.add(listener);
  return () => void set.delete(listener);
}

function idle(id: string): ProgressEvent {
  return { operation_id: id, phase: "transferring", file_name: "", bytes_transferred: 0, total_bytes: 0, percentage: 0, files_done: 0,
    files_total: 0, bytes_done: 0, bytes_total: 0, bytes_per_second: 0, seconds_left: null, current: [] };
}

function moment(id: string, total: { files: number; bytes: number }, share: number): ProgressEvent {
  const speed = 18_400_000 + Math.sin(share * 60) * 1_900_000;
  const counts = { files_done: Math.floor(total.files * share), files_total: total.files };
  if (total.bytes === 0) return { ...idle(id), ...counts };
  return {
    ...idle(id), file_name: "2026/Iceland/DSC_4471.NEF", percentage: 88, ...counts,
    bytes_done: Math.floor(total.bytes * share), bytes_total: total.bytes, bytes_per_second: speed, seconds_left: (total.bytes * (1 - share)) / speed,
    current: [
      { path: "2026/Iceland/DSC_4471.NEF", bytes_done: 45_200_000, bytes_total: 51_400_000, reading: false },
      { path: "2026/Iceland/DSC_4472.NEF", bytes_done: 21_300_000, bytes_total: 51_900_000, reading: false },
      { path: "2026/Iceland/Drone/DJI_0031.MP4", bytes_done: 372_000_000, bytes_total: 1_090_000_000, reading: false },
    ],
  };
}
