import { render, screen } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { memoryHost } from "$lib/host/for-tests";
import PlanPage from "./PlanPage.svelte";

test("a plan that leaves alone what was deleted here and what is unchanged is shown whole", async () => {
  const plan = await memoryHost("calm").previewBackup({ local_folder: "/home/mara/Documents", s3_prefix: "Documents", options: { dry_run: true, delete_remote: false }, operation_id: "look" });
  expect(plan.groups.filter((group) => group.kind === "keep").length, "the core names two groups of this kind").toBe(2);
  render(PlanPage, { backup: { plan, plannedAt: new Date(), remove: false, start: () => {}, keepThem: () => {} }, place: "a bucket", lastSpeed: null });
  expect(screen.getByTestId("plan-keep").textContent).toContain("18,726");
});
