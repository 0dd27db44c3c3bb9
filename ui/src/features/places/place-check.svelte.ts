/** The last test of the configured place in this window. */
import type { AppError, ConnectionTest, ProbeReport } from "../../bindings";
import { asAppError, type Host } from "$lib/host";
import { words } from "$lib/words";

export class PlaceCheck {
  busy = $state(false);
  report = $state.raw<ProbeReport | null>(null);
  error = $state.raw<AppError | null>(null);
  at = $state.raw<Date | null>(null);

  async run(host: Host, profile: string | null = null): Promise<void> {
    this.busy = true;
    try {
      this.take(await host.testS3Connection(profile));
    } catch (reason) {
      this.error = asAppError(reason);
    } finally {
      this.busy = false;
    }
  }

  /** From an earlier day. */
  remember(report: ProbeReport, at: Date): void {
    [this.report, this.at] = [report, at];
  }

  take(test: ConnectionTest | null): void {
    if (!test) return;
    const ok = test.connected && test.bucket_accessible;
    this.report = ok ? test.report : null;
    this.error = ok ? null : (test.error ?? asAppError(new Error(test.error_message ?? words.place.failed)));
    this.at = new Date();
  }
}
