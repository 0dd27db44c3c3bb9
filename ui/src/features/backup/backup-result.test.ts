import { render, screen } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { Run } from "$lib/runs/runs.svelte";
import BackupResult from "./BackupResult.svelte";

const shown = (files_skipped: number) => {
  const run = new Run("1", "backup", "Documents", "a bucket", "/home/mara/Documents", { files: 1, bytes: 1 }, new Date());
  run.backup = { operation_id: "1", files_uploaded: 1, files_deleted: 0, files_skipped, files_copied: 0, bytes_transferred: 1, duration_ms: 1, errors: [], failures: [], requests: {}, cost_usd: 0, notices: [], state: "complete" };
  run.state = "complete";
  render(BackupResult, { run, onagain: () => {}, onlook: () => {}, onrestore: () => {} });
  return screen.getByTestId("result-facts").textContent;
};

test("a round over what changed has left nothing alone, and does not say so", () => expect(shown(0)).not.toContain("Left alone"));
test("what a whole run left alone is said", () => expect(shown(3)).toContain("Left alone3 files"));
