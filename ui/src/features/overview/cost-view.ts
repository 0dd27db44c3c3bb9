/** Months as the chart and its two figures show them. Pure. */
import type { MonthCost } from "../../bindings";
import type { Column } from "$lib/components/chart";
import { format, words } from "$lib/words";

export type CostView = {
  columns: Column[]; stored: number[]; storage: number[]; requests: number[]; downloads: number[]; expected: number[];
  month: string; soFar: number; end: number | null; change: string | null;
};
export const monthOf = (month: string) => Number(month.slice(5, 7)) - 1;
export const total = (m: MonthCost | undefined) => (m ? m.storage_usd + m.requests_usd + m.downloads_usd : 0);

/** How much of the month has gone by, 0 … 1. */
function gone(month: string, now: Date): number {
  const [year = 1970, number = 1] = month.split("-").map(Number);
  const [begin, end] = [new Date(year, number - 1, 1).getTime(), new Date(year, number, 1).getTime()];
  return Math.min(1, Math.max(0, (now.getTime() - begin) / (end - begin)));
}

/** Of the storage of the month that runs, the days that have gone by are paid. */
export const soFar = (m: MonthCost, now: Date): MonthCost => (m.expected ? { ...m, storage_usd: m.storage_usd * gone(m.month, now) } : m);

/** The month that runs is told as it will end: of its storage, the days that have gone by are paid so far. Months before the first backup are left out. */
export function costView(all: MonthCost[], now: Date): CostView {
  const months = all.slice(Math.max(0, all.findIndex((m) => m.stored_bytes > 0 || total(m) > 0)));
  const expectedRow = months.find((m) => m.expected);
  const rows = months.map((m) => soFar(m, now));
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
