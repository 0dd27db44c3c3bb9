import { expect, test } from "vitest";
import type { DayMark, Schedule, SetView } from "../../bindings";
import { set } from "../host/samples-sets";
import { dayWords, healthState, holdLabel, nextWords, rhythm, shortPlace, together, worstFirst } from "./set-view";

const now = new Date(2026, 10, 20, 14, 8);
const made = (over: Partial<SetView>, name = "Photos"): SetView => ({ ...set("x", "Photos", { draft: { name, folder: "/p", watch: false } }), ...over });
const health = (colour: SetView["health"]["colour"]): Partial<SetView> => ({ health: { colour, since: null, reasons: [] } });
const day = (over: Partial<DayMark>): DayMark => ({ day: "2026-11-08", outcome: "complete", bytes: 48_200_000, drill: "none", run_id: null, ...over });

test("the worst set comes first, and equals keep their order", () => {
  const sets = [made(health("green"), "a"), made(health("amber"), "b"), made(health("red"), "c"), made(health("green"), "d"), made(health("none"), "e")];
  expect(worstFirst(sets).map((s) => s.draft.name).join("")).toBe("cbead");
});
test("a paused set is paused, not green", () => expect(healthState(made({ ...health("green"), activity: "paused" }))).toBe("paused"));
test.each<[Partial<DayMark>, string]>([
  [{}, "Sun 8 Nov: complete, 48.2 MB copied"], [{ bytes: 0 }, "Sun 8 Nov: complete, nothing new"], [{ outcome: "missed", bytes: 0 }, "Sun 8 Nov: missed"],
  [{ outcome: "partial" }, "Sun 8 Nov: in part"], [{ drill: "passed" }, "Sun 8 Nov: complete, 48.2 MB copied, restore drill passed"], [{ drill: "failed" }, "Sun 8 Nov: complete, 48.2 MB copied, restore drill failed"],
])("%j is said as “%s”", (over, words) => expect(dayWords(day(over))).toBe(words));
test("a hold line is spoken with what counts", () => {
  const days = [day({}), day({ outcome: "partial" }), day({ outcome: "missed" }), day({ drill: "passed" })];
  expect(holdLabel("Photos", days)).toBe("Photos, last 4 days: 2 complete, 1 in part, 1 missed, last proven 8 Nov");
});
test("all sets together are as bad as the worst of the day, and their bytes add up", () => {
  const [a, b] = [made({ days: [day({ bytes: 1 })] }), made({ days: [day({ bytes: 2, outcome: "missed" })] })];
  expect(together([a, b], 30)).toMatchObject([{ outcome: "missed", bytes: 3 }]);
  expect(together([], 30)).toEqual([]);
});
test.each<[Partial<SetView>, string]>([
  [{ next_run: new Date(2026, 10, 20, 18).toISOString() }, "18:00"], [{ next_run: new Date(2026, 10, 21, 7).toISOString() }, "Tomorrow 07:00"], [{ next_run: null }, "Only by hand"],
  [{ activity: "working" }, "Running now"], [{ activity: "paused", paused_until: new Date(2026, 10, 21).toISOString() }, "Paused until tomorrow"], [{ activity: "paused", paused_until: null }, "Paused"],
])("next run %#: %s", (over, words) => expect(nextWords(made(over), now)).toBe(words));
test.each<[boolean, Schedule, string]>([
  [true, { kind: "daily", at: "18:00" }, "on change, at least daily"], [false, { kind: "daily", at: "18:00" }, "daily at 18:00"], [false, { kind: "every", minutes: 60 }, "every hour"], [false, { kind: "every", minutes: 90 }, "every 90 minutes"],
  [true, { kind: "manual" }, "on change"], [false, { kind: "manual" }, "only by hand"], [false, { kind: "weekly", days: ["sunday", "monday"], at: "03:00" }, "each Sunday and Monday at 03:00"],
  [false, { kind: "weekly", days: ["sunday"], at: "03:00" }, "each Sunday at 03:00"], [true, { kind: "weekly", days: ["sunday"], at: "03:00" }, "on change and each Sunday at 03:00"], [false, { kind: "weekly", days: ["monday", "tuesday", "wednesday", "thursday"], at: "03:00" }, "4 times a week at 03:00"],
])("watch %s with %j is “%s”", (watch, schedule, words) => expect(rhythm(watch, schedule)).toBe(words));
test.each([["mara-documents on AWS S3, Stockholm", "AWS S3"], ["the folder Holdfast on Vault SSD", "Vault SSD"], ["nas", "nas"]])("%s is %s for short", (place, short) => expect(shortPlace(place)).toBe(short));
