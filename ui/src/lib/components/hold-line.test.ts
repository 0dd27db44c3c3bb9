import { expect, test } from "vitest";
import { dayAt, heights, type HoldDay } from "./hold-line";

const day = (bytes: number, outcome: HoldDay["outcome"] = "complete"): HoldDay => ({ day: "2026-11-20", outcome, bytes, drill: "none" });

test("a bar grows with the logarithm of its bytes and never leaves its room", () => {
  const [small = 0, middle = 0, large = 0] = heights([day(1e6), day(1e8), day(1e10)], 20);
  expect(small).toBeLessThan(middle);
  expect(large).toBeCloseTo(20);
  expect(middle - small).toBeCloseTo(large - middle);
});
test("a day with nothing new stands three pixels high", () => expect(heights([day(0), day(1e9)], 20)[0]).toBe(3));
test("days that are alike stand alike, not at the floor", () => {
  const [a = 0, b = 0] = heights([day(1e9), day(1.1e9)], 20);
  expect(Math.abs(a - b)).toBeLessThan(2);
  expect(a).toBeGreaterThan(15);
});
test.each([[-5, 0], [0, 0], [99, 29], [500, 29], [50, 15]])("the point %i is day %i of thirty", (x, n) => expect(dayAt(x, 100, 30)).toBe(n));
