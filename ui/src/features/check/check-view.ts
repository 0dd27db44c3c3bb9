/** What a check found, as a sentence and figures. Pure. */
import type { VerifyResult } from "../../bindings";
import type { RunState } from "$lib/runs/runs.svelte";
import { format, words } from "$lib/words";

export type Outcome = { title: string; text: string; tone: "ok" | "sea" | ""; sign: "there" | "proven" | "unknown" | "stopped" };

const w = words.check.result;

export function outcomeOf(state: RunState, result: VerifyResult | null, seen: number): Outcome {
  if (state === "complete" && result) return found(result);
  if (state === "cancelled") return { title: w.cancelled, text: w.cancelledText(result?.checked ?? seen), tone: "", sign: "stopped" };
  if (state === "partial" && result) return { title: w.wrong(result.failures.length, looked(result)), text: w.wrongText, tone: "", sign: "stopped" };
  return { title: w.failed, text: "", tone: "", sign: "stopped" };
}

/** Kelp: the server said so. Sea: it was read back. */
function found(result: VerifyResult): Outcome {
  const { checked, proven } = result;
  if (checked === 0) return { title: w.unknown, text: w.unknownText, tone: "", sign: "unknown" };
  if (proven === 0) return { title: w.listed(checked), text: w.listedText, tone: "ok", sign: "there" };
  if (proven < checked) return { title: w.sampled(proven), text: w.sampledText(checked), tone: "sea", sign: "proven" };
  return { title: w.proven(checked), text: w.provenText(format.bytes(result.bytes_transferred)), tone: "sea", sign: "proven" };
}

const looked = (result: VerifyResult): number => result.checked + result.unproven + result.failures.length;

export function facts(result: VerifyResult): [string, string][] {
  const copies = (n: number) => format.many(n, "copy", "copies");
  const requests = Object.values(result.requests).reduce<number>((n, count) => n + (count ?? 0), 0);
  const all: [string, string, boolean][] = [
    [w.facts.fine, copies(result.checked), true],
    [w.facts.read, copies(result.proven), result.mode !== "quick"],
    [w.facts.unproven, copies(result.unproven), result.unproven > 0],
    [w.facts.extra, format.count(result.extra), result.extra > 0],
    [w.facts.received, format.bytes(result.bytes_transferred), result.bytes_transferred > 0],
    [w.facts.took, format.duration(result.duration_ms / 1000), true],
    [w.facts.requests, format.count(requests), true],
    [w.facts.cost, format.money(result.cost_usd), true],
  ];
  return all.filter(([, , is]) => is).map(([name, value]) => [name, value]);
}
