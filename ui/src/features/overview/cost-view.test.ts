import { expect, test } from "vitest";
import type { MonthCost } from "../../contract";
import { costView } from "./cost-view";

const month = (month: string, gb: number, usd: number, expected = false): MonthCost => ({ month, stored_bytes: gb * 1e9, storage_usd: usd, requests_usd: 0, downloads_usd: 0, expected });

test("the month that runs says what it was so far and what it will come to", () => {
  const view = costView([month("2026-10", 404, 2), month("2026-11", 416, 1.5), month("2026-11", 416, 2.9, true)], 0);
  expect([view.soFar, view.end, view.month]).toEqual([1.5, 2.9, "November"]);
  expect(view.columns.map((c) => c.short)).toEqual(["Oct", "Nov"]);
  expect(view.change).toBe("12 GB more than in October");
});
test("where only the expected month is told, the sets say what it was so far", () => {
  expect(costView([month("2026-10", 404, 2), month("2026-11", 404, 2.9, true)], 1.2)).toMatchObject({ soFar: 1.2, end: 2.9, change: null });
});
test("without a month nothing is claimed", () => expect(costView([], 0)).toMatchObject({ soFar: 0, end: null, columns: [] }));
