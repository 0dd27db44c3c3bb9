/** From a plan to what the page shows: the sentence, the groups, the receipt. Pure. */
import type { PlanGroup, PlanView, Receipt } from "../../bindings";
import { format, words } from "$lib/words";

export type Piece = { text: string; strong?: boolean };
export type GroupView = {
  kind: PlanGroup["kind"]; name: string; note?: string; count: string; size: string; total: number; open: boolean;
  reasons: { id: string; words: string; count: string; size: string; total: number; files: { path: string; size: string; note: string | null }[]; rest: string | null }[];
};

const ORDER: PlanGroup["kind"][] = ["upload", "download", "replace", "remove", "skip", "keep"];
const w = words.backup;

export function countOf(plan: PlanView, ...kinds: PlanGroup["kind"][]): number {
  return plan.groups.filter((g) => kinds.includes(g.kind)).reduce((n, g) => n + g.count, 0);
}
export function bytesOfKind(plan: PlanView, ...kinds: PlanGroup["kind"][]): number {
  return plan.groups.filter((g) => kinds.includes(g.kind)).reduce((n, g) => n + g.bytes, 0);
}

/** "The next run copies 214 files up, removes 12 copies and leaves 18,714 alone." */
export function sentence(plan: PlanView): Piece[] {
  const [up, gone, kept] = [countOf(plan, "upload"), countOf(plan, "remove"), countOf(plan, "keep")];
  if (up + gone + kept === 0) return [{ text: w.say.empty }, { text: ` ${w.say.nothingRest}` }];
  if (up + gone === 0) return [{ text: w.say.nothing, strong: true }, { text: w.say.nothingRest }];
  const pieces: Piece[] = up > 0
    ? [{ text: w.say.copies }, { text: format.many(up, "file"), strong: true }, { text: w.say.up }]
    : [];
  if (gone > 0) pieces.push({ text: up > 0 ? w.say.removes : w.say.onlyRemoves }, { text: format.many(gone, "copy", "copies"), strong: true });
  if (kept > 0) pieces.push({ text: w.say.leaves }, { text: format.count(kept), strong: true }, { text: w.say.alone });
  else pieces.push({ text: "." });
  return pieces;
}

/** One group for each kind: the core may name several of one kind (copies kept of what was deleted here, and what is unchanged). */
export function groups(plan: PlanView): GroupView[] {
  return ORDER.flatMap((kind) => {
    const same = plan.groups.filter((g) => g.kind === kind && g.count > 0);
    return same.length > 0 ? [group({ kind, count: countOf(plan, kind), bytes: bytesOfKind(plan, kind), reasons: same.flatMap((g) => g.reasons) })] : [];
  });
}

function group(g: PlanGroup): GroupView {
  return {
    kind: g.kind, name: w.groups[g.kind], note: g.kind === "keep" ? w.keepNote : undefined, count: format.count(g.count), size: format.bytes(g.bytes),
    total: g.count, open: g.kind !== "keep",
    reasons: g.reasons.map((r, n) => ({
      id: `${r.reason} ${n}`, words: r.words, count: format.count(r.count), size: format.bytes(r.bytes), total: r.count,
      files: r.examples.map((e) => ({ path: e.path, size: format.bytes(e.size), note: e.note })),
      rest: r.count > r.examples.length && r.examples.length > 0 ? words.common.more(r.count - r.examples.length) : null,
    })),
  };
}

export function receiptLines(receipt: Receipt): { words: string; amount: string }[] {
  return receipt.lines.map((line) => ({ words: `${format.count(line.count)} ${line.words}`, amount: format.money(line.usd) }));
}

export const monthly = (usd: number | null): string =>
  !usd ? format.money(usd) : usd > 0 ? `+ ${format.money(usd)}` : `− ${format.money(-usd)}`;
