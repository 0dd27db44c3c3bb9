import { render, screen } from "@testing-library/svelte";
import { expect, test, vi } from "vitest";
import type { RunDetail, RunView } from "../../bindings";
import { memoryHost } from "$lib/host/for-tests";
import { detailOf } from "$lib/host/samples-sets";
import { LogBook } from "./log.svelte";
import OpenRun, { type RunDeeds } from "./OpenRun.svelte";

const run = (over: Partial<RunView>): RunView => ({ id: "1", set_id: "s", set_name: "Studio", kind: "backup", trigger: "schedule", place: "", folder: null, started: "2026-11-20T13:02:00Z", ended: "2026-11-20T13:04:41Z", result: "complete", why: null, files: 3, files_planned: 5, removed: 0, copied: 0, bytes: 0, requests: 0, cost_usd: 0, failures: 0, ...over });
function open(of: Partial<RunView>, failures: RunDetail["failures"] = [], canRunAgain = true) {
  const log = new LogBook(memoryHost("attention"));
  log.detail = { ...detailOf(run(of)), failures };
  const deeds: RunDeeds = { spokenOf: null, isHeld: () => false, folderOf: () => null, showFolder: vi.fn(), leaveOut: vi.fn(), retry: vi.fn(), canRunAgain: () => canRunAgain, runAgain: vi.fn(), seePlace: vi.fn() };
  render(OpenRun, { log, run: run(of), deeds, now: new Date("2026-11-20T14:00:00Z") });
  return deeds;
}
const failure = (retryable: boolean) => ({ path: `a/${retryable}`, reason: "", hint: "", retryable, times: 1 });
const retry = () => screen.getByTestId("retry-these").textContent;

test("beside what must be changed first nobody is told to try the same again", () => {
  open({ result: "partial", failures: 2 }, [failure(false), { ...failure(false), path: "b" }]);
  expect(retry()).toBe("It is changed, try again");
});
test("what may go better the next time is tried again", () => {
  open({ result: "partial", failures: 2 }, [failure(false), failure(true)]);
  expect(retry()).toBe("Try these 2 again");
});
test.each([["cancelled", "backup", "Back up now"], ["cut_off", "backup", "Back up now"], ["failed", "backup", "Back up now"], ["cancelled", "drill", "Prove it now"]] as const)("a %s %s can be run again", (result, kind, words) => {
  const deeds = open({ result, kind });
  screen.getByTestId("run-again").click();
  expect([screen.getByTestId("run-again").textContent, vi.mocked(deeds.runAgain).mock.calls.length]).toEqual([words, 1]);
});
test.each([["cancelled", false], ["complete", true]] as const)("a %s run is not offered again where that cannot be or need not be", (result, can) => {
  open({ result }, [], can);
  expect(screen.queryByTestId("run-again")).toBeNull();
});
