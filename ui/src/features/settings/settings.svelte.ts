/** What holds for the whole app. Each change is saved at once; what could not be saved is taken back and said. */
import type { AppError, PriceRow, Settings } from "../../bindings";
import { asAppError, type Host } from "$lib/host";

export class SettingsBook {
  value = $state.raw<Settings | null>(null);
  prices = $state.raw<PriceRow[]>([]);
  error = $state.raw<AppError | null>(null);

  constructor(private readonly host: Host) {}

  async load(): Promise<void> {
    this.error = null;
    try {
      [this.value, this.prices] = await Promise.all([this.host.getSettings(), this.host.listPrices()]);
    } catch (reason) {
      this.error = asAppError(reason);
    }
  }
  async change(over: Partial<Settings>): Promise<boolean> {
    if (!this.value) await this.load();
    const before = this.value;
    if (!before) return false;
    this.value = { ...before, ...over };
    this.error = null;
    try {
      await this.host.saveSettings(this.value);
      return true;
    } catch (reason) {
      [this.value, this.error] = [before, asAppError(reason)];
      return false;
    }
  }
  async setPrice(row: PriceRow): Promise<void> {
    await this.priced(() => this.host.savePrice(row));
  }
  async resetPrice(id: string): Promise<void> {
    await this.priced(() => this.host.resetPrice(id));
  }
  private async priced(act: () => Promise<null>): Promise<void> {
    this.error = null;
    try {
      await act();
      this.prices = await this.host.listPrices();
    } catch (reason) {
      this.error = asAppError(reason);
    }
  }
}
