import { expect, test } from "vitest";
import type { ProgressEvent } from "../../bindings";
import { addDay, lastDays, together } from "./folders.svelte";
import { knownWhole, outcome, Run, share } from "./runs.svelte";
import { readHere, silentFor, transferView } from "./transfer-view";

const progress = (over: Partial<ProgressEvent>): ProgressEvent => ({
  operation_id: "1", phase: "transferring", file_name: "", bytes_transferred: 0, total_bytes: 0, percentage: 0, files_done: 1204, files_total: 2038,
  bytes_done: 6_210_000_000, bytes_total: 9_870_000_000, bytes_per_second: 18_400_000, seconds_left: 199, current: [], ...over,
});

test("a run with failures is never complete", () => {
  expect(outcome({ state: "complete", failures: [{ path: "a", reason: "", hint: "", retryable: false }], errors: [] })).toBe("partial");
  expect(outcome({ state: "complete", failures: [], errors: ["x"] })).toBe("partial");
  expect(outcome({ state: "complete", failures: [], errors: [] })).toBe("complete");
});
test("time left comes first, then bytes, then files", () => {
  const view = transferView(progress({}), "backup", "Photos", { files: 0, bytes: 0 });
  expect(view.figures.map((f) => [f.before, f.big, f.after, f.label])).toEqual([
    ["about", "3 min 20 s", undefined, "left"], [undefined, "6.21", "of 9.87 GB", "sent"], [undefined, "1,204", "of 2,038", "files confirmed"],
  ]);
  expect(view.speed).toMatchObject({ big: "18.4", after: "MB/s" });
});
test("a speed that is held back says by how much", () => {
  const speed = (limit: number | null) => transferView(progress({}), "backup", "Photos", { files: 0, bytes: 0 }, false, limit).speed?.label;
  expect([speed(2_000_000), speed(null)]).toEqual(["now, limited to 2 MB/s", "now"]);
});
test("what has come whole is not told to have time left", () => {
  const drill = transferView(progress({ bytes_done: 412, bytes_total: 412, seconds_left: 0 }), "restore", "Photos", { files: 0, bytes: 0 });
  expect(drill.figures[0]).toMatchObject({ big: "Finishing", label: "almost done" });
  expect(transferView(progress({ bytes_done: 411, bytes_total: 412, seconds_left: 0 }), "restore", "Photos", { files: 0, bytes: 0 }).figures[0]).toMatchObject({ big: "5 s", label: "left" });
});
const underWay = [{ path: "a", bytes_done: 1, bytes_total: 2, reading: false }];
const begun = (over: Partial<Run> = {}) => {
  const run = new Run("1", "backup", "Photos", "Backblaze B2", "/p", { files: 1, bytes: 1 }, new Date(0));
  run.observe(progress({ bytes_done: 1, bytes_per_second: 0, current: underWay }), 1000);
  return Object.assign(run, over);
};
test("a run of which nothing moves says for how long, and not while it moves", () => {
  const run = begun();
  run.observe(progress({ bytes_done: 1, bytes_per_second: 0, current: underWay }), 5000); // told again, and nothing moved
  expect([5999, 6000, 26_000].map((now) => silentFor(run, now))).toEqual([null, 5, 25]);
  run.observe(progress({ bytes_done: 2, bytes_per_second: 0, current: underWay }), 26_000);
  expect(silentFor(run, 30_000)).toBeNull();
});
test("a run that only reads here is said to wait for its file, and not for the place", () => {
  const reading = { path: "film.mov", bytes_done: 0, bytes_total: 2, reading: true };
  const waits = (current: typeof underWay) => { const run = begun({ progress: progress({ current }) }); return [silentFor(run, 61_000), readHere(run)]; };
  expect([waits([reading]), waits([reading, ...underWay]), waits(underWay)]).toEqual([[60, "film.mov"], [60, null], [60, null]]);
  const slow = begun({ progress: progress({ current: [reading] }), moved: { at: 1000, bytesPerSecond: 10 } });
  expect([silentFor(slow, 6000), silentFor({ ...slow, progress: progress({ current: underWay }) }, 6000)]).toEqual([5, null]);
});
test("a run of which nothing moves has no time left and no speed", () => {
  const view = transferView(progress({}), "backup", "Photos", { files: 0, bytes: 0 }, false, null, 12);
  expect([view.figures[0], view.speed]).toEqual([{ big: "12 s", label: "without progress", testid: "time-left" }, null]);
});
test("a slow line that moves in large steps is not called silent between them", () => {
  const run = begun();
  run.observe(progress({ bytes_done: 2, bytes_per_second: 1_000_000, current: underWay }), 2000);
  expect([silentFor(run, 23_000), silentFor(run, 24_000)]).toEqual([null, 22]);
});
test.each<[string, Partial<Run>]>([
  ["is paused", { paused: true }], ["is being stopped", { stopping: true }], ["is over", { state: "complete" }],
  ["is finishing", { progress: progress({ phase: "finishing" }) }], ["looks at the folder", { progress: progress({ phase: "scanning" }) }], ["has nothing under way", { progress: progress({ current: [] }) }],
  ["compares what came whole", { progress: progress({ current: [{ path: "a", bytes_done: 2, bytes_total: 2, reading: false }] }) }],
])("a run that %s waits for nobody", (_, over) => expect(silentFor(begun(over), 60_000)).toBeNull());
test("a paused run says no time left and no speed, and that it is paused", () => {
  const view = transferView(progress({}), "backup", "Photos", { files: 0, bytes: 0 }, true);
  expect(view.figures.map((f) => [f.before, f.big, f.label])).toEqual([[undefined, "Paused", "until you go on"], [undefined, "6.21", "sent"], [undefined, "1,204", "files confirmed"]]);
  expect([view.speed, view.spoken]).toEqual([null, "Photos is paused"]);
});
test("progress is spoken in steps of ten percent", () => {
  const said = (bytes_done: number) => transferView(progress({ bytes_done, bytes_total: 100 }), "backup", "Photos", { files: 0, bytes: 0 }).spoken;
  expect(said(63)).toBe(said(69));
  expect(said(69)).not.toBe(said(70));
});
test("without a total there is no bar", () => {
  expect(transferView(progress({ bytes_total: 0, files_total: 0 }), "backup", "P", { files: 0, bytes: 0 }).share).toBeNull();
  expect(share(progress({ bytes_total: 0 }))).toBe(59);
});
test("a check that learns its whole page by page shows a bar and a time that are true", () => {
  const p = knownWhole(progress({ files_done: 900, files_total: 1000, bytes_done: 100, bytes_total: 110, bytes_per_second: 10, seconds_left: 1 }), { files: 5000, bytes: 1100 });
  expect([p.files_total, p.bytes_total, p.seconds_left, share(p)]).toEqual([5000, 1100, 100, 9]);
  const list = transferView(knownWhole(progress({ bytes_done: 0, bytes_total: 0, bytes_per_second: 0 }), { files: 5000, bytes: 0 }), "check", "P", { files: 5000, bytes: 0 });
  expect(list.figures.map((f) => f.label)).toEqual(["counting", "copies compared"]);
});
test("a day is what its last run was, and its bytes add up", () => {
  const at = new Date(2026, 10, 20, 9);
  const once = addDay([], { state: "partial", finishedAt: at, backup: null });
  const twice = addDay(once, { state: "complete", finishedAt: at, backup: null });
  expect(twice).toEqual([{ day: "2026-11-20", bytes: 0, state: "complete" }]);
  expect(lastDays(twice, at, 3).map((d) => d?.state ?? null)).toEqual([null, null, "complete"]);
});
test("one folder in part makes the day of all folders in part", () => {
  const folder = (state: "complete" | "part") => ({ path: "", prefix: "", name: "", place: "", rules: { hidden: false, remove: false, excludes: [] }, last: null, completeAt: null, days: [{ day: "2026-11-20", bytes: 5, state }] });
  expect(together([folder("complete"), folder("part")])).toEqual([{ day: "2026-11-20", bytes: 10, state: "part" }]);
});
