/** What each set costs by month, as the page's two tables show it. Pure. */
import type { MonthCost, SetCost } from "../../bindings";
import { format, words } from "$lib/words";
import { monthOf, soFar, total } from "./cost-view";

export type CostRow = { key: string; name: string; note: string; setId: string | null; months: MonthCost[]; sums: number[] };
export type CostColumn = { id: string; short: string; long: string };
export type SetCosts = { columns: CostColumn[]; rows: CostRow[]; all: MonthCost[]; sums: number[] };
const w = words.overview.costs;

function noteOf(cost: SetCost): string {
  if (cost.payer === "by_hand") return w.byHandNote;
  if (cost.payer === "removed_set") return w.removed;
  return cost.storage_class ? w.inClass(cost.place, cost.storage_class) : cost.place;
}

const together = (months: MonthCost[]): MonthCost | undefined => months.reduce((a, b) => ({
  ...a, stored_bytes: a.stored_bytes + b.stored_bytes, storage_usd: a.storage_usd + b.storage_usd, requests_usd: a.requests_usd + b.requests_usd, downloads_usd: a.downloads_usd + b.downloads_usd,
}));

function columnOf(m: MonthCost): CostColumn {
  const long = `${format.monthLong(monthOf(m.month))} ${m.month.slice(0, 4)}`;
  return { id: m.month, short: format.monthShort(monthOf(m.month)), long: m.expected ? w.soFar(format.monthLong(monthOf(m.month))) : long };
}

/** Months before anything cost something are left out; what is expensive this month stands first. */
export function setCosts(costs: SetCost[], now: Date): SetCosts {
  const first = Math.min(...costs.map((cost) => cost.months.findIndex((m) => m.stored_bytes > 0 || total(m) > 0)).map((n) => (n < 0 ? 12 : n)), 11);
  const rows = costs.map((cost): CostRow => {
    const months = cost.months.slice(first).map((m) => soFar(m, now));
    return { key: cost.set_id ?? cost.payer, name: cost.payer === "by_hand" ? w.byHand : cost.name || w.gone, note: noteOf(cost), setId: cost.payer === "set" ? cost.set_id : null, months, sums: months.map(total) };
  });
  const of = (row: CostRow) => row.sums.at(-1) ?? 0;
  const columns = (rows[0]?.months ?? []).map(columnOf);
  const all = columns.flatMap((_, n) => together(rows.flatMap((row) => row.months[n] ?? [])) ?? []);
  return { columns, rows: [...rows].sort((a, b) => of(b) - of(a)), all, sums: all.map(total) };
}

/** The sentence a person came for: which set costs the most of the newest month. */
export function costSentence({ columns, rows, sums }: SetCosts): readonly [string, string] {
  const [month, sum, most] = [columns.at(-1), sums.at(-1) ?? 0, rows[0]];
  if (!month || !most || sums.every((usd) => usd <= 0)) return w.nothing;
  if (rows.filter((row) => (row.sums.at(-1) ?? 0) > 0).length < 2) return w.only(format.dollarsOrLess(sum), month.long);
  return w.most(most.name, format.dollarsOrLess(most.sums.at(-1) ?? 0), format.dollarsOrLess(sum), month.long);
}
