import { describe, expect, test, vi } from "vitest";
import type { RecordsAttachment } from "../../bindings";
import { photo, picture } from "$lib/host/samples-records";
import { sizeOf } from "./dimensions";
import { MOST_BYTES, MOST_KEPT, type Small, Thumbnails } from "./thumbnails.svelte";

const file = (id: string, over: Partial<RecordsAttachment> = {}): RecordsAttachment => ({ id, title: `${id}.jpg`, content_type: "image/jpeg", size: 1000, ...over });
const bytes = (...parts: (string | number[])[]): ArrayBuffer => Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...part].map((letter) => letter.charCodeAt(0)) : part))).buffer;
const zeros = (n: number) => Array.from({ length: n }, () => 0);

describe("how many pixels an image has", () => {
  test.each<[string, ArrayBuffer, number, number]>([
    ["PNG", bytes([0x89], "PNG\r\n\x1a\n", [0, 0, 0, 13], "IHDR", [0, 0, 2, 0, 0, 0, 1, 0]), 512, 256],
    ["GIF", bytes("GIF89a", [10, 0, 5, 0]), 10, 5],
    ["BMP", picture(0), 240, 180],
    ["JPEG", photo("IMG_0413.jpg")!, 48, 24],
    ["WebP with extras", bytes("RIFF", zeros(4), "WEBPVP8X", zeros(8), [0xff, 0x0f, 0, 0xff, 0x07, 0]), 4096, 2048],
    ["WebP", bytes("RIFF", zeros(4), "WEBPVP8 ", zeros(10), [0x40, 0x01, 0xf0, 0x00]), 320, 240],
    ["WebP without loss", bytes("RIFF", zeros(4), "WEBPVP8L", zeros(4), [0x2f, 0x3f, 0xc1, 0x3b, 0x00]), 320, 240],
    ["HEIC", photo("IMG_0412.HEIC")!, 4096, 3072],
  ])("%s", (_, content, width, height) => expect(sizeOf(content)).toEqual({ width, height }));
  test.each<[string, ArrayBuffer]>([
    ["nothing", bytes("")], ["a text", bytes("Dear doctor, ".repeat(9))], ["a cut PNG", bytes([0x89], "PNG\r\n\x1a\n")], ["a JPEG that ends in its segments", bytes([0xff, 0xd8, 0xff, 0xe0, 0, 16])],
    ["a JPEG whose segments have no length", bytes([0xff, 0xd8, 0x12, 0x34, 0, 0])], ["a PNG of no width", bytes([0x89], "PNG\r\n\x1a\n", [0, 0, 0, 13], "IHDR", [0, 0, 0, 0, 0, 0, 1, 0])], ["an AVIF that says no size", bytes(zeros(4), "ftypavif", zeros(64))],
  ])("%s has none that is known", (_, content) => expect(sizeOf(content)).toBeNull());
});

/** A host whose answers are handed out by the test. */
function started() {
  const asked: string[] = [];
  const answers = new Map<string, { done: (content: ArrayBuffer) => void; fail: (reason: unknown) => void }>();
  const host = { recordsBytes: (_record: string, id: string) => { asked.push(id); return new Promise<ArrayBuffer>((done, fail) => answers.set(id, { done, fail })); } };
  const drawn: Small[] = [];
  const draw = vi.fn(async (_content: ArrayBuffer, type: string): Promise<Small> => {
    if (type === "image/heic") throw new Error("no decoder");
    const small = document.createElement("canvas");
    drawn.push(small);
    return small;
  });
  const answer = async (id: string, content: ArrayBuffer = picture(0)) => { answers.get(id)?.done(content); await vi.waitFor(() => expect(asked).toContain(id)); await new Promise((done) => setTimeout(done)); };
  const refuse = async (id: string, retryable: boolean) => { answers.get(id)?.fail({ kind: "NetworkError", code: "timeout", message: "", hint: "", retryable }); await new Promise((done) => setTimeout(done)); };
  return { thumbs: new Thumbnails(host, draw), asked, answer, refuse, draw, drawn };
}

describe("small pictures", () => {
  test("what is seen is fetched, two at a time, what was seen last first, and each once", async () => {
    const { thumbs, asked, answer } = started();
    for (const id of ["a", "b", "c", "d"]) thumbs.enter("r", file(id));
    thumbs.enter("r", file("a"));
    expect(asked).toEqual(["a", "b"]);
    await answer("a");
    expect(asked).toEqual(["a", "b", "d"]);
    expect([thumbs.of(file("a")) !== null, thumbs.of(file("b"))]).toEqual([true, null]);
    await answer("b");
    thumbs.enter("r", file("a"));
    expect(asked).toEqual(["a", "b", "d", "c"]);
  });
  test("what went out of sight before its turn is not fetched", async () => {
    const { thumbs, asked, answer } = started();
    thumbs.enter("r", file("a"));
    thumbs.enter("r", file("b"));
    thumbs.enter("r", file("c"))();
    await answer("a");
    expect(asked).toEqual(["a", "b"]);
  });
  test("large files, and files that are no images, are not fetched", () => {
    const { thumbs, asked } = started();
    for (const one of [file("a", { size: MOST_BYTES + 1 }), file("b", { content_type: "application/pdf" }), file("c", { content_type: "image/svg+xml" })]) {
      expect(thumbs.may(one)).toBe(false);
      thumbs.enter("r", one);
    }
    expect(asked).toEqual([]);
  });
  test("an image that would fill the memory, or does not say how large it is, is not drawn", async () => {
    const { thumbs, answer, draw } = started();
    thumbs.enter("r", file("bomb", { content_type: "image/png" }));
    thumbs.enter("r", file("text"));
    await answer("bomb", bytes([0x89], "PNG\r\n\x1a\n", [0, 0, 0, 13], "IHDR", [0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]));
    await answer("text", bytes("no image"));
    expect([draw.mock.calls.length, thumbs.of(file("bomb"))]).toEqual([0, null]);
  });
  test("a window without a decoder for HEIC fetches one of them, and no more", async () => {
    const { thumbs, asked, answer } = started();
    const heic = (id: string) => file(id, { content_type: "image/heic" });
    thumbs.enter("r", heic("a"));
    await answer("a", photo("IMG_0412.HEIC")!);
    thumbs.enter("r", heic("b"));
    expect([asked, thumbs.may(heic("b")), thumbs.may(file("c"))]).toEqual([["a"], false, true]);
  });
  test("when the place does not answer nothing more is asked for until it does", async () => {
    const { thumbs, asked, answer, refuse } = started();
    for (const id of ["a", "b", "c"]) thumbs.enter("r", file(id));
    await refuse("a", true);
    await answer("b");
    expect(asked).toEqual(["a", "b"]);
    thumbs.resume();
    expect(asked.slice(2).sort()).toEqual(["a", "c"]);
  });
  test("a file that is damaged is left, and the others go on", async () => {
    const { thumbs, asked, refuse } = started();
    for (const id of ["a", "b", "c"]) thumbs.enter("r", file(id));
    await refuse("a", false);
    expect(asked).toEqual(["a", "b", "c"]);
    thumbs.resume();
    expect(asked.length).toBe(3);
  });
  test("only so many are kept, and those in sight are", async () => {
    const { thumbs, answer, drawn } = started();
    thumbs.enter("r", file("first"));
    await answer("first");
    for (let n = 0; n <= MOST_KEPT; n++) {
      const leave = thumbs.enter("r", file(`${n}`));
      await answer(`${n}`);
      leave();
    }
    expect([thumbs.of(file("first")) !== null, thumbs.of(file("0")), thumbs.of(file(`${MOST_KEPT}`)) !== null]).toEqual([true, null, true]);
    expect(drawn.filter((small) => small.width === 0).length).toBe(2);
  });
  test("nothing stays when the page is locked, and what comes after that is dropped", async () => {
    const { thumbs, answer, drawn, draw } = started();
    thumbs.enter("r", file("a"));
    thumbs.enter("r", file("b"));
    await answer("a");
    thumbs.forget();
    await answer("b");
    expect([thumbs.of(file("a")), thumbs.of(file("b")), drawn[0]?.width, draw.mock.calls.length]).toEqual([null, null, 0, 1]);
  });
});
