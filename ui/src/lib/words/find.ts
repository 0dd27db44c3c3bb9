/** Words of going back in time and of searching, on the Restore page. */
import type { Failure, ThawOffer, ThawResult } from "../../bindings";
import * as f from "./format";

export const find = {
  place: "Place", search: (n: number | null) => (n ? `Search ${f.count(n)} files` : "Search all copies"), searchLabel: "Search all copies by name", found: (n: number, more: boolean) => `${more ? "The first " : ""}${f.many(n, "file")} found`, foundNone: "No file of that name.", clear: "Clear the search", searchKey: "/", results: "Found",
  asOf: "As it was on", now: "As it is now", nowHint: "The newest copies", earlier: "Earlier day", later: "Later day", scrub: "The day whose files are shown", toNow: "Back to now", runComplete: (at: string) => `Run of ${at}, complete`, runPart: (at: string) => `Run of ${at}, in part`, noRun: "No run on this day", sets: "All sets",
  noVersions: "This place keeps no old versions. Only the newest copies can come back.", unknownVersions: "This place does not tell whether it keeps old versions.", failed: "The earlier days could not be read",
  gone: (name: string) => `${name} was deleted since. It is still here on this date.`,
  here: "On this computer today", states: { same: "Same", missing: "Missing", newer: (at: string) => `Newer, from ${at}`, older: "Older", differs: "Different" },
  versions: "Versions", showVersions: (name: string) => `Versions of ${name}`, hideVersions: (name: string) => `Hide the versions of ${name}`, asOfDate: "as of your date", newest: "newest", chosen: "chosen", older: (n: number) => f.many(n, "older version"), noOlder: "There is only this one.", pick: (at: string) => `Take the version of ${at}`, deleted: "deleted",
  archived: "In an archive", everything: (place: string) => `Everything in ${place}`, nowShort: "Now",
  thaw: {
    count: (n: number) => (n === 1 ? "1 file lies in an archive" : `${f.count(n)} files lie in an archive`),
    ask: (n: number, usd: string | null, isWhole: boolean) => `Bring ${n === 1 ? "it" : "them"} back${usd === null ? "" : isWhole ? `, ${usd}` : `, at most ${usd}`}`,
    notYet: "Bring back from the archive first.", someNotYet: "What lies in the archive fails until it is back.",
    noPrice: "What this place asks for it is not known.",
    looked: ({ looked_at, on_way, ready }: ThawOffer) => `${f.count(looked_at)} were looked at: ${on_way === 0 && ready === 0 ? "none was asked for yet" : [on_way > 0 ? `${f.count(on_way)} on the way` : "", ready > 0 ? `${f.count(ready)} readable now` : ""].filter(Boolean).join(", ")}.`,
    asking: "Asking for the files", far: (done: number, all: number) => `${f.count(done)} of ${f.many(all, "file")}`, stop: "Stop", stopping: "Stopping",
    result: ({ state, asked, on_way, ready }: ThawResult, usd: string | null) => [
      state === "cancelled" ? "Stopped." : "",
      asked > 0 ? `Asked for ${f.many(asked, "file")}${usd === null ? "" : `, ${usd}`}.` : on_way + ready > 0 ? "Nothing had to be asked for." : "",
      on_way > 0 ? `${f.count(on_way)} on the way already.` : "", ready > 0 ? `${f.count(ready)} readable for longer.` : "",
      state === "cancelled" ? "Asking again goes on with the rest." : "",
    ].filter(Boolean).join(" "),
    failed: (n: number, first: Failure) => `${f.many(n, "file")} could not be asked for: ${first.path}, ${first.reason}${n > 1 ? `, and ${f.count(n - 1)} more` : ""}.`,
  },
};
