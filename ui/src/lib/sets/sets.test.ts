import { expect, test, vi } from "vitest";
import { memoryHost } from "../host/for-tests";
import { RunBook } from "../runs/runs.svelte";
import { SetBook } from "./sets.svelte";

async function opened(scenario: string) {
  const host = memoryHost(scenario);
  const book = new RunBook(host);
  const sets = new SetBook(host, book);
  await sets.load();
  return { host, book, sets };
}

test("however often something changes, the core is asked at most twice a second", async () => {
  const { host } = await opened("attention");
  const asked = vi.spyOn(host, "getOverview");
  for (let n = 0; n < 50; n++) await host.resumeSets(null);
  await new Promise((done) => setTimeout(done, 700));
  expect(asked.mock.calls.length).toBeLessThanOrEqual(2);
  expect(asked.mock.calls.length).toBeGreaterThan(0);
});
test("a run that somebody else began is watched, and its end comes from the log", async () => {
  const { host, book, sets } = await opened("calm");
  const id = await host.runDrill("photos");
  await vi.waitFor(() => expect(book.running.map((run) => run.id)).toEqual([id]), { timeout: 3000 });
  await vi.waitFor(() => expect(book.running).toEqual([]), { timeout: 8000 });
  expect(book.runs[0]?.state).toBe("complete");
  expect(sets.find("photos")?.last_proven).not.toBeNull();
});
test("a run that was just begun does not end with the one before it", async () => {
  const { host, book, sets } = await opened("calm");
  const set = sets.find("photos")!;
  const logged = (started: Date) => ({ runs: [{ ...set.last_run!, started: started.toISOString(), result: "complete" as const }], needs_you: 0, more: false });
  const log = vi.spyOn(host, "listRuns").mockResolvedValue(logged(new Date(Date.now() - 3_600_000)));
  sets.begun(set, "not-told-yet", "backup", { files: 1, bytes: 1 });
  await sets.load(); // the core lists no operation yet, and its log ends with an older run
  expect(book.running.map((run) => run.id)).toEqual(["not-told-yet"]);
  log.mockResolvedValue(logged(new Date()));
  await sets.load();
  expect(book.running).toEqual([]);
});
test("a paused run says so here and in the core", async () => {
  const { host, book, sets } = await opened("working");
  const run = book.running[0]!;
  await book.pause(run, true);
  expect((await host.listOperations())[0]?.paused).toBe(true);
  await sets.load();
  expect(book.running[0]?.paused).toBe(true);
});
test("a core that does not answer is an error, not an empty list", async () => {
  const host = memoryHost("attention");
  vi.spyOn(host, "getOverview").mockRejectedValue(new Error("closed"));
  const sets = new SetBook(host, new RunBook(host));
  await sets.load();
  expect(sets.error).not.toBeNull();
});
