import { expect, test } from "vitest";
import type { SetView } from "../../bindings";
import { drillFailed, set } from "$lib/host/samples-sets";
import { provenOf } from "$lib/sets/set-view";
import { headlineOf, provenWords } from "./headline";

const now = new Date(2026, 10, 20, 14, 8);
const made = (name: string, colour: SetView["health"]["colour"], over: Partial<SetView> = {}): SetView => ({ ...set(name, "Photos", { draft: { name, folder: "/p" } }), health: { colour, since: null, reasons: [] }, ...over });
const said = (...sets: SetView[]) => { const { first, rest } = headlineOf(sets, null, now); return `${first} ${rest}`.trim(); };

test.each<[SetView[], string]>([
  [[], "Nothing is backed up yet."],
  [[made("A", "green"), made("B", "green")], "Everything is backed up."],
  [[made("A", "amber"), made("B", "green")], "One set needs you. Everything else is backed up."],
  [[made("A", "amber"), made("B", "amber"), made("C", "green")], "Two sets need you. Everything else is backed up."],
  [[made("Photos", "red"), made("B", "green")], "Photos is not backed up. Everything else is backed up."],
  [[made("Photos", "red"), made("B", "amber"), made("C", "green")], "Photos is not backed up. One more set needs you."],
  [[made("A", "red"), made("B", "red")], "Two sets are not backed up."],
  [[made("A", "amber"), made("B", "none")], "One set needs you."],
  [[made("A", "none"), made("B", "green")], "A has not been backed up yet. Everything else is backed up."],
  [[made("A", "green", { activity: "working" }), made("B", "green")], "Everything is backed up. A is being copied."],
  [[made("A", "paused"), made("B", "paused")], "Backups are paused."],
])("%#: “%s”", (sets, words) => expect(said(...sets)).toBe(words));

test("a set whose run is paused is not being copied", () => {
  const [a, b] = [made("A", "green", { activity: "working" }), made("B", "green", { activity: "working" })];
  const rest = (...held: SetView[]) => headlineOf([a, b], null, now, (set) => held.includes(set)).rest;
  expect([rest(), rest(b), rest(a, b)]).toEqual(["Two sets are being copied.", "A is being copied.", "Two runs are paused."]);
  expect(headlineOf([a], null, now, () => true).rest).toBe("The run of A is paused.");
});
test("never is everything called backed up while one set is not", () => {
  for (const colour of ["red", "amber", "none", "paused"] as const) expect(said(made("A", colour), made("B", "green"))).not.toMatch(/^Everything is backed up\.$/);
});
test("proven is said only when each set was, and as of the oldest", () => {
  const at = (day: number) => new Date(2026, 10, day, 3).toISOString();
  expect(provenWords([made("A", "green", { last_proven: at(15) }), made("B", "green", { last_proven: at(18) })], now)).toBe("Proven restorable on Sunday.");
  expect(provenWords([made("A", "green", { last_proven: at(8) })], now)).toBe("Proven restorable on 8 Nov.");
  const drilled = (day: string) => made("A", "green", { last_proven: at(8), days: [{ day, outcome: "complete", bytes: 0, drill: "failed", run_id: null }] });
  expect(provenWords([drilled("2026-11-09")], now), "a drill since then failed").toBe("");
  expect(provenWords([drilled("2026-11-01")], now)).toBe("Proven restorable on 8 Nov.");
  expect(provenOf(made("A", "red", { last_proven: at(8), health: drillFailed }))?.doubted).toBe(true);
  expect(provenWords([made("A", "green", { last_proven: null }), made("B", "green")], now)).toBe("");
});
