/** Looking after the vault: the drill with the recovery code, shares, the check of everything, taking out and bringing in. */
import type { AppError, RecordsExported, RecordsImported, RecordsVerified } from "../../bindings";
import { asAppError, type Host, withoutCommands } from "$lib/host";
import { codeOf } from "./begin.svelte";

export type Work = "drill" | "split" | "verify" | "export" | "import" | "new";
const SHARES = 3;
const NEEDED = 2;

export class Care {
  busy = $state<Work | null>(null);
  /** What the last deed of each kind was refused with. */
  errors = $state<{ [work in Work]?: AppError }>({});
  typed = $state("");
  drilled = $state(false);
  shares = $state.raw<string[]>([]);
  verified = $state.raw<RecordsVerified | null>(null);
  folder = $state<string | null>(null);
  exported = $state.raw<RecordsExported | null>(null);
  imported = $state.raw<RecordsImported | null>(null);

  constructor(private readonly host: Host) {}

  private async act<T>(work: Work, deed: () => Promise<T>): Promise<T | null> {
    this.busy = work;
    this.errors = { ...this.errors, [work]: undefined };
    try {
      return await deed();
    } catch (reason) {
      this.errors = { ...this.errors, [work]: withoutCommands(asAppError(reason)) };
      return null;
    } finally {
      this.busy = null;
    }
  }
  async drill(): Promise<void> {
    this.drilled = false;
    const done = await this.act("drill", async () => { await this.host.recordsCheckCode(codeOf(this.typed)); return true; });
    if (done) [this.drilled, this.typed] = [true, ""];
  }
  async split(): Promise<void> {
    const shares = await this.act("split", () => this.host.recordsSplitCode(codeOf(this.typed), NEEDED, SHARES));
    if (shares) [this.shares, this.typed, this.drilled] = [shares, "", true];
  }
  newCode = (): Promise<string | null> => this.act("new", () => this.host.recordsNewCode());
  async verify(): Promise<void> {
    this.verified = null;
    this.verified = await this.act("verify", () => this.host.recordsVerify());
  }
  async pickExport(): Promise<boolean> {
    this.folder = (await this.host.pickFolder(null)) ?? null;
    this.errors = { ...this.errors, export: undefined };
    return this.folder !== null;
  }
  async export(over: boolean): Promise<void> {
    const folder = this.folder;
    if (folder === null) return;
    this.exported = null;
    this.exported = await this.act("export", () => this.host.recordsExport(folder, over));
  }
  async import(member: string): Promise<void> {
    const folder = await this.host.pickFolder(null);
    if (folder === null) return;
    this.imported = null;
    this.imported = await this.act("import", () => this.host.recordsImport(member, folder));
  }
}
