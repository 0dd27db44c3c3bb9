import { describe, expect, test } from "vitest";
import * as f from "./format";

const table = <T>(name: string, say: (input: T) => string, rows: [T, string][]) =>
  describe(name, () => test.each(rows)("%s is said as %s", (input, words) => expect(say(input)).toBe(words)));

table("bytes", f.bytes, [
  [0, "0 B"], [84, "84 B"], [999, "999 B"], [999.6, "1 KB"], [84_000, "84 KB"], [999_600, "1 MB"], [1_100_000, "1.1 MB"], [48_200_000, "48.2 MB"], [61_000_000, "61 MB"],
  [131_000_000, "131 MB"], [1_840_000_000, "1.84 GB"], [20_800_000_000, "20.8 GB"], [416_000_000_000, "416 GB"], [2e15, "2 PB"], [-5, "0 B"],
]);
table("money", f.money, [[0, "free"], [0.00001, "< $0.0001"], [0.0001, "$0.0001"], [0.0012, "$0.0012"], [0.042, "$0.042"], [0.6, "$0.60"], [2.3, "$2.30"], [0.00999, "$0.010"]]);
table("duration", f.duration, [[0.2, "< 1 s"], [2, "2 s"], [59.6, "1 min"], [100, "1 min 40 s"], [3600, "1 h"], [7500, "2 h 5 min"]]);
table("time left", f.roughly, [[0, "5 s"], [12, "15 s"], [196, "3 min 20 s"], [601, "11 min"], [7300, "2 h 2 min"]]);
table("sentences", f.sentence, [["bucket does not exist", "Bucket does not exist."], ["is a disk not connected?", "Is a disk not connected?"], ["", ""]]);

test("the home folder is a tilde, a folder that only starts like it is not", () => {
  expect([f.shortPath("/home/mara/Documents", "/home/mara"), f.shortPath("/home/mara2/x", "/home/mara"), f.shortPath("/x", null)]).toEqual(["~/Documents", "/home/mara2/x", "/x"]);
});

describe("two sizes in one line", () => {
  test("share the unit of the total", () => expect(f.bytesOf(6_210_000_000, 9_870_000_000)).toEqual({ done: "6.21", of: "of 9.87 GB" }));
  test("each keep their own when they are far apart", () => expect(f.bytesOf(12_000, 9_870_000_000).done).toBe("12 KB"));
  test("name both units when those differ", () => expect(f.bytesOfLine(372_000_000, 1_090_000_000)).toBe("372 MB of 1.09 GB"));
  test("name the unit once when it is the same", () => expect(f.bytesOfLine(45_200_000, 51_400_000)).toBe("45.2 of 51.4 MB"));
});

describe("dates are said as people say them", () => {
  const now = new Date(2026, 10, 20, 14, 8);
  test.each([
    [new Date(2026, 10, 20, 13, 2), "today 13:02"], [new Date(2026, 10, 19, 18, 0), "yesterday 18:00"],
    [new Date(2026, 10, 16, 9, 0), "Mon 16 Nov"], [new Date(2025, 10, 16, 9, 0), "16 Nov 2025"],
  ])("%s", (at, words) => expect(f.when(at, now)).toBe(words));
  test("minutes ago within the hour", () => expect(f.ago(new Date(2026, 10, 20, 13, 57), now)).toBe("11 min ago"));
  test("the list shows the year instead of the time for another year", () => expect(f.stamp(new Date(2019, 4, 2, 9), now)).toBe("2 May 2019"));
});

describe("times to come", () => {
  const now = new Date(2026, 10, 20, 14, 8);
  test.each<[Date, string]>([
    [new Date(2026, 10, 20, 18), "18:00"], [new Date(2026, 10, 21, 7), "tomorrow 07:00"], [new Date(2026, 10, 22, 3), "Sunday 03:00"], [new Date(2026, 10, 29, 3), "Sun 29 Nov"],
  ])("%s is said as %s", (at, words) => expect(f.upcoming(at, now)).toBe(words));
  test("inside a sentence only a time of today takes “at”", () => expect([f.atWhen(new Date(2026, 10, 20, 14, 40), now), f.atWhen(new Date(2026, 10, 21, 7), now)]).toEqual(["at 14:40", "tomorrow 07:00"]));
  test("midnight is the day itself", () => expect(f.untilWhen(new Date(2026, 10, 21), now)).toBe("tomorrow"));
  test.each([[0, "just now"], [1, "1 minute ago"], [11, "11 minutes ago"], [130, "2 hours ago"], [3000, "2 days ago"]])("%i minutes back is %s", (minutes, words) => expect(f.longAgo(new Date(now.getTime() - minutes * 60_000), now)).toBe(words));
  test("a day by its date is the local one", () => expect(f.dayName(f.parseDay("2026-11-08"))).toBe("Sun 8 Nov"));
});
