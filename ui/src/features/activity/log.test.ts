import { expect, test } from "vitest";
import type { RunView } from "../../bindings";
import { memoryHost } from "$lib/host/for-tests";
import { detailOf } from "$lib/host/samples-sets";
import { fileWords, headline, LogBook, meaning, outcomeOf, resultWords } from "./log.svelte";

const run = (over: Partial<RunView>): RunView => ({ id: "1", set_id: "s", set_name: "Studio", kind: "backup", trigger: "schedule", place: "", folder: null, started: "2026-11-20T13:02:00Z", ended: "2026-11-20T13:04:41Z", result: "complete", why: null, files: 3, files_planned: 3, removed: 0, copied: 0, bytes: 0, requests: 0, cost_usd: 0, failures: 0, ...over });

test.each<[Partial<RunView>, string]>([
  [{}, "Complete"], [{ files: 0 }, "Complete, nothing new"], [{ result: "partial", failures: 2 }, "In part, 2 not copied"], [{ result: "skipped", why: "on battery" }, "Skipped, on battery"],
  [{ result: "cut_off" }, "Cut off"], [{ kind: "drill" }, "Passed"], [{ kind: "drill", result: "failed", failures: 2 }, "2 do not match"], [{ kind: "drill", result: "partial", failures: 1 }, "1 does not match"],
])("%j reads “%s”", (over, words) => expect(resultWords(run(over))).toBe(words));

test.each<[Partial<RunView>, string]>([
  [{ kind: "drill", result: "partial", failures: 1 }, "bad"], [{ kind: "drill" }, "ok"], [{ kind: "drill", result: "cancelled" }, "off"], [{ result: "partial", failures: 1 }, "warn"], [{ result: "failed" }, "bad"],
])("a run %j is %s in the log", (over, outcome) => expect(outcomeOf(run(over))).toBe(outcome));
test("a run in part says how many of how many, and never that it is backed up", () => {
  const part = run({ result: "partial", files: 416, files_planned: 418, failures: 2 });
  expect(fileWords(part)).toBe("416 of 418");
  expect(headline(part)).toBe("416 files were copied. 2 could not be.");
  expect(meaning(detailOf(part))).toContain("each of the last 9 runs");
});
test.each<[Partial<RunView>, string]>([
  [{ kind: "restore", files: 5, place: "Backblaze B2" }, "5 files are back from Backblaze B2"], [{ kind: "drill", result: "failed", failures: 2, files_planned: 40 }, "2 of 40 sampled files do not match what was backed up"],
  [{ kind: "drill", files: 40 }, "A sample of 40 files came back as it was backed up"], [{ result: "failed" }, "Studio was not backed up"], [{ result: "cut_off" }, "The run of Studio was cut off"],
])("a run %j opens with “%s”", (over, words) => expect(headline(run(over))).toBe(words));
test("a restore says the folder it went to, and never that it went where it came from", () => {
  expect(headline(run({ kind: "restore", set_id: null, files: 1, place: "this computer, ~/Holdfast" }), "~/Documents")).toBe("1 file is back in ~/Documents");
});
test("the newest run that needs somebody is open by itself, and stays closed once it was closed", async () => {
  const log = new LogBook(memoryHost("attention"));
  await log.load();
  expect(log.openId).toBe("studio-now");
  log.toggle("studio-now");
  await log.load();
  expect(log.openId).toBeNull();
});
test("a run from long ago that a notification speaks of is fetched and stands at its time", async () => {
  const log = new LogBook(memoryHost("calm"), null, 5);
  await log.load();
  await log.want("Photos-9");
  expect(log.openId).toBe("Photos-9");
  expect(log.runs.at(-1)?.id).toBe("Photos-9");
});
test("earlier runs follow without a gap or a repeat", async () => {
  const log = new LogBook(memoryHost("calm"), null, 10);
  await log.load();
  while (log.more) await log.earlier();
  const ids = log.runs.map((one) => one.id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThan(40);
});
