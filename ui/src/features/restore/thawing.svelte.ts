/** Archived files among those that are ticked: how far they are, what bringing them back costs, and asking for them. */
import type { AppError, ClassShare, ProgressEvent, ThawFile, ThawOffer, ThawResult } from "../../bindings";
import { asAppError, type Host } from "$lib/host";
import { newId } from "$lib/runs/id";

/** A file that a listing showed in an archive. */
export type Cold = ThawFile & { storage_class: string; size: number };

/** So many days there are to restore what was brought back. */
const DAYS = 7;
/** So many are looked at, which is a request each; they speak for the rest. */
export const LOOKED_AT = 100;
/** A moment after the last tick. */
const PAUSE = 250;

export class Thawing {
  offer = $state.raw<ThawOffer | null>(null);
  result = $state.raw<ThawResult | null>(null);
  error = $state.raw<AppError | null>(null);
  progress = $state.raw<ProgressEvent | null>(null);
  asking = $state(false);
  stopping = $state(false);
  /** Whether each file in question was looked at. */
  isWhole = $derived(this.offer !== null && this.offer.looked_at >= this.offer.files);
  /** Files that cannot be read yet; where not each was looked at, all that are in an archive. */
  unreadable = $derived(this.offer === null ? 0 : this.isWhole ? this.offer.archived + this.offer.on_way : this.offer.files);
  private operation = "";
  private looks = 0;
  /** What is ticked now. */
  private wanted: [profile: string, files: Cold[]] = ["", []];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly host: Host) {
    host.onDownloadProgress((event) => { if (this.asking && event.operation_id === this.operation) this.progress = event; });
  }

  /** Other files are ticked: what was said of those before no longer counts. */
  look(profile: string, files: Cold[]): void {
    clearTimeout(this.timer);
    const look = ++this.looks;
    this.wanted = [profile, files];
    if (this.asking) return; // looked at when that is over
    [this.offer, this.result, this.error] = [null, null, null];
    if (files.length > 0) this.timer = setTimeout(() => void this.ask(profile, files, look), PAUSE);
  }

  private async ask(profile: string, files: Cold[], look: number): Promise<void> {
    try {
      const offer = await this.host.thawOffer(profile, sharesOf(files), spread(files, LOOKED_AT).map(fileOf), DAYS);
      if (look === this.looks) this.offer = offer;
    } catch (reason) {
      if (look === this.looks) this.error = asAppError(reason);
    }
  }

  async bring(profile: string, files: Cold[]): Promise<void> {
    [this.error, this.result, this.progress, this.asking, this.stopping] = [null, null, null, true, false];
    this.operation = newId();
    try {
      this.result = await this.host.thaw(profile, files.map(fileOf), DAYS, this.operation);
    } catch (reason) {
      this.error = asAppError(reason);
    } finally {
      this.asking = false;
    }
    this.offer = null;
    if (this.wanted[1].length > 0) await this.ask(...this.wanted, ++this.looks);
  }
  async stop(): Promise<void> {
    this.stopping = true;
    await this.host.cancelOperation(this.operation).catch(() => (this.stopping = false));
  }
}

const fileOf = ({ key, version_id }: Cold): ThawFile => ({ key, version_id });

/** How many there are of each storage class, and their bytes. */
export function sharesOf(files: Cold[]): ClassShare[] {
  const shares = new Map<string, ClassShare>();
  for (const { storage_class, size } of files) {
    const share = shares.get(storage_class) ?? { storage_class, files: 0, bytes: 0 };
    shares.set(storage_class, { storage_class, files: share.files + 1, bytes: share.bytes + size });
  }
  return [...shares.values()];
}

/** At most so many, evenly from all of them. */
export function spread<T>(all: T[], most: number): T[] {
  return all.length <= most ? all : Array.from({ length: most }, (_, n) => all[Math.floor((n * all.length) / most)]!);
}
