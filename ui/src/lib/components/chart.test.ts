import { expect, test } from "vitest";
import { lineOf, monthsOf, stacksOf, type Frame } from "./chart";

const frame: Frame = { width: 470, left: 34, line: { top: 10, bottom: 54 }, bars: { top: 70, bottom: 130 } };
const columns = ["a", "b", "c"].map((id) => ({ id, short: id, long: id }));

test("both panels stand over the same months", () => {
  const months = monthsOf(columns, frame);
  const drawn = lineOf([1, 2, 3], months.map((m) => m.middle), frame);
  expect(drawn.points.map((p) => p[0])).toEqual(months.map((m) => m.middle));
  expect(months[0]?.x).toBeGreaterThanOrEqual(frame.left);
});
test("bars stand on one another and stay inside their panel", () => {
  const { stacks } = stacksOf([[1, 2, 3], [1, 0, 1]], frame);
  expect(stacks[1]?.[0]?.from).toBe(stacks[0]?.[0]?.to);
  expect(Math.min(...stacks.flat().map((s) => s.to))).toBeGreaterThanOrEqual(frame.bars.top);
});
test("what is expected stands on what was, and only where it is more", () => {
  const { rest } = stacksOf([[1, 2, 3]], frame, [0, 0, 5]);
  expect(rest[0]).toBeNull();
  expect(rest[2]?.to).toBeLessThan(rest[2]?.from ?? 0);
});
