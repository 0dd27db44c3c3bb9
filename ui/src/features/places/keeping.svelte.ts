/** What the bucket itself does with files: versions, rules, lock. Nothing is written before its rule was shown. */
import type { AppError, Finding, LifecycleForm, LifecyclePreview, ObjectLockMode, ObjectLockView, PolicyView, StorageClassView, VersioningView } from "../../bindings";
import { asAppError, type Host } from "$lib/host";

export const CUT_OFF_DAYS = 7;
/** What was asked of the bucket when it answered with an error. */
export type About = "rules" | "versions" | "lock";
const NOTHING: LifecycleForm = { abort_uploads_after_days: null, transition: null, expire_old_versions_after_days: null };

/** What a test found stays true until somebody switches versions on or off after it. */
export function stillTrue(findings: Finding[], versioning: VersioningView): Finding[] {
  const holds = (finding: Finding) => finding.id !== "versioning" || versioning === "unknown" || (finding.state === "good") === (versioning === "on");
  return findings.filter(holds);
}

export class Keeping {
  loading = $state(true);
  versioning = $state<VersioningView>("unknown");
  classes = $state.raw<StorageClassView[]>([]);
  lock = $state.raw<ObjectLockView | null>(null);
  policy = $state.raw<PolicyView | null>(null);
  /** What holds in the bucket, and what a person would like instead. `null`: the place has no rules. */
  rules = $state.raw<LifecycleForm | null>(null);
  wanted = $state.raw<LifecycleForm>(NOTHING);
  preview = $state.raw<LifecyclePreview | null>(null);
  busy = $state(false);
  error = $state.raw<AppError | null>(null);
  about = $state<About>("rules");
  changed = $derived(this.rules !== null && JSON.stringify(this.rules) !== JSON.stringify(this.wanted));
  private asked = 0;

  constructor(private readonly host: Host, readonly profile: string) {}

  /** Asks again what holds. What a person was about to change stays, with its preview made anew. */
  async load(): Promise<void> {
    this.error = null;
    const of = <T>(answer: Promise<T>, other: T) => answer.catch(() => other);
    const [versioning, classes, lock, policy, found] = await Promise.all([
      of<VersioningView>(this.host.getVersioning(this.profile), "unknown"), of(this.host.storageClasses(this.profile), []), of<ObjectLockView | null>(this.host.getObjectLock(this.profile), null),
      of<PolicyView | null>(this.host.leastPrivilegePolicy(this.profile), null), of<LifecycleForm | null>(this.host.getLifecycle(this.profile), null),
    ]);
    const draft = this.changed ? this.wanted : null;
    const rules = found ?? (draft && this.rules);
    Object.assign(this, { versioning, classes, lock, policy, rules, wanted: draft ?? rules ?? NOTHING, loading: false });
    if (draft) await this.want({});
  }

  /** Shows what would be written; writes nothing. */
  async want(over: Partial<LifecycleForm>): Promise<void> {
    this.wanted = { ...this.wanted, ...over };
    this.error = null;
    const ask = ++this.asked;
    if (!this.changed) { this.preview = null; return; }
    try {
      const preview = await this.host.previewLifecycle(this.profile, this.wanted);
      if (ask === this.asked) this.preview = preview;
    } catch (reason) {
      if (ask === this.asked) [this.error, this.about] = [asAppError(reason), "rules"];
    }
  }
  discard(): void {
    this.asked++;
    [this.wanted, this.preview, this.error] = [this.rules ?? NOTHING, null, null];
  }
  write = (): Promise<boolean> => this.work("rules", async () => {
    await this.host.setLifecycle(this.profile, this.wanted);
    [this.rules, this.preview] = [this.wanted, null];
  });
  keepVersions = (on: boolean): Promise<boolean> => this.work("versions", async () => {
    await this.host.setVersioning(this.profile, on);
    this.versioning = await this.host.getVersioning(this.profile);
  });
  lockFor = (mode: ObjectLockMode, days: number): Promise<boolean> => this.work("lock", async () => {
    await this.host.setObjectLock(this.profile, mode, days);
    this.lock = await this.host.getObjectLock(this.profile);
  });

  private async work(about: About, act: () => Promise<void>): Promise<boolean> {
    this.busy = true;
    this.error = null;
    this.about = about;
    try {
      await act();
      return true;
    } catch (reason) {
      this.error = asAppError(reason);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
