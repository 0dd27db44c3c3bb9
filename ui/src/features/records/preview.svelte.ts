/** A file of a record, decrypted into memory and shown from there. It goes when it is closed. */
import type { AppError, RecordsAttachment } from "../../bindings";
import { asAppError, type Host, withoutCommands } from "$lib/host";
import { words } from "$lib/words";
import { type FileSign, signOf } from "./view";

/** The content policy shows images of the page itself and those that are data. */
export function dataUrl(content: ArrayBuffer, contentType: string): Promise<string> {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result));
    reader.onerror = () => failed(reader.error ?? new Error(words.records.preview.unreadable));
    reader.readAsDataURL(new Blob([content], { type: contentType }));
  });
}

export class Preview {
  url = $state.raw<string | null>(null);
  text = $state.raw<string | null>(null);
  content = $state.raw<ArrayBuffer | null>(null);
  /** This window has no decoder for the image, or it is damaged. */
  undrawn = $state(false);
  error = $state.raw<AppError | null>(null);
  copied = $state(false);
  readonly sign: FileSign;
  private closed = false;

  constructor(private readonly host: Host, private readonly record: string, readonly file: RecordsAttachment) {
    this.sign = signOf(file.content_type);
  }

  async load(): Promise<void> {
    if (this.sign === "other") return;
    try {
      const content = await this.host.recordsBytes(this.record, this.file.id);
      const url = this.sign === "image" ? await dataUrl(content, this.file.content_type) : null;
      if (this.closed) return;
      this.url = url;
      if (this.sign === "text") this.text = new TextDecoder().decode(content);
      if (this.sign === "pdf") this.content = content;
    } catch (reason) {
      if (!this.closed) this.error = withoutCommands(asAppError(reason));
    }
  }
  close(): void {
    this.closed = true;
    [this.url, this.text, this.content] = [null, null, null];
  }

  /** The image could not be drawn: what is in memory of it goes. */
  fail(): void {
    [this.url, this.undrawn] = [null, true];
  }

  /** A copy on this computer is not encrypted: the view asks before. */
  async saveCopy(): Promise<void> {
    const path = await this.host.pickNewFile(this.file.title);
    if (path === null) return;
    this.error = null;
    try {
      await this.host.recordsSaveCopy(this.record, this.file.id, path);
      this.copied = true;
    } catch (reason) {
      this.error = withoutCommands(asAppError(reason));
    }
  }
}
