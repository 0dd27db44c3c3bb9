/** Which files of a run a person may leave out: only those that trying again cannot mend. Pure. */
import type { RunDetail, SetView } from "../../bindings";
import { words } from "../words";

/** What a person is asked before rules are written: of which set, and which files. */
export type LeaveOut = { set: SetView; paths: string[] };
const NAMED = 5;

/** A server that was away says nothing about the files: those are copied by the next run. */
export const leavable = (detail: RunDetail | null): string[] =>
  detail?.run.kind === "backup" ? [...new Set(detail.failures.filter((failure) => !failure.retryable).map((failure) => failure.path))] : [];

/** Up to five names, and how many more. */
export const namesOf = (paths: string[]): string[] => (paths.length > NAMED ? [...paths.slice(0, NAMED), words.overview.leaveOutMore(paths.length - NAMED)] : paths);
