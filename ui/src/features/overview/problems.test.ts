import { beforeEach, expect, test } from "vitest";
import { memoryHost } from "$lib/host/for-tests";
import { deedsFor, Problems, problemsOf } from "./problems.svelte";

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
test("files that cannot be read can be left out; a place that refuses the key leads to the place", async () => {
  const [photos, studio] = problemsOf((await of("failed")).sets, [], new Date());
  expect(deedsFor(studio!, 2)).toEqual(["later", "leaveOut", "show"]);
  expect(deedsFor(photos!, 0).at(-1)).toBe("place");
});
