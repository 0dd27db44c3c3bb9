/** The rules and the schedule of a set while they are edited. Nothing counts before it is saved. */
import type { AppError, BackupSetDraft, Schedule, ScheduleWords, SetView } from "../../bindings";
import { asAppError, type Host } from "$lib/host";

export const DRAFT: BackupSetDraft = {
  name: "", folder: "", profile: "default", prefix: "", exclude_patterns: [], include_hidden: false, delete_remote: false, watch: true,
  schedule: { kind: "daily", at: "18:00" }, quiet_hours: null, conditions: { not_on_battery: false, not_on_metered: false, not_on_wifi: [] },
  bytes_per_second: null, storage_class: null, drill: { kind: "weekly", days: ["sunday"], at: "03:00" }, quiet_after_days: 3,
};
export const lines = (text: string): string[] => text.split("\n").map((line) => line.trim()).filter(Boolean);

export class SetForm {
  draft = $state<BackupSetDraft>(structuredClone(DRAFT));
  excludes = $state("");
  wifi = $state("");
  busy = $state(false);
  error = $state.raw<AppError | null>(null);
  private saved = $state("");
  whole = $derived<BackupSetDraft>({ ...$state.snapshot(this.draft), exclude_patterns: lines(this.excludes), conditions: { ...$state.snapshot(this.draft.conditions), not_on_wifi: lines(this.wifi) } });
  changed = $derived(JSON.stringify(this.whole) !== this.saved);

  constructor(private readonly host: Host, readonly set: SetView) {
    this.take(set.draft);
  }
  take(draft: BackupSetDraft): void {
    this.draft = structuredClone(draft);
    this.excludes = draft.exclude_patterns.join("\n");
    this.wifi = draft.conditions.not_on_wifi.join("\n");
    this.saved = JSON.stringify(this.whole);
    this.error = null;
  }
  /** The set was changed elsewhere; what is being edited here stays. */
  follow(draft: BackupSetDraft): void {
    if (!this.changed && JSON.stringify(draft) !== this.saved) this.take(draft);
  }
  discard(): void {
    this.take(JSON.parse(this.saved) as BackupSetDraft);
  }
  async save(): Promise<SetView | null> {
    this.busy = true;
    this.error = null;
    try {
      const set = await this.host.saveBackupSet(this.set.id, this.whole, null);
      this.saved = JSON.stringify(this.whole);
      return set;
    } catch (reason) {
      this.error = asAppError(reason);
      return null;
    } finally {
      this.busy = false;
    }
  }
}

/** What a schedule means and when it runs next, asked of the core each time it changes. */
export class ScheduleSays {
  words = $state.raw<ScheduleWords | null>(null);
  error = $state.raw<AppError | null>(null);
  private asked = 0;
  constructor(private readonly host: Host) {}
  async ask(schedule: Schedule): Promise<void> {
    const ask = ++this.asked;
    try {
      const found = await this.host.scheduleWords(schedule);
      if (ask === this.asked) [this.words, this.error] = [found, null];
    } catch (reason) {
      if (ask === this.asked) [this.words, this.error] = [null, asAppError(reason)];
    }
  }
}

export type When = "change" | "daily" | "weekly" | "hand";
/** The answers to "when" as watch and schedule. */
export function scheduleOf(when: When, at: string): Pick<BackupSetDraft, "watch" | "schedule"> {
  if (when === "hand") return { watch: false, schedule: { kind: "manual" } };
  if (when === "weekly") return { watch: false, schedule: { kind: "weekly", days: ["sunday"], at } };
  return { watch: when === "change", schedule: { kind: "daily", at } };
}

/** The schedule of another kind that keeps what both have. */
export function ofKind(kind: Schedule["kind"], before: Schedule): Schedule {
  const at = "at" in before ? before.at : "18:00";
  if (kind === "every") return { kind, minutes: 60 };
  if (kind === "daily") return { kind, at };
  if (kind === "weekly") return { kind, days: ["sunday"], at };
  if (kind === "cron") return { kind, expression: "0 18 * * 1-5" };
  return { kind: "manual" };
}
