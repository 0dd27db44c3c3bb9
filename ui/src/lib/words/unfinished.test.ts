import { expect, test } from "vitest";
import { words } from ".";

test("an unfinished upload is not called useless: the next run may go on from it", () => {
  expect(words.activity.unfinishedText(1, "yesterday", "$0.02")).toBe("from a run cut off yesterday. It costs $0.02 a month. The next run goes on from it where it can. Once it is removed, the file is sent from the beginning.");
  expect(words.activity.unfinishedText(3, null, null)).toBe("The next run goes on from them where it can. Once they are removed, the files are sent from the beginning.");
});
