/** Beginning a vault, or opening one with its recovery code: where it lies, the 24 words, typing them back. */
import type { AppError, RecordsOrder } from "../../bindings";
import { asAppError, folderUrl, type Host, withoutCommands } from "$lib/host";

export const wordsIn = (typed: string): number => typed.trim().split(/\s+/).filter(Boolean).length;
export const tidyWords = (typed: string): string => typed.split("\n").map((line) => line.trim().toLowerCase().replace(/\s+/g, " ")).filter(Boolean).join("\n");
/** 24 words, or shares of it: lines of 33. */
export function isWhole(typed: string): boolean {
  const lines = tidyWords(typed).split("\n");
  return wordsIn(typed) === 24 || (lines.length > 1 && lines.every((line) => wordsIn(line) === 33));
}
/** Words of the code over several lines are one code; shares keep their lines. */
export const codeOf = (typed: string): string => (wordsIn(typed) === 24 ? tidyWords(typed).replaceAll("\n", " ") : tidyWords(typed));

export class Beginning {
  have = $state(false);
  where = $state<"profile" | "url" | "folder" | "set">("profile");
  profile = $state("");
  url = $state("");
  secret = $state("");
  folder = $state("");
  author = $state("");
  typed = $state("");
  busy = $state(false);
  error = $state.raw<AppError | null>(null);
  /** Somebody keeps records there already. */
  exist = $state(false);
  ready = $derived(!this.busy && (this.where === "set" || (this.where === "profile" ? this.profile : this.where === "url" ? this.url : this.folder).trim() !== "") && (!this.have || isWhole(this.typed)));

  constructor(private readonly host: Host) {}

  order(another = false): RecordsOrder {
    const secret = this.secret.trim() || null;
    const place = { set: {}, profile: { profile: this.profile }, url: { url: this.url.trim(), secret }, folder: { url: folderUrl(this.folder.trim()) } }[this.where];
    return { profile: null, url: null, secret: null, ...place, author: this.author.trim() || null, another };
  }
  async pickFolder(): Promise<void> {
    const picked = await this.host.pickFolder(this.folder || null);
    if (picked !== null) this.folder = picked;
  }

  /** The 24 words of a new vault, or null. */
  async begin(another = false): Promise<string | null> {
    return this.act(async () => (await this.host.recordsBegin(this.order(another))).code);
  }
  async unlock(): Promise<boolean> {
    const done = await this.act(async () => { await this.host.recordsUnlock(this.order(), codeOf(this.typed)); return true; });
    if (done) [this.typed, this.secret] = ["", ""];
    return done ?? false;
  }
  private async act<T>(deed: () => Promise<T>): Promise<T | null> {
    [this.busy, this.error, this.exist] = [true, null, false];
    try {
      return await deed();
    } catch (reason) {
      const error = asAppError(reason);
      this.exist = error.code === "records_exist" && !this.have;
      this.error = this.exist ? null : withoutCommands(error);
      return null;
    } finally {
      this.busy = false;
    }
  }
}

/** The words that were made: shown, then typed back. */
export class NewCode {
  words = $state.raw<string[]>([]);
  step = $state<"show" | "type">("show");
  typed = $state("");
  busy = $state(false);
  wrong = $state(false);
  error = $state.raw<AppError | null>(null);

  constructor(private readonly host: Host, code: string | null) {
    if (code === null) this.step = "type";
    else this.words = code.split(/\s+/);
  }
  /** Whether what was typed opens the vault. Afterwards the words are gone from the page. */
  async check(): Promise<boolean> {
    [this.busy, this.wrong, this.error] = [true, false, null];
    try {
      await this.host.recordsCheckCode(codeOf(this.typed));
      [this.words, this.typed] = [[], ""];
      return true;
    } catch (reason) {
      const error = asAppError(reason);
      this.wrong = error.code === "records_code";
      if (!this.wrong) this.error = withoutCommands(error);
      return false;
    } finally {
      this.busy = false;
    }
  }
  /** The words that were shown are void from now on. */
  async remake(): Promise<void> {
    [this.busy, this.wrong, this.error, this.typed] = [true, false, null, ""];
    try {
      this.words = (await this.host.recordsNewCode()).split(/\s+/);
      this.step = "show";
    } catch (reason) {
      this.error = withoutCommands(asAppError(reason));
    }
    this.busy = false;
  }
}
