import { expect, test } from "vitest";
import type { MonthCost, SetCost } from "../../bindings";
import { memoryHost } from "$lib/host/memory";
import { costView } from "./cost-view";
import { costSentence, setCosts } from "./set-costs";

const now = new Date(2026, 10, 16); // half of November
const month = (month: string, storage: number, requests: number, downloads = 0): MonthCost => ({ month, stored_bytes: storage * 1e11, storage_usd: storage, requests_usd: requests, downloads_usd: downloads, expected: month === "2026-11" });
const cost = (name: string, months: MonthCost[], over: Partial<SetCost> = {}): SetCost => ({ payer: "set", set_id: name.toLowerCase(), name, place: "keep on B2", storage_class: null, months, ...over });
const three = [
  cost("Letters", [month("2026-09", 0, 0), month("2026-10", 1, 0.1), month("2026-11", 1, 0.1)]),
  cost("Photos", [month("2026-09", 0, 0), month("2026-10", 0, 0), month("2026-11", 4, 0.5)], { storage_class: "Glacier Instant Retrieval" }),
  cost("", [month("2026-09", 0, 0), month("2026-10", 0, 0, 0.2), month("2026-11", 0, 0)], { payer: "by_hand", set_id: null, place: "" }),
];

test("each set has its months, and what costs the most this month stands first", () => {
  const { columns, rows, sums } = setCosts(three, now);
  expect(columns.map((column) => column.long)).toEqual(["October 2026", "November so far"]);
  expect(rows.map((row) => [row.name, row.note, row.setId])).toEqual([["Photos", "Glacier Instant Retrieval, keep on B2", "photos"], ["Letters", "keep on B2", "letters"], ["Restores, checks and folders by hand", "Asked for by you, not by a set", null]]);
  expect(rows.map((row) => row.sums.map((usd) => usd.toFixed(2)))).toEqual([["0.00", "2.50"], ["1.10", "0.60"], ["0.20", "0.00"]]);
  expect(sums.map((usd) => usd.toFixed(2))).toEqual(["1.30", "3.10"]);
});
test("the sentence names the set that costs the most", () => {
  expect(costSentence(setCosts(three, now))).toEqual(["Photos costs the most.", "$2.50 of $3.10 in November so far."]);
  expect(costSentence(setCosts(three.slice(0, 1), now))).toEqual(["$0.60 in November so far.", ""]);
  expect(costSentence(setCosts([], now))[0]).toBe("Nothing has cost anything yet.");
  expect(costSentence(setCosts([cost("Mail", [month("2026-11", 0, 0)])], now))[0]).toBe("Nothing has cost anything yet.");
});
test("all rows together are what the overview says the month has cost", async () => {
  const host = memoryHost("attention");
  const at = new Date();
  const [overview, sets] = [costView((await host.getOverview()).months, at), setCosts(await host.costsBySet(), at)];
  expect(sets.sums.at(-1)).toBeCloseTo(overview.soFar);
  expect(sets.sums.length).toBe(overview.columns.length);
});
test("the month that a set was taken off the list, its copies are still paid for", () => {
  const [row] = setCosts([cost("Old laptop", [month("2026-11", 1, 0)], { payer: "removed_set", place: "" })], now).rows;
  expect(row).toMatchObject({ name: "Old laptop", note: "Off the list. Its copies are still kept.", setId: null });
});
