import { expect, test } from "vitest";
import type { MonthCost } from "../../bindings";
import { costView } from "./cost-view";

const month = (month: string, gb: number, usd: number, expected = false): MonthCost => ({ month, stored_bytes: gb * 1e9, storage_usd: usd, requests_usd: expected ? 0.1 : 0, downloads_usd: 0, expected });
const now = new Date(2026, 10, 16); // half of November

test("of the month that runs, half its storage is paid at half its time, and its requests are as they were", () => {
  const view = costView([month("2026-10", 404, 2), month("2026-11", 416, 3, true)], now);
  expect(view.soFar).toBeCloseTo(1.6);
  expect(view.end).toBeCloseTo(3.1);
  expect([view.month, view.change]).toEqual(["November", "12 GB more than in October"]);
  expect(view.columns.map((c) => c.short)).toEqual(["Oct", "Nov"]);
});
test("months before the first backup are left out", () => {
  expect(costView([month("2026-09", 0, 0), month("2026-10", 404, 2), month("2026-11", 404, 3, true)], now)).toMatchObject({ change: null, columns: [{ id: "2026-10" }, { id: "2026-11" }] });
});
test("without a month nothing is claimed", () => expect(costView([], now)).toMatchObject({ soFar: 0, end: null, columns: [] }));
