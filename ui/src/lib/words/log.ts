/** Words of the run log. */
import * as f from "./format";

export const log = {
  title: "Run log", filters: { all: "All", needs_you: "Needs you", partial: "In part", failed: "Failed", skipped: "Skipped" }, allSets: "All sets", set: "Set",
  columns: { when: "When", name: "Set", result: "Result", files: "Files", sent: "Sent", requests: "Requests", cost: "Cost", took: "Took" },
  results: { running: "Running", paused: "Paused", complete: "Complete", nothing: "Complete, nothing new", partial: (n: number) => `In part, ${f.count(n)} not copied`, failed: "Failed", cancelled: "Stopped", skipped: (why: string | null) => (why ? `Skipped, ${why}` : "Skipped"), cut_off: "Cut off" },
  kinds: { backup: "", restore: "Restore", verify: "Check", drill: "Drill" }, drill: { passed: (n: number) => `A sample of ${f.many(n, "file")} came back as it was backed up`, wrong: (n: number, of: number) => `${f.count(n)} of ${f.count(of)} sampled files do not match what was backed up`, checked: (n: number) => (n === 1 ? "1 copy was checked" : `${f.count(n)} copies were checked`) }, drillPassed: "Passed", drillFailed: (n: number) => `${f.count(n)} do not match`,
  triggers: { person: "begun by you", schedule: "by the schedule", watch: "because something changed", catch_up: "caught up", retry: "tried again", start: "at the start of Holdfast" },
  inBucket: (ok: number, bad: number) => `${f.many(ok, "file")} ${ok === 1 ? "is" : "are"} in the bucket. ${f.count(bad)} could not be copied.`, notBackedUp: (name: string) => `${name} was not backed up`, wasSkipped: (name: string) => `${name} was not run this time`, wasCut: (name: string) => `The run of ${name} was cut off`, wasStopped: (name: string) => `The run of ${name} was stopped`, done: (name: string) => `${name} is backed up`, cutText: "Holdfast or the computer stopped in the middle. Files that were confirmed are safe, the next run goes on from there.", stoppedText: "Files that were confirmed are safe, the next run goes on from there.",
  happens: (n: number) => (n < 2 ? "" : `This has happened in each of the last ${f.count(n)} runs.`), helpsNot: "Trying again will not help until this is changed.", helps: "Trying again may help.",
  show: "Show in folder", leaveOut: (n: number, of: number) => (n < of ? `Leave ${f.many(n, "file")} out` : n === 1 ? "Leave it out" : "Leave them out"), retry: (n: number) => (n === 1 ? "Try this 1 again" : `Try these ${f.count(n)} again`), copy: "Copy details", seePlace: "See the place", runAgain: "Back up now",
  requests: "Requests", loading: "Reading the run", earlier: "Show earlier runs", none: "No run of this kind.", emptyTitle: "No run yet", failedToLoad: "The log could not be read", began: (how: string, at: string) => `Begun ${at}, ${how}.`, and: (n: number) => `and ${f.count(n)} more`,
};
