import { expect, test } from "vitest";
import type { ErrorKind } from "../../bindings";
import { errorText, words } from ".";

const KINDS: ErrorKind[] = ["NotConfigured", "InvalidCredentials", "BucketNotFound", "UploadFailed", "DownloadFailed", "ListFailed", "ConfigError", "SdkError"];

/** Sentences take numbers, names or lists of names; one of them fits. */
function saySomehow(say: (...args: unknown[]) => unknown): string {
  for (const given of [[2, 3, 4, 5], ["Light", "b", "c", "d"], [["a", "b"], "c", "d"]]) {
    try {
      return String(say(...given));
    } catch { /* the next kind */ }
  }
  throw new Error(`nothing fits ${say.toString()}`);
}

function everySentence(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "function") return [saySomehow(value as (...args: unknown[]) => unknown)];
  return value && typeof value === "object" ? Object.values(value).flatMap(everySentence) : [];
}

test("no sentence shouts, praises itself or uses a word people do not", () => {
  for (const sentence of everySentence(words)) expect(sentence).not.toMatch(/!|successfully|oops|sync job|repository|endpoint/i);
});
test.each(KINDS)("%s has a heading and says what it means", (kind) => {
  const text = errorText({ kind, code: "internal", message: "it broke", hint: "mend it", retryable: false });
  expect(text.heading.length).toBeGreaterThan(5);
  expect(text.means).toMatch(/\.$/);
  expect([text.happened, text.todo]).toEqual(["It broke.", "Mend it."]);
});
test("one file is not called files", () => {
  expect(words.backup.result.partial(1, 1)).toBe("1 file was copied. 1 could not be.");
  expect(words.restore.button(1)).toBe("Restore 1 file");
  expect(words.backup.brake.remove(2114)).toBe("Remove 2,114 files");
});
