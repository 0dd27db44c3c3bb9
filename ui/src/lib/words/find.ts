/** Words of going back in time and of searching, on the Restore page. */
import * as f from "./format";

export const find = {
  place: "Place", search: (n: number | null) => (n ? `Search ${f.count(n)} files` : "Search all copies"), searchLabel: "Search all copies by name", found: (n: number, more: boolean) => `${more ? "The first " : ""}${f.many(n, "file")} found`, foundNone: "No file of that name.", clear: "Clear the search", searchKey: "/", results: "Found",
  asOf: "As it was on", now: "As it is now", nowHint: "The newest copies", earlier: "Earlier day", later: "Later day", scrub: "The day whose files are shown", toNow: "Back to now", runComplete: (at: string) => `Run of ${at}, complete`, runPart: (at: string) => `Run of ${at}, in part`, noRun: "No run on this day", sets: "All sets",
  noVersions: "This place keeps no old versions. Only the newest copies can come back.", unknownVersions: "This place does not tell whether it keeps old versions.", failed: "The earlier days could not be read",
  gone: (name: string) => `${name} was deleted since. It is still here on this date.`,
  here: "On this computer today", states: { same: "Same", missing: "Missing", newer: (at: string) => `Newer, from ${at}`, older: "Older", differs: "Different" },
  versions: "Versions", showVersions: (name: string) => `Versions of ${name}`, hideVersions: (name: string) => `Hide the versions of ${name}`, asOfDate: "as of your date", newest: "newest", chosen: "chosen", older: (n: number) => f.many(n, "older version"), noOlder: "There is only this one.", pick: (at: string) => `Take the version of ${at}`, deleted: "deleted",
  archived: "In an archive", archivedCount: (n: number) => (n === 1 ? "1 file lies in an archive" : `${f.count(n)} files lie in an archive`), everything: (place: string) => `Everything in ${place}`, nowShort: "Now", thaw: (usd: string) => `Bring it back, ${usd}`, thawDays: 7,
};
