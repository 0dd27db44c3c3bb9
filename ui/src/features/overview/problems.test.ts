import { beforeEach, expect, test, vi } from "vitest";
import { memoryHost } from "$lib/host/for-tests";
import { deedsFor, happened, Problems, problemsOf } from "./problems.svelte";

beforeEach(() => localStorage.clear());
const of = async (scenario: string) => (await memoryHost(scenario).getOverview());

test("what is not backed up comes before what is in part, and well sets say nothing", async () => {
  const { sets, devices } = await of("failed");
  expect(problemsOf(sets, devices, new Date()).map((p) => [p.tone, p.set?.draft.name])).toEqual([["red", "Photos"], ["amber", "Studio projects"]]);
  const calm = await of("calm");
  expect(problemsOf(calm.sets, calm.devices, new Date())).toEqual([]);
});
test("another device that went quiet is a problem here", async () => {
  const { sets, devices } = await of("quiet");
  expect(problemsOf(sets, devices, new Date()).at(-1)?.heading).toBe("Dad’s iMac has been quiet for 4 days");
});
test("what waits until tomorrow is gone until then, and the next one opens", async () => {
  const { sets, devices } = await of("failed");
  let now = Date.now();
  const problems = new Problems(memoryHost("failed"), () => now);
  problems.take(sets, devices);
  problems.remindLater(problems.open!);
  expect(problems.open?.set?.draft.name).toBe("Studio projects");
  now += 48 * 3_600_000;
  const after = new Problems(memoryHost("failed"), () => now);
  after.take(sets, devices);
  expect(after.open?.set?.draft.name).toBe("Photos");
});
test("a set that cannot run as it is set up leads to the set, with what is wrong", async () => {
  const [broken] = problemsOf((await of("broken")).sets, [], new Date());
  expect([broken?.tone, broken?.heading]).toEqual(["red", "Documents cannot run as it is set up"]);
  expect(happened(broken!, null).happened).toContain("“every noon” is not understood");
  expect(deedsFor(broken!, 0)).toEqual(["set"]);
});
test("copies that a drill found wrong are copied again, and then a drill can be started right there", async () => {
  const host = memoryHost("drill");
  const [first] = problemsOf((await host.getOverview()).sets, [], new Date());
  expect(deedsFor(first!, 2)).toEqual(["show", "copyAgain"]);
  const [run] = (await host.listRuns({ set_id: null, kind: null, result: "partial", before: null, limit: 1 })).runs;
  const drill = { ...(await host.getRun(run!.id)), run: { ...run!, kind: "drill" as const } };
  expect(happened(first!, drill).happened, "copies that a drill found are not called files that could not be copied").toBe("2 of 40 sampled files do not match what was backed up.");
  await host.setRetry(first!.set!.id, ["Letters/a", "Letters/b"]);
  await vi.waitFor(async () => expect(problemsOf((await host.getOverview()).sets, [], new Date())[0]).toMatchObject({ tone: "amber", heading: "Copies of Documents were sent anew and are not proven yet" }), { timeout: 30_000 });
  const [sent] = problemsOf((await host.getOverview()).sets, [], new Date());
  expect(deedsFor(sent!, 2).at(-1)).toBe("drill");
  await host.runDrill(sent!.set!.id);
  await vi.waitFor(async () => expect(problemsOf((await host.getOverview()).sets, [], new Date())).toEqual([]), { timeout: 30_000 });
});
test("files that cannot be read can be left out; a place that refuses the key leads to the place", async () => {
  const [photos, studio] = problemsOf((await of("failed")).sets, [], new Date());
  expect(deedsFor(studio!, 2)).toEqual(["later", "leaveOut", "show"]);
  expect(deedsFor(photos!, 0).at(-1)).toBe("place");
});
