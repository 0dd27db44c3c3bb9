/** Sharing a history: where, with which words. What was typed is forgotten as soon as the core has it. */
import type { AppError, HistoryJoined } from "../../bindings";
import { asAppError, folderUrl, type Host, withoutCommands } from "$lib/host";
import { words } from "$lib/words";

export type Where = "profile" | "url" | "folder";

export class Setup {
  where = $state<Where>("profile");
  profile = $state<string | null>(null);
  url = $state("");
  secret = $state("");
  folder = $state("");
  first = $state<"yes" | "no">("yes");
  typed = $state("");
  busy = $state(false);
  /** Somebody keeps a history there: the words are asked for. */
  others = $state(false);
  error = $state.raw<AppError | null>(null);
  joined = $state.raw<HistoryJoined | null>(null);
  wordCount = $derived(this.typed.trim() === "" ? 0 : this.typed.trim().split(/\s+/).length);
  ready = $derived(
    (this.where === "profile" ? this.profile !== null : this.where === "url" ? this.url.trim() !== "" : this.folder.trim() !== "") && (this.first === "yes" || this.wordCount === 24),
  );

  constructor(private readonly host: Host) {}

  async pick(): Promise<void> {
    this.folder = (await this.host.pickFolder(this.folder || null)) ?? this.folder;
  }

  async join(beside = false): Promise<boolean> {
    [this.busy, this.error] = [true, null];
    const url = this.where === "url" ? this.url.trim() : this.where === "folder" ? folderUrl(this.folder.trim()) : null;
    try {
      this.joined = await this.host.historyJoin({
        profile: this.where === "profile" ? this.profile : null, url, secret: this.where === "url" && this.secret ? this.secret : null,
        words: this.first === "no" ? this.typed : null, first_device: beside,
      });
      [this.typed, this.secret, this.others] = ["", "", false];
      return true;
    } catch (reason) {
      const error = asAppError(reason);
      this.others = error.code === "history_others";
      this.error = this.others ? null : withoutCommands(error);
      return false;
    } finally {
      this.busy = false;
    }
  }
}

export const wordsHint = (n: number): string => (n === 0 ? words.history.setup.wordsHint : words.history.setup.wordsCount(n));
