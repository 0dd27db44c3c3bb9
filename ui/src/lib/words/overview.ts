/** Words of the Overview page. */
import * as f from "./format";

const spelled = (n: number) => ["No", "One", "Two", "Three", "Four", "Five", "Six"][n] ?? f.count(n);

export const overview = {
  title: "Overview",
  headline: {
    empty: "Nothing is backed up yet.", fine: "Everything is backed up.", elseFine: "Everything else is backed up.", bad: (name: string) => `${name} is not backed up.`, badMany: (n: number) => `${spelled(n)} sets are not backed up.`,
    warn: (n: number) => (n === 1 ? "One set needs you." : `${spelled(n)} sets need you.`), more: (n: number) => (n === 1 ? "One more set needs you." : `${spelled(n)} more sets need you.`), none: (name: string) => `${name} has not been backed up yet.`, noneMany: (n: number) => `${spelled(n)} sets have not been backed up yet.`,
    paused: (until: string | null) => (until ? `Backups are paused until ${until}.` : "Backups are paused."), somePaused: (n: number) => (n === 1 ? "One set is paused." : `${spelled(n)} sets are paused.`), working: (name: string, n: number) => (n === 1 ? `${name} is being copied.` : `${spelled(n)} sets are being copied.`), held: (name: string, n: number) => (n === 1 ? `The run of ${name} is paused.` : `${spelled(n)} runs are paused.`), proven: (day: string) => `Proven restorable on ${day}.`,
  },
  quietFor: (name: string, days: number) => (days < 1 ? `${name} needs a look` : `${name} has been quiet for ${f.many(days, "day")}`),
  line: (now: string, last: string | null) => `${now}.${last ? ` Last complete backup ${last}.` : ""}`,
  restore: "Restore files", backUp: "Back up now", backUpAll: (n: number) => (n === 1 ? "Back up now" : "Back up now"), started: (n: number) => (n === 1 ? "A backup has begun" : `${f.count(n)} backups have begun`), see: "See them", resume: "Resume all",
  sets: "Backup sets", columns: { days: "Last 30 days", complete: "Last complete", proven: "Proven restorable", next: "Next run", kept: "Kept" }, notYet: "Not yet", never: "Never",
  path: (folder: string, place: string) => `${folder} to ${place}`,
  legend: { copied: "Copied that day", part: "In part", missed: "Missed", off: "Off or paused", drill: "Restore drill passed", drillFailed: "Drill failed", next: (at: string) => `Next restore drill ${at}` },
  later: "Remind me tomorrow", show: (n: number) => (n === 1 ? "Show the file" : n === 2 ? "Show the two files" : `Show the ${f.count(n)} files`), showRun: "Show the run",
  leaveOutTitle: (name: string, n: number) => `Leave ${f.many(n, "file")} of ${name} out?`, leaveOutText: (n: number) => `From now on no run copies ${n === 1 ? "this file" : "these files"}. The set’s rules say so, and can be changed at any time.`, leaveOutMore: (n: number) => `and ${f.count(n)} more`, leaveOutKeep: "Go on trying",
  leftOut: (name: string, n: number) => `${f.many(n, "file")} of ${name} ${n === 1 ? "is" : "are"} left out from now on`, undo: "Undo",
  couldNot: (n: number, reason: string, first: string) => (n === 1 ? `${first}: ${reason}.` : `${f.many(n, "file")} could not be copied: ${reason}. The first is ${first}.`),
  runNow: "Back up now", drillNow: "Prove it now", copyAgain: "Copy them again", seePlan: "See the plan", seePlace: "See the place", seeSet: "See the set", resumeSet: "Resume", tryAgain: "Try again",
  others: (n: number) => (n === 1 ? "One more thing needs you" : `${f.count(n)} more things need you`), open: "Open",
  cost: "Storage and cost", places: (n: number) => ["nowhere", "one place", "two places", "three places", "four places"][n] ?? `${f.count(n)} places`,
  kept: (places: string, more: string | null) => `kept in ${places}${more ? `, ${more}` : ""}`, more: (size: string, month: string) => `${size} more than in ${month}`, less: (size: string, month: string) => `${size} less than in ${month}`,
  soFar: (month: string, end: string | null) => `in ${month} so far${end ? `, about ${end} by its end` : ""}`,
  series: { stored: "Stored", storage: "Storage", requests: "Requests", downloads: "Downloads", expected: "Expected", month: "Month" }, chart: (from: string, to: string) => `Storage and cost by month, ${from} to ${to}`,
  costs: {
    open: "Cost by set", back: "Overview", title: "What each set costs", failed: "The costs could not be read", loading: "Adding up",
    most: (name: string, usd: string, all: string, month: string) => [`${name} costs the most.`, `${usd} of ${all} in ${month}.`] as const, only: (usd: string, month: string) => [`${usd} in ${month}.`, ""] as const, nothing: ["Nothing has cost anything yet.", ""] as const,
    lead: "Runs as they were measured, storage by its class, at the prices in Settings. An estimate, not a bill.", prices: "Change prices",
    byMonth: "By month", soFar: (month: string) => `${month} so far`, choose: (month: string) => `What ${month} was for`, set: "Set", all: "All together", byHand: "Restores, checks and folders by hand", byHandNote: "Asked for by you, not by a set", gone: "A set that is gone", removed: "Off the list. Its copies are still kept.", inClass: (place: string, name: string) => `${name}, ${place}`,
    columns: { kept: "Kept", storage: "Storage", requests: "Requests", downloads: "Downloads", sum: "Together" },
  },
  devices: "Devices", allDevices: "All sets by device", thisDevice: "This computer", now: "now", setCount: (n: number) => f.many(n, "set"), complete: (at: string) => `Complete ${at}`, noBackup: "No complete backup yet", quiet: "Quiet", oneDevice: "Other computers that use the same place appear here.",
  empty: { title: "No backup set yet", text: "A set is one folder and the place its copies go. Each day that it is backed up adds a bar here.", button: "Choose a folder", steps: "How it grows", teach: ["Choose a folder and when it is copied.", "Each day that is backed up adds a bar. A day that is missed stays visible.", "Once a week a sample comes back and is compared. Then it says “proven restorable”."] },
  failed: "The overview could not be read",
};
