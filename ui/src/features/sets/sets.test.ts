import { expect, test, vi } from "vitest";
import { memoryHost } from "$lib/host/for-tests";
import { RunBook } from "$lib/runs/runs.svelte";
import { SetBook } from "$lib/sets/sets.svelte";
import { ofKind, ScheduleSays, scheduleOf, SetForm } from "./set-form.svelte";
import { SetRun } from "./set-run.svelte";

async function opened(scenario: string, name = "Documents") {
  const host = memoryHost(scenario);
  const book = new RunBook(host);
  const sets = new SetBook(host, book);
  await sets.load();
  const set = sets.sets.find((one) => one.draft.name === name)!;
  const run = new SetRun(host, book, sets);
  await run.open(set);
  return { host, book, sets, set, run };
}
const until = async (true_: () => boolean) => { for (let n = 0; n < 400 && !true_(); n++) await new Promise((done) => setTimeout(done, 20)); expect(true_()).toBe(true); };

test("opening a set looks and sends nothing", async () => {
  const { run, sets } = await opened("attention");
  expect(run.stage).toBe("plan");
  expect(run.toDo).toBe(226);
  expect(sets.operations).toEqual([]);
});
test("a run of a set is followed to its end, and the log says what it was", async () => {
  const { run } = await opened("attention");
  await run.start("");
  expect(run.stage).toBe("run");
  await until(() => run.run?.state !== "running");
  expect(run.run?.state).toBe("complete");
  expect(run.run?.backup?.files_skipped).toBe(18_714);
});
test("a run with failures is in part and names them", async () => {
  const { run } = await opened("partial");
  await run.start("");
  await until(() => run.run?.state !== "running");
  expect(run.run?.state).toBe("partial");
  expect(run.run?.failures).toHaveLength(2);
});
test("a plan that a run has overtaken is made anew, and stays on the page meanwhile", async () => {
  const { run, host, set } = await opened("attention");
  const look = vi.spyOn(host, "previewBackupSet");
  const ended = (ms: number) => new Date((run.plannedAt?.getTime() ?? 0) + ms).toISOString();
  const after = (ms: number) => ({ ...set, last_run: { ...set.last_run!, ended: ended(ms) } });
  await run.open(after(-1000));
  expect(look).not.toHaveBeenCalled();
  const again = run.open(after(1000));
  expect(run.stage).toBe("plan");
  await again;
  expect(look).toHaveBeenCalledTimes(1);
});
test("the brake holds until a person agrees to the number, and keeping turns removing off", async () => {
  const { run, host } = await opened("brake");
  expect(run.plan?.brake).not.toBeNull();
  await run.start("");
  expect(run.stage).toBe("plan");
  await run.keepThem();
  expect(run.plan?.brake).toBeNull();
  expect((await host.listBackupSets()).find((s) => s.draft.name === "Documents")?.draft.delete_remote).toBe(false);
});
test("a run that goes on when the window opens is there", async () => {
  const { run } = await opened("working", "Photos");
  expect(run.stage).toBe("run");
});
test("what is edited counts once it is saved", async () => {
  const { host, set } = await opened("attention");
  const form = new SetForm(host, set);
  expect(form.changed).toBe(false);
  form.excludes += "\n*.iso\n";
  expect(form.changed).toBe(true);
  await form.save();
  expect(form.changed).toBe(false);
  expect((await host.listBackupSets()).find((s) => s.id === set.id)?.draft.exclude_patterns).toEqual(["*.tmp", "*.iso"]);
});
test("a set that was changed elsewhere is shown as it is now, unless it is being edited", async () => {
  const { host, set } = await opened("attention");
  const form = new SetForm(host, set);
  form.follow({ ...set.draft, delete_remote: false });
  expect(form.draft.delete_remote).toBe(false);
  form.draft.name = "Letters";
  form.follow(set.draft);
  expect([form.draft.name, form.draft.delete_remote]).toEqual(["Letters", false]);
});
test("a rule that is not understood says so and names no times", async () => {
  const says = new ScheduleSays(memoryHost("attention"));
  await says.ask({ kind: "cron", expression: "every now and then" });
  expect(says.error).not.toBeNull();
  expect(says.words).toBeNull();
  await says.ask({ kind: "weekly", days: ["sunday"], at: "03:00" });
  expect(says.words?.next).toHaveLength(3);
});
test.each([["change", true, "daily"], ["daily", false, "daily"], ["weekly", false, "weekly"], ["hand", false, "manual"]] as const)("“%s” watches: %s, schedule: %s", (when, watch, kind) => {
  const made = scheduleOf(when, "07:00");
  expect([made.watch, made.schedule.kind]).toEqual([watch, kind]);
});
test("another kind of schedule keeps the time", () => expect(ofKind("weekly", { kind: "daily", at: "07:30" })).toMatchObject({ at: "07:30" }));
