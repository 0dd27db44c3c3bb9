/**
 * Small pictures of the images of records. The bytes are decrypted into memory, drawn small, and forgotten; the small ones
 * are kept while the page is open. Nothing is fetched of what nobody looks at, and nothing of it gets an address.
 */
import { SvelteMap } from "svelte/reactivity";
import type { RecordsAttachment } from "../../bindings";
import { asAppError, type Host } from "$lib/host";
import { sizeOf } from "./dimensions";
import { signOf } from "./view";

/** Larger files are shown when somebody opens them. */
export const MOST_BYTES = 8 << 20;
/** What is drawn has four bytes for each pixel in memory. */
export const MOST_PIXELS = 64_000_000;
/** So many small pictures are kept. */
export const MOST_KEPT = 96;
/** The longer side of a small picture, pixels. */
const SIDE = 256;
const AT_ONCE = 2;

export type Small = HTMLCanvasElement;
export type Draw = (content: ArrayBuffer, contentType: string) => Promise<Small>;
type Wish = { record: string; file: RecordsAttachment; viewers: number };

/** Kinds that a window may have no decoder for: one that fails tells of all. */
const mayLackDecoder = (contentType: string): boolean => /^image\/(heic|heif|avif)$/.test(contentType);

export class Thumbnails {
  /** Null for what cannot be drawn here. */
  private readonly kept = new SvelteMap<string, Small | null>();
  private readonly wishes = new Map<string, Wish>();
  private readonly undrawable = new Set<string>();
  private queue: string[] = [];
  private readonly making = new Set<string>();
  /** What was asked for in an earlier age is dropped when it comes. */
  private age = 0;
  /** The place did not answer: nothing is asked for until it does. */
  private stopped = false;

  constructor(private readonly host: Pick<Host, "recordsBytes">, private readonly draw: Draw = drawSmall) {}

  may = (file: RecordsAttachment): boolean => signOf(file.content_type) === "image" && file.size <= MOST_BYTES && !this.undrawable.has(file.content_type);
  of = (file: RecordsAttachment): Small | null => this.kept.get(file.id) ?? null;

  /** Somebody sees the place where it stands; to be called back when they do not any more. */
  enter(record: string, file: RecordsAttachment): () => void {
    const wish = this.wishes.get(file.id) ?? { record, file, viewers: 0 };
    wish.viewers++;
    this.wishes.set(file.id, wish);
    this.ask(file.id);
    return () => {
      if (--wish.viewers === 0 && this.wishes.get(file.id) === wish) this.wishes.delete(file.id);
    };
  }
  private ask(id: string): void {
    if (this.kept.has(id)) return;
    this.queue = [...this.queue.filter((other) => other !== id), id];
    this.next();
  }
  /** What was asked for last is seen now. */
  private next(): void {
    while (this.making.size < AT_ONCE && !this.stopped) {
      const id = this.queue.pop();
      if (id === undefined) return;
      const wish = this.wishes.get(id);
      if (wish && !this.kept.has(id) && !this.making.has(id) && this.may(wish.file)) void this.make(wish);
    }
  }
  private async make({ record, file }: Wish): Promise<void> {
    const age = this.age;
    this.making.add(file.id);
    try {
      await this.take(file, await this.host.recordsBytes(record, file.id), age);
    } catch (reason) {
      if (age === this.age) this.failed(file, asAppError(reason).retryable);
    }
    this.making.delete(file.id);
    this.next();
  }
  private failed(file: RecordsAttachment, retryable: boolean): void {
    if (retryable) this.stopped = true;
    else this.kept.set(file.id, null);
  }
  private async take(file: RecordsAttachment, content: ArrayBuffer, age: number): Promise<void> {
    if (age !== this.age) return;
    const size = sizeOf(content);
    const fits = size !== null && size.width * size.height <= MOST_PIXELS;
    const small = fits ? await this.draw(content, file.content_type).catch(() => null) : null;
    if (age !== this.age) { if (small) release(small); return; }
    if (small === null && fits && mayLackDecoder(file.content_type)) this.undrawable.add(file.content_type);
    this.kept.set(file.id, small);
    this.makeRoom();
  }
  private makeRoom(): void {
    for (const [id, small] of [...this.kept]) {
      if (this.kept.size <= MOST_KEPT) return;
      if (this.wishes.has(id)) continue;
      if (small) release(small);
      this.kept.delete(id);
    }
  }

  /** The place answers again. */
  resume(): void {
    if (!this.stopped) return;
    this.stopped = false;
    for (const id of this.wishes.keys()) this.ask(id);
  }
  /** Nothing stays. */
  forget(): void {
    this.age++;
    for (const small of this.kept.values()) if (small) release(small);
    this.kept.clear();
    this.wishes.clear();
    [this.queue, this.stopped] = [[], false];
  }
}

/** The pixels go at once, and not when somebody tidies up. */
function release(small: Small): void {
  [small.width, small.height] = [0, 0];
}

/** Draws an image small, turned as the camera says. */
async function drawSmall(content: ArrayBuffer, contentType: string): Promise<Small> {
  const image = await createImageBitmap(new Blob([content], { type: contentType }));
  const scale = Math.min(1, SIDE / Math.max(image.width, image.height));
  const small = document.createElement("canvas");
  [small.width, small.height] = [Math.max(1, Math.round(image.width * scale)), Math.max(1, Math.round(image.height * scale))];
  const pen = small.getContext("2d");
  if (pen) pen.imageSmoothingQuality = "high";
  pen?.drawImage(image, 0, 0, small.width, small.height);
  image.close();
  return small;
}

/** Draws the middle of a picture so that it fills a canvas. */
export function fill(canvas: HTMLCanvasElement, small: Small): void {
  const scale = Math.max(canvas.width / small.width, canvas.height / small.height);
  const [width, height] = [small.width * scale, small.height * scale];
  canvas.getContext("2d")?.drawImage(small, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
}

/** Calls while an element is in sight, and what that gave when it is not. */
export function whileSeen(element: Element, enter: () => () => void): () => void {
  let leave: (() => void) | null = null;
  const observer = new IntersectionObserver((entries) => {
    const seen = entries.at(-1)?.isIntersecting ?? false;
    if (seen) leave ??= enter();
    else {
      leave?.();
      leave = null;
    }
  });
  observer.observe(element);
  return () => { observer.disconnect(); leave?.(); };
}
