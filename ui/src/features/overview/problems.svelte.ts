/** What needs somebody, worst first; one is open, the others are a line each. A line can wait until tomorrow. */
import type { DeviceView, HealthReason, RunDetail, SetView } from "../../bindings";
import type { Host } from "$lib/host";
import { healthState, needsSomebody, reasonHeading } from "$lib/sets/set-view";
import { format, words } from "$lib/words";

export type Problem = { id: string; tone: "red" | "amber"; heading: string; set: SetView | null; device: DeviceView | null; reason: HealthReason | null };
export type Deed = "later" | "leaveOut" | "show" | "run" | "drill" | "copyAgain" | "plan" | "place" | "set" | "resume";

export function problemsOf(sets: SetView[], devices: DeviceView[], now: Date): Problem[] {
  const ofSets = sets.filter(needsSomebody).flatMap((set): Problem[] => {
    const reason = set.health.reasons[0];
    return reason ? [{ id: `${set.id}:${reason.code}`, tone: healthState(set) === "bad" ? "red" : "amber", heading: reasonHeading(set, reason, now), set, device: null, reason }] : [];
  });
  const ofDevices = devices.filter((d) => d.quiet && !d.this_device).map((device): Problem => ({ id: `device:${device.id}`, tone: "amber", heading: words.overview.quietFor(device.name, Math.floor((now.getTime() - Date.parse(device.last_seen)) / 86_400_000)), set: null, device, reason: null }));
  return [...ofSets.filter((p) => p.tone === "red"), ...ofSets.filter((p) => p.tone === "amber"), ...ofDevices];
}

/** Which deeds help, the safest and likeliest last: it is the rightmost button. */
export function deedsFor(problem: Problem, leavable: number): Deed[] {
  const byCode: Partial<Record<HealthReason["code"], Deed[]>> = {
    brake: ["later", "plan"], drill_failed: ["show", "copyAgain"], folder_missing: ["later", "set"], place_unreachable: ["run", "place"],
    missed: ["later", "run"], never_proven: ["later", "drill"], paused: ["resume"], last_run_failed: ["show", "run", "place"], unstable_files: ["later", "set"], not_understood: ["set"], sent_anew: ["later", "show", "drill"],
  };
  if (problem.device) return ["later"];
  return (problem.reason && byCode[problem.reason.code]) ?? (leavable > 0 ? ["later", "leaveOut", "show"] : ["later", "show", "run"]);
}

function readLater(text: string | null): Record<string, number> {
  try {
    return JSON.parse(text ?? "{}") as Record<string, number>;
  } catch {
    return {};
  }
}

export class Problems {
  all = $state.raw<Problem[]>([]);
  private later = $state.raw<Record<string, number>>({});
  private chosen = $state<string | null>(null);
  detail = $state.raw<RunDetail | null>(null);
  shown = $derived(this.all.filter((problem) => (this.later[problem.id] ?? 0) <= this.now()));
  open = $derived(this.shown.find((problem) => problem.id === this.chosen) ?? this.shown[0] ?? null);
  others = $derived(this.shown.filter((problem) => problem !== this.open));
  private asked = "";

  constructor(private readonly host: Host, private readonly now: () => number = Date.now) {
    this.later = readLater(host.remembered("later"));
  }

  take(sets: SetView[], devices: DeviceView[]): void {
    this.all = problemsOf(sets, devices, new Date(this.now()));
    void this.explain();
  }
  choose(id: string): void {
    this.chosen = id;
    void this.explain();
  }
  /** Until the next morning at six. */
  remindLater(problem: Problem): void {
    const d = new Date(this.now());
    this.later = { ...this.later, [problem.id]: new Date(d.getFullYear(), d.getMonth(), d.getDate() + 1, 6).getTime() };
    void this.host.remember("later", JSON.stringify(this.later));
    void this.explain();
  }

  private async explain(): Promise<void> {
    const id = this.open?.reason?.run_id ?? "";
    if (id === this.asked) return;
    this.asked = id;
    this.detail = null;
    const detail = id ? await this.host.getRun(id).catch(() => null) : null;
    if (this.asked === id) this.detail = detail;
  }
}

/** What happened, from the run; without one the reason's own words do. */
export function happened(problem: Problem, detail: RunDetail | null): { happened: string; means: string; labels: [string, string] } {
  const c = words.common;
  const first = detail?.failures[0];
  const { reason } = problem;
  const after = [reason?.means, reason?.hint].map((text) => format.sentence(text ?? "")).filter(Boolean).join(" ");
  if (problem.device) return { happened: format.sentence(problem.device.words), means: "", labels: [c.happened, ""] };
  if (first && detail?.run.kind === "backup") return { happened: words.overview.couldNot(detail.failures.length, first.reason, first.path), means: format.sentence(reason?.means ?? ""), labels: [c.happened, c.means] };
  if (detail?.run.why && problem.reason) return { happened: format.sentence(detail.run.why), means: after, labels: [c.happened, c.means] };
  return { happened: format.sentence(reason?.words ?? ""), means: after, labels: [c.happened, c.means] };
}
