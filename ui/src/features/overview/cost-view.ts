/** Months as the chart and its two figures show them. Pure. */
import type { MonthCost } from "../../contract";
import type { Column } from "$lib/components/chart";
import { format, words } from "$lib/words";

export type CostView = {
  columns: Column[]; stored: number[]; storage: number[]; requests: number[]; downloads: number[]; expected: number[];
  month: string; soFar: number; end: number | null; change: string | null;
};
const monthOf = (month: string) => Number(month.slice(5, 7)) - 1;
const total = (m: MonthCost | undefined) => (m ? m.storage_usd + m.requests_usd + m.downloads_usd : 0);

/** A month is told once as it was and, for the one that runs, once more as it is expected to end. */
export function costView(months: MonthCost[], soFarOfSets: number): CostView {
  const known = months.filter((m) => !m.expected);
  const expectedRow = months.find((m) => m.expected);
  const rows = expectedRow && !known.some((m) => m.month === expectedRow.month) ? [...known, { ...expectedRow, storage_usd: soFarOfSets, requests_usd: 0, downloads_usd: 0 }] : known;
  const [before, last] = [rows.at(-2), rows.at(-1)];
  const grown = before && last ? last.stored_bytes - before.stored_bytes : 0;
  const name = (m: MonthCost | undefined) => (m ? format.monthLong(monthOf(m.month)) : "");
  const w = words.overview;
  return {
    columns: rows.map((m, n) => ({ id: m.month, short: format.monthShort(monthOf(m.month)), long: `${name(m)} ${m.month.slice(0, 4)}`, now: n === rows.length - 1 })),
    stored: rows.map((m) => m.stored_bytes), storage: rows.map((m) => m.storage_usd), requests: rows.map((m) => m.requests_usd), downloads: rows.map((m) => m.downloads_usd),
    expected: rows.map((m) => (expectedRow && m.month === expectedRow.month ? total(expectedRow) : 0)),
    month: name(last), soFar: last ? total(last) : 0, end: expectedRow ? total(expectedRow) : null,
    change: Math.abs(grown) < 5e7 ? null : grown > 0 ? w.more(format.bytes(grown), name(before)) : w.less(format.bytes(-grown), name(before)),
  };
}
