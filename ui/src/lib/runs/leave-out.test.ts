import { expect, test } from "vitest";
import { memoryHost } from "$lib/host/for-tests";
import { words } from "$lib/words";
import { leavable, namesOf } from "./leave-out";

const detail = async () => memoryHost("attention").getRun("studio-now");

test("only files that trying again cannot mend can be left out", async () => {
  const run = await detail();
  expect(leavable(run)).toEqual(["Clients/Norrsken/Mixdown.als", "Clients/Norrsken/Stems.zip"]);
  const [first, second] = run.failures;
  expect(leavable({ ...run, failures: [{ ...first!, retryable: true }, second!] })).toEqual(["Clients/Norrsken/Stems.zip"]);
  expect(leavable({ ...run, failures: run.failures.map((one) => ({ ...one, retryable: true })) }), "a server that was away is no reason to leave files out").toEqual([]);
  expect(leavable({ ...run, run: { ...run.run, kind: "drill" } }), "a copy that a drill found wrong is not left out").toEqual([]);
  expect(leavable(null)).toEqual([]);
});
test("five names are said, and how many more", () => {
  const paths = ["a", "b", "c", "d", "e", "f", "g"];
  expect(namesOf(paths)).toEqual(["a", "b", "c", "d", "e", "and 2 more"]);
  expect(namesOf(paths.slice(0, 5))).toEqual(paths.slice(0, 5));
});
test("a button for some of the files says for how many", () => {
  expect([words.log.leaveOut(1, 1), words.log.leaveOut(3, 3), words.log.leaveOut(1, 3)]).toEqual(["Leave it out", "Leave them out", "Leave 1 file out"]);
});
