/** Words of backup sets: list, detail, rules and schedule. */
import * as f from "./format";

const files = (n: number) => f.many(n, "file");
export const sets = {
  new: "New set", newTitle: "A new backup set", list: "Backup sets", empty: "No backup set yet", byHand: "Backed up by hand", byHandHint: "Folders from before there were sets.",
  next: { running: "Running now", paused: "Paused", pausedUntil: (at: string) => `Paused until ${at}`, onChange: "On change", byHand: "Only by hand", waits: (why: string) => `Waits: ${why}` },
  rhythm: { manual: "only by hand", every: (t: string) => `every ${t}`, hour: "hour", daily: (at: string) => `daily at ${at}`, weekly: (days: string[], at: string) => (days.length === 7 ? `daily at ${at}` : days.length > 3 ? `${days.length} times a week at ${at}` : `each ${f.listed(days)} at ${at}`), cron: "by a cron rule", watch: "on change", watchDaily: "on change, at least daily", watchAnd: (by: string) => `on change and ${by}` },
  complete: (at: string) => `Complete ${at}`, lastComplete: (at: string) => `Last complete ${at}`, proven: (day: string) => `Proven restorable ${day}`, drillFailed: "Last drill failed", waiting: (n: number) => `${files(n)} waiting`, noRun: "No run yet", noComplete: "No complete run yet", runningPercent: (n: number) => `Running, ${n}%`, pausedPercent: (n: number) => `Paused, ${n}%`,
  tabs: { next: "Next run", history: "History", kept: "What is kept", rules: "Rules", schedule: "Schedule" }, tabsLabel: "About this set",
  pause: "Pause", pauseFor: { hour: "For an hour", tomorrow: "Until tomorrow", resumed_by_person: "Until I resume it" }, resume: "Resume", paused: (name: string) => `${name} is paused`, resumed: (name: string) => `${name} goes on`,
  reasons: {
    no_run_yet: (name: string) => `${name} has no complete backup yet`, no_complete_backup: (name: string, days: number) => (days > 0 ? `${name} has had no complete backup for ${f.many(days, "day")}` : `${name} has no complete backup`), last_run_in_part: (name: string) => `${name} was backed up in part`, last_run_failed: (name: string) => `${name} was not backed up`,
    brake: (name: string) => `${name} waits for your word before it removes copies`, never_proven: (name: string) => `${name} has not been proven restorable`, drill_failed: (name: string) => `Copies of ${name} are not what was backed up`, unstable_files: (name: string) => `Files of ${name} keep changing`, missed: (name: string) => `${name} missed a run`,
    folder_missing: (name: string) => `The folder of ${name} is not there`, place_unreachable: (name: string) => `The place of ${name} does not answer`, paused: (name: string) => `${name} is paused`,
    sent_anew: (name: string) => `Copies of ${name} were sent anew and are not proven yet`,
    not_understood: (name: string) => `${name} cannot run as it is set up`,
  },
  more: "More", drill: "Prove it now", drillBegun: (name: string) => `${name}: a sample comes back and is compared`, remove: "Remove this set…", removeTitle: (name: string) => `Remove the set ${name}`, removeText: "Holdfast stops backing up this folder. None of its copies is deleted, you can restore from it as before.", keep: "Keep it", removeIt: (name: string) => `Remove ${name}`, removed: (name: string) => `${name} is no longer backed up. Its copies stay where they are.`,
  runNow: "Back up now", begun: (name: string) => `${name} has begun`, kept: "Your copies stay. Removing is off for this set.", keptUndo: "Undo", duplicate: "See its files", toSet: "Put it on a schedule",
  removedKept: (days: number, until: string) => `Old versions stay for ${f.many(days, "day")}. You can bring any of these back until ${until}.`, removedKeptAll: "Old versions stay. You can bring any of these back.",
  problem: "This set could not be read", looking: "Looking at the folder",
  history: {
    days: "Last 90 days", hint: "Press a day to see its run.", runs: "Runs", none: "No run yet. The first one is in the schedule.", more: "Show earlier runs", noneOn: (day: string) => `No run in the log on ${day}.`,
  },
  keptTab: {
    files: "Files", bytes: "Size", cost: "This month", where: "Where", proven: "Last proven", never: "Not proven yet", doubted: "; a drill since then failed", old: "Old versions", oldKept: (days: number | null) => (days ? `Kept for ${days} days, then the place removes them.` : "Kept for as long as the place keeps them."),
    oldOff: "The place keeps none. A file that is changed or removed cannot come back as it was.", oldUnknown: "The place does not tell whether it keeps old versions.", change: "Change in Settings", restore: "Restore from this set", drill: "Prove it now", drillText: "A random sample comes back to a temporary folder and is compared with what was backed up. Nothing here is changed.",
    check: "All copies", checkText: "Compared with what was backed up: by the list, by a sample as large as you like, or by reading all of them back.",
    sentence: (n: number, size: string) => [`${files(n)}, ${size}`, " are kept as they were at the last run."] as const, none: "Nothing is kept yet.",
    unstable: (n: number) => (n === 1 ? "1 file keeps changing" : `${f.count(n)} files keep changing`), unstableText: "They are tried again at the next run.",
  },
  form: {
    folder: "Folder", name: "Name", nameHint: "How it is called in Holdfast.", place: "Place", prefix: "Kept as", where: "What and where", rules: "What is copied", moves: "How it is sent",
    limit: "Speed limit", limitHint: "Beside the limit of all runs in Settings.", limitUnit: "MB/s", noLimit: "none", storageClass: "Storage class", classDefault: "As the place has it", classHint: "Files already there keep theirs.",
    quiet: "Say so after", quietUnit: "days without a complete backup", quietHint: "Then the set turns red.", save: "Save", create: "See what would be copied", saved: (name: string) => `The rules of ${name} are saved`, discard: "Discard", unsaved: "Not saved yet", needsFolder: "Choose a folder first.", needsName: "A name is needed.", nameTaken: (name: string) => `There is a set “${name}” already.`, cancel: "Cancel",
    changeFolder: "Copies of another folder start anew. Copies that are there stay.",
  },
  schedule: {
    heading: "When", kinds: { manual: "Only by hand", every: "Every…", daily: "Daily", weekly: "Weekly", cron: "Cron" }, label: "How often",
    every: "Every", unitMinutes: "minutes", unitHours: "hours", at: "At", days: "On", cron: "Cron rule", cronHint: "Minute, hour, day, month, weekday. For example 0 18 * * 1-5.",
    dayNames: { monday: "Mon", tuesday: "Tue", wednesday: "Wed", thursday: "Thu", friday: "Fri", saturday: "Sat", sunday: "Sun" }, dayLong: { monday: "Monday", tuesday: "Tuesday", wednesday: "Wednesday", thursday: "Thursday", friday: "Friday", saturday: "Saturday", sunday: "Sunday" },
    next: "Next", none: "No time by itself.", watch: "Also when something changes", watchHint: "A file is copied a few seconds after it was saved. The schedule stays as the safety net.",
    quiet: "Quiet hours", quietHint: "No run begins in this time. What was missed is caught up afterwards.", from: "From", to: "to", until: "Until",
    conditions: "Not when", battery: "On battery", metered: "On a metered network", wifi: "On these Wi-Fi networks", wifiHint: "One name in each line.", conditionsHint: "Beside what Settings say for all sets.",
    drill: "Restore drill", drillHint: "A sample comes back and is compared with what was backed up. Then the set is proven restorable.", drillKinds: { weekly: "Weekly", daily: "Daily", manual: "Never by itself" }, drillLabel: "How often a drill runs",
    bad: "This is not understood.",
  },
  held: (time: string) => `Nothing is copied before you have seen what. It begins when you press Back up now, or by itself at ${time}.`,
  when: { ask: "When should it be backed up?", lead: (name: string) => `${name} is copied by itself from then on. You can change this at any time.`, change: "When something changes, and once a day", changeHint: "A few seconds after a file was saved. Best for most folders.", daily: "Once a day", dailyHint: "At a time you choose. If the computer is off then, it is caught up.", weekly: "Once a week", weeklyHint: "Each Sunday, for folders that hardly change.", hand: "Only when I say so", handHint: "Holdfast reminds you after three days.", next: "Choose when", login: "Start Holdfast with this computer", loginHint: "In the tray, without a window. Otherwise nothing is copied until you open it." },
};
