import { describe, expect, test } from "vitest";
import type { PlanGroup, PlanView } from "../../bindings";
import { groups, monthly, receiptLines, sentence } from "./plan-view";

const group = (kind: PlanGroup["kind"], count: number): PlanGroup => ({
  kind, count, bytes: count * 1000, reasons: [{ reason: "r", words: "Because", count, bytes: count * 1000, examples: [{ path: "a", size: 1, note: null }] }],
});
const plan = (...list: PlanGroup[]): PlanView => ({
  total_files: 0, total_bytes: 0, groups: list, brake: null, problems: [], free_bytes: null,
  receipt: { lines: [{ words: "uploads", count: 209, usd: 0.001 }], now_usd: 0.0012, monthly_usd: 0.042, price_list: "" },
});
const said = (p: PlanView) => sentence(p).map((piece) => piece.text).join("");

describe("the plan is one sentence", () => {
  test.each([
    [plan(group("keep", 18714), group("remove", 12), group("upload", 214)), "The next run copies 214 files up, removes 12 copies and leaves 18,714 alone."],
    [plan(group("upload", 1)), "The next run copies 1 file up."],
    [plan(group("remove", 2)), "The next run removes 2 copies."],
    [plan(group("keep", 5)), "Everything is already backed up. The next run copies nothing and makes no request."],
    [plan(), "This folder holds no files. The next run copies nothing and makes no request."],
  ])("%#", (p, words) => expect(said(p)).toBe(words));
});
test("groups come in the order of what happens, and empty ones are left out", () => {
  expect(groups(plan(group("keep", 1), group("skip", 0), group("remove", 1), group("upload", 1))).map((g) => g.kind)).toEqual(["upload", "remove", "keep"]);
});
test("two groups of one kind are one group with the reasons of both", () => {
  const gone: PlanGroup = { kind: "keep", count: 2, bytes: 10, reasons: [{ reason: "gone", words: "Deleted on this computer, copies kept", count: 2, bytes: 10, examples: [] }] };
  const [only, ...others] = groups(plan(gone, group("keep", 5)));
  expect(others).toEqual([]);
  expect([only?.kind, only?.count, only?.total, only?.reasons.map((r) => r.words)]).toEqual(["keep", "7", 7, ["Deleted on this computer, copies kept", "Because"]]);
});
test("reasons that read the same stay two", () => {
  expect(new Set(groups(plan(group("keep", 1), group("keep", 1)))[0]?.reasons.map((r) => r.id)).size).toBe(2);
});
test("a reason says how many files it does not list", () => {
  expect(groups(plan(group("upload", 168)))[0]?.reasons[0]?.rest).toBe("167 more");
});
test("the receipt counts requests and says dollars", () => {
  expect(receiptLines(plan().receipt)).toEqual([{ words: "209 uploads", amount: "$0.0010" }]);
  expect([monthly(0.042), monthly(0), monthly(-0.2)]).toEqual(["+ $0.042", "free", "− $0.20"]);
});
