/** Words of shell history. */
import * as f from "./format";

const commands = (n: number) => f.many(n, "command");
const devices = (n: number) => f.many(n, "device");

export const history = {
  title: "Shell history", search: "Search your commands", list: "Commands", detail: "The command", details: "Details", closeDetails: "Close",
  counted: (found: number, total: number, ms: number) => (found === total ? `${commands(total)}, in ${f.elapsed(Math.max(1, ms))}` : `${f.count(found)} of ${commands(total)}, in ${f.elapsed(Math.max(1, ms))}`), loading: (total: number) => `Reading ${commands(total)}`, spoken: (found: number) => `${commands(found)} found`,
  filters: {
    label: "Show only", allDevices: "All devices", device: "Device", anyFolder: "Any folder", folder: "Folder", failed: "Failed only", unique: "Each once",
    time: "Time", times: { any: "Any time", today: "Today", week: "Last 7 days", month: "Last 30 days", year: "This year" }, reset: "Show everything", unnamed: "Name not known",
  },
  days: { today: "Today", yesterday: "Yesterday", unknown: "Time not known" },
  exit: (code: number) => `exit ${code}`, fine: "Fine (0)", failed: (code: number) => `Failed, exit ${code}`, open: "Not known", ended: { fine: "fine", failed: "failed", open: "end not known" }, redacted: "redacted",
  rows: { when: "When", ended: "Ended", where: "Where", device: "Device" }, took: (took: string) => `, ${took}`, on: (host: string, shell: string) => (shell ? `${host}, ${shell}` : host), waiting: "Not sent yet",
  copy: "Copy", copied: "The command is on the clipboard", copyFailed: "The clipboard did not take it", redact: "Redact", remove: "Delete", pick: "Choose a command to see where and when it ran.",
  uses: (n: number) => (n === 1 ? "You have run it once" : `You have run it ${f.count(n)} times`), usesMore: (month: number, host: string | null) => (host ? `Last 30 days ${f.count(month)}, mostly on ${host}` : `Last 30 days ${f.count(month)}`),
  none: { title: "No command fits", text: (typed: string) => (typed ? `Nothing in the history has “${typed}” in it and fits the filters.` : "Nothing in the history fits the filters."), button: "Show everything" },
  failedToLoad: "The history could not be searched", end: (n: number) => `${commands(n)}. That is all.`, loadingMore: "Loading more",

  charts: {
    label: "In numbers", hours: "Hours of the day", days: "Last 30 days", hosts: "By device", lines: "Most used", failed: (failed: number, all: number) => (failed === 0 ? "None failed" : `${f.percent(failed, all) < 1 ? "Less than 1%" : `${f.percent(failed, all)}%`} failed`), all: "All commands", found: "What was found",
    hoursSpoken: (most: string, n: number) => `Commands by hour of the day, most at ${most}: ${f.count(n)}`, daysSpoken: (n: number, day: string, most: number) => `${commands(n)} in the last 30 days, most on ${day}: ${f.count(most)}`, noHours: "No command with a known time", last: (when: string) => `last ${when}`, times: (n: number) => `${f.count(n)}×`, loading: "Counting",
  },

  delete: {
    title: (n: number) => (n === 1 ? "Delete this command" : `Delete ${commands(n)}`), text: (line: string, others: number, times: number) => `“${line}” goes from this computer${others > 0 ? `, from ${f.many(others, "other device")}` : ""} and out of the place where they are kept. It cannot be brought back.${times > 1 ? ` You have run it ${f.count(times)} times.` : ""}`, alone: (line: string, times: number) => `“${line}” goes from this computer. It cannot be brought back.${times > 1 ? ` You have run it ${f.count(times)} times.` : ""}`,
    keep: "Keep it", one: "Delete this one", all: (n: number) => `Delete all ${f.count(n)}`, done: (n: number) => `${commands(n)} deleted`, elsewhere: "The other devices follow when they sync.",
  },
  redaction: {
    title: "Redact a part", hint: "Mark it in the line above, or type it. A secret that others could have seen should also be changed where it is used.", part: "The part that nobody should read", preview: "The line afterwards", others: (n: number) => `${f.many(n, "other command")} ${n === 1 ? "has" : "have"} it too`, everywhere: "Replace it there too",
    replace: (n: number) => (n === 1 ? "Replace it" : `Replace it in ${commands(n)}`), forGood: "The old line is deleted on all devices. This cannot be undone.", done: (n: number) => `Replaced in ${commands(n)}`, missing: "This is not in the line.",
  },

  sync: {
    alone: "Only on this computer", never: "Not in step yet", inStep: (others: number, heard: string) => (others === 0 ? `Everything is sent, looked ${heard}` : `In step with ${f.many(others, "device")}, heard ${heard}`), inStepAlone: (heard: string) => `In step, heard ${heard}`, behind: (since: string) => `Not in step since ${since}`, waiting: (n: number) => `${commands(n)} ${n === 1 ? "waits" : "wait"} to be sent`, paused: (until: string | null) => (until ? `Nothing is kept until ${until}` : "Nothing is kept until you resume"),
    seconds: (n: number) => `${n} s ago`, open: "Devices and sync", share: "Share it…", resume: "Resume",
  },
  hookFiles: { zsh: "~/.zshrc", bash: "~/.bashrc", fish: "~/.config/fish/config.fish", powershell: "$PROFILE" },
  foot: { sealed: "Encrypted on this computer before it leaves.", local: "Kept on this computer only.", cost: (usd: string) => `Kept for ${usd} a month.`, cheap: "Kept for less than a cent a month.", move: "move", enter: "copy", del: "delete everywhere" },

  panel: {
    title: "Devices and sync", now: "Sync now", syncing: "Syncing", said: (sent: number, received: number, requests: number, cost: string) => `${f.count(sent)} sent, ${f.count(received)} received, ${f.many(requests, "request")}, ${cost}.`, where: (place: string) => `Kept in ${place}.`,
    devices: "Devices", here: "this computer", seen: (when: string) => `seen ${when}`, neverSeen: "not seen yet", owes: (n: number) => `has ${f.many(n, "deletion")} to carry out`, retired: (when: string) => `not waited for since ${when}`, skipped: (n: number) => `${f.many(n, "entry", "entries")} of it cannot be read`, more: (name: string) => `More for ${name}`,
    rename: "Rename…", renameLabel: "Name of this computer", save: "Save", renamed: "The name is saved", revoke: "Do not wait for it any more…", revokeTitle: (name: string) => `Do not wait for ${name} any more`, revokeText: "Its commands stay. Deletions no longer wait until it has carried them out. It can still read the history while it has the 24 words and the key of the bucket: take the key away at your provider as well.", revokeKeep: "Go on waiting", revokeDo: (name: string) => `Do not wait for ${name}`, revoked: (name: string) => `${name} is not waited for any more`, unnamed: "A device without a name",
    deletions: "Deletions on their way", deletion: (done: number, of: number, n: number) => `${f.count(done)} of ${devices(of)} have deleted ${commands(n)}.`, missing: (names: string[]) => `Still to do: ${names.join(", ")}.`, noDeletions: "Every device has carried out every deletion.",
    words: "Your 24 words", wordsText: "They are the key to this history. Another device joins with them. Without them and without this computer nobody can read it, you neither.", wordsShown: (when: string) => `Last shown here ${when}.`, wordsNever: "Not shown on this computer yet. Write them down.", show: "Show my 24 words", showTitle: "Is nobody looking?", showText: "The words are shown in a window of your system, not on this page. Whoever sees them and can reach the bucket can read your history.", notNow: "Not now", showDo: "Nobody is looking, show them", failed: "The words could not be shown",
    storage: "What it costs", stored: (objects: number, size: string, month: string) => `${f.many(objects, "object")}, ${size}, ${month} a month by list price.`, requests: "Requests come to a few cents a month at most: nothing is asked while nobody types or looks.",
    capture: "On this computer", capturing: "Commands are kept as you type them.", notCapturing: "No shell of this computer has told of a command yet.", redactions: (n: number) => `${f.many(n, "secret")} ${n === 1 ? "was" : "were"} replaced while you typed.`, pause: "Pause", pauseHour: "For an hour", pauseTomorrow: "Until tomorrow", pauseOn: "Until I resume", space: "A space before a command keeps it out.",
    problems: "Something is not as it should be", change: "Share it somewhere else…", import: "Bring in older commands",
  },
  hook: { title: "Put it into your shell", text: (file: string) => `Add this line at the end of ${file}, then open a new terminal. It adds less than 5 ms to the prompt.`, copy: "Copy the line", copied: "The line is on the clipboard", shell: "Shell", line: "The line", missing: "The line calls the program holdfast, which is not on this computer's search path yet. Install it first." },
  imports: { title: "Bring in older commands", text: "Nothing is taken out of these files. What is brought in twice is one command. Known shapes of passwords and keys are replaced.", one: "Bring in", busy: "Reading", file: "From another file…", done: (n: number) => `${f.many(n, "command")} brought in`, detail: (known: number, secrets: number) => [known > 0 ? `${f.count(known)} were here already` : "", secrets > 0 ? `${f.many(secrets, "secret")} replaced` : ""].filter(Boolean).join(", "), none: "No history of a shell or another tool was found at its usual place.", unread: "cannot be read", kinds: { bash: "bash", zsh: "zsh", fish: "fish", powershell: "PowerShell", atuin: "Atuin", hishtory: "hishtory", jsonl: "JSON lines" } as Record<string, string> },

  setup: {
    heading: "One history for all your terminals", lead: "Every command you type, on every computer you use, found again in milliseconds. It is encrypted here before it leaves, and kept in your own bucket. Nobody else can read it.", back: "Back to the history",
    where: "Where your devices meet", profile: (name: string) => `Share over ${name}`, profileHint: "The place that is set up already. The history has a folder of its own there.", url: "Another place", urlHint: "A bucket or a gateway, by its store URL", folder: "A folder", folderHint: "One that another tool keeps in step, or a network disk", alone: "Only on this computer", aloneHint: "You can share it later. Nothing is lost by waiting.",
    store: "Store URL", storeHint: "s3://bucket/folder?region=… or gateway+https://…", secret: "Secret key", pickFolder: "Choose…", folderLabel: "Folder", 
    first: "Is this the first device?", firstYes: "Yes, begin here", firstNo: "No, I have 24 words", words: "The 24 words of another device", wordsHint: "Another device shows them with “Show my 24 words” or `holdfast history key show`. They go to the keychain of this computer.", wordsCount: (n: number) => `${f.count(n)} of 24 words`,
    go: "Share it", busy: "Setting up", stay: "Keep it here", othersHere: "Somebody keeps a history here already. If it is yours, give the 24 words of a device that has it. If not, begin one of your own beside it.", beginBeside: "Begin one of my own beside it",
    done: (place: string) => `The history is kept in ${place}`, doneDetail: (received: number, sent: number, n: number) => `${f.count(received)} received, ${f.count(sent)} sent, ${devices(n)}.`, backup: "Write down your 24 words now", backupText: "A key was made for this history. It is in the keychain of this computer and nowhere else.",
  },
  empty: { title: "Nothing typed yet", text: "Put one line into your shell, or bring in what it remembers. Then every command is here, with where and when it ran.", button: "Show me how" },
};
