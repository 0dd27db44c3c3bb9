import { describe, expect, test, vi } from "vitest";
import type { VerifyResult } from "../../bindings";
import { memoryHost } from "$lib/host/for-tests";
import { RunBook } from "$lib/runs/runs.svelte";
import { Check, shareOf } from "./check.svelte";
import { facts, outcomeOf } from "./check-view";

const documents = { path: "/home/mara/Documents", prefix: "Documents", name: "Documents", kept: { files: 1000, bytes: 40_000 }, profile: null };
const result = (over: Partial<VerifyResult>): VerifyResult => ({
  operation_id: "1", mode: "quick", checked: 1000, proven: 0, unproven: 0, extra: 0, bytes_transferred: 0, duration_ms: 900, failures: [],
  requests: { ListObjectsV2: 1 }, cost_usd: 0.000005, state: "complete", ...over,
});
const bad = { path: "a", reason: "its copy is missing", hint: "run the backup again", retryable: false };

function open() {
  const host = memoryHost("default");
  const check = new Check(new RunBook(host));
  check.open(documents);
  return { host, check };
}

test.each([["5", 5], [" 2,5 % ", 2.5], ["100", 100], ["0", null], ["101", null], ["", null], ["many", null]])("the share “%s” is %s", (typed, share) => expect(shareOf(typed)).toBe(share));

test("a check asks for the depth that was chosen, and for a share only in a sample", () => {
  const { host, check } = open();
  const verify = vi.spyOn(host, "verifyFolder");
  check.start("there");
  check.depth = "sample";
  check.percent = "20";
  check.start("there");
  expect(verify.mock.calls.map(([input]) => input.options)).toEqual([{ depth: "quick", sample_percent: null }, { depth: "sample", sample_percent: 20 }]);
  expect(check.run?.totals).toEqual({ files: 1000, bytes: 8000 });
});

test("a share that is none starts nothing", () => {
  const { host, check } = open();
  const verify = vi.spyOn(host, "verifyFolder");
  check.depth = "sample";
  check.percent = "0";
  check.start("there");
  expect([check.wrongPercent, verify.mock.calls.length]).toEqual([expect.stringContaining("above 0"), 0]);
});

test("a check that runs is found again when its folder is opened", () => {
  const { check } = open();
  check.start("there");
  const run = check.run;
  check.show("/home/mara/Pictures", "Pictures");
  expect(check.run).toBeNull();
  check.show("/home/mara/Documents", "Documents");
  expect(check.run).toBe(run);
});

describe("only what was read back is called what was backed up", () => {
  test.each([
    [result({}), "All 1,000 copies are there", "ok"],
    [result({ mode: "full", proven: 1000 }), "All 1,000 copies are what was backed up", "sea"],
    [result({ mode: "sample", proven: 50 }), "50 copies were read back and are what was backed up", "sea"],
    [result({ mode: "full", checked: 0, unproven: 7 }), "There was nothing to compare with", ""],
  ])("%#", (found, title, tone) => expect(outcomeOf("complete", found, 0)).toMatchObject({ title, tone }));
});
test("what is wrong is counted among all that was looked at", () => {
  expect(outcomeOf("partial", result({ state: "partial", checked: 998, failures: [bad, bad] }), 0).title).toBe("2 of 1,000 copies are not what was backed up, or could not be checked");
});
test("figures that say nothing are left out", () => {
  expect(facts(result({})).map(([name]) => name)).toEqual(["As backed up", "Took", "Requests", "Cost"]);
  expect(facts(result({ mode: "full", proven: 1000, extra: 3, unproven: 2, bytes_transferred: 9 })).map(([name]) => name)).toEqual(["As backed up", "Read back", "Without a digest", "Others under this name", "Received", "Took", "Requests", "Cost"]);
});
