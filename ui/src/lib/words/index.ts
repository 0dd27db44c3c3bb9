/** Every sentence the page says, in one place. The thing, then what happened, then what to do. */
import type { PlaceKind } from "../../bindings";
import * as f from "./format";
import { find } from "./find";
import { history } from "./history";
import { log } from "./log";
import { overview } from "./overview";
import { prefs } from "./prefs";
import { records } from "./records";
import { sets } from "./sets";

export * as format from "./format";
export { errorText, type ErrorText, type ErrorWords } from "./errors";

const files = (n: number) => f.many(n, "file");

export const words = {
  app: "Holdfast",
  nav: {
    label: "Pages", overview: "Overview", backup: "Backups", restore: "Restore", activity: "Activity", history: "Shell history", records: "Family records", settings: "Settings",
    jump: "Find or do…", jumpKey: "Ctrl K", jumpNone: "Nothing of that name.", jumpLabel: "Find or do",
    go: (page: string) => `Go to ${page}`, backUp: (name: string) => `Back up ${name}`, newFolder: "Back up another folder", openSet: (name: string) => `Open ${name}`, restoreFrom: (name: string) => `Restore from ${name}`, prove: (name: string) => `Prove that ${name} can be restored`, handRun: (name: string) => `Back up ${name} by hand`, backUpAll: "Back up everything", pauseHour: "Pause all backups for an hour", pauseTomorrow: "Pause all backups until tomorrow", resumeAll: "Resume all backups", settingsPage: (page: string) => `Settings: ${page}`, place: (name: string) => `Settings: ${name}`,
    theme: (name: string) => `Use the ${name.toLowerCase()} look`, testPlace: "Test the place", costs: "See what each set costs", findCommand: "Find a command", syncHistory: "Sync the shell history", lockRecords: "Lock the family records", recordsOf: (name: string) => `Records of ${name}`,
  },
  state: {
    idle: "Nothing running", next: (name: string, at: string) => `Next: ${name} ${at}`, paused: (until: string | null) => (until ? `Paused until ${until}` : "Paused"), resume: "Press to see what waits", never: "No backup yet", last: (at: string) => `Last complete ${at}`, running: (name: string, percent: number) => `${name}, ${percent}%`,
    about: (left: string) => `about ${left} left`, looking: "Looking at files", restoring: "Bringing files back",
  },
  hold: {
    label: (name: string, days: number, complete: number, part: number, more = "") =>
      `${name}, last ${days} days: ${complete} complete, ${part} in part${more}`,
    missed: (n: number) => `, ${n} missed`, proven: (day: string) => `, last proven ${day}`,
    all: "All sets", onDay: (day: string, what: string) => `${day}: ${what}`, copied: (size: string) => `complete, ${size} copied`, nothingNew: "complete, nothing new",
    outcome: { complete: "complete", partial: "in part", missed: "missed", off: "computer off or set paused", nothing: "no run" }, drill: { passed: ", restore drill passed", failed: ", restore drill failed" },
  },
  health: { ok: "Backed up", warn: "Needs you", bad: "Not backed up", none: "No run yet", paused: "Paused" },
  theme: { title: "Look", heading: "Light or dark", hint: "“As the system” follows the setting of this computer.", system: "As the system", light: "Light", dark: "Dark" },
  keys: { enter: "Enter", del: "Del", ctrl: "Ctrl", command: "⌘" },
  common: {
    back: "Back", cancel: "Cancel", close: "Close", didNotWork: "That did not work", edit: "Edit", choose: "Choose…", more: (n: number) => `${f.count(n)} more`, fewer: "Show fewer",
    tryAgain: "Try again", showFolder: "Show in folder", copyDetails: "Copy details", copied: "Details are on the clipboard", show: "Show", hide: "Hide",
    happened: "What happened", means: "What it means", todo: "What you can do", wait: "One moment", starting: "Starting", loading: "Loading", dismiss: "Dismiss",
    unknown: "–",
  },
  place: {
    ask: "Where should your copies live?", lead: "In a place that belongs to you. You can add more places later.", steps: ["Where to keep it", "First folder", "When"],
    computer: "This computer or a disk", computerHint: "No account. A second disk or a NAS is best.",
    provider: "A storage provider", providerHint: "A bucket at AWS, Backblaze, Cloudflare, Wasabi and others.",
    gateway: "A gateway", gatewayHint: "Your team gave you an address and a key.",
    diskAdvice: "Choose a second disk or a NAS if you have one. A copy on the same disk helps when you delete a file by mistake, but not when the disk fails.",
    diskFormat: "The copies are plain files that you can find and open without Holdfast.",
    folder: "Folder for the copies", folderHint: "Leave it empty to keep them in Holdfast’s own folder on this computer.", folderPlaceholder: "/media/disk/Holdfast",
    fields: {
      signsIn: "Who signs in", byKey: "A key", byProfile: "An AWS profile", awsProfile: "Profile",
      provider: "Provider", region: "Region", anotherRegion: "Another region…", bucket: "Bucket", address: "Address", addressPlaceholder: "https://storage.example.org",
      prefix: "Folder inside the bucket", optional: "optional", regionPlaceholder: "us-east-1", prefixPlaceholder: "laptop/", keyId: "Key ID", secret: "Secret", ca: "Certificate file", caHint: "For servers whose certificate this system does not know.",
      encryption: "Encryption at the place", encryptions: { place: "As the place does it", AES256: "With its own key (SSE-S3)", kms: "With a key of its key service (SSE-KMS)" }, encryptionHint: "Most providers encrypt what they keep anyway. The test says whether this one does as it is asked.",
      kmsKey: "Key", kmsHint: "Its id or ARN; empty for the account's own. A key of your own costs about $1 a month at AWS.",
      http: "Allow an address without encryption (http)", httpHint: "Whoever is on the way can read the files. Only for a server in your own network.",
      gateway: "Address of the gateway", gatewayPlaceholder: "https://backup.example.org", gatewayKey: "Key", keptInKeychain: "Leave this empty to go on with the one in the keychain, which is not shown.", gatewayPrefix: "Folder at the gateway",
    },
    profileSigns: "A profile of this computer’s AWS configuration (~/.aws/config). Holdfast keeps its name, and no key.", profileWord: "AWS profile",
    advanced: "More options", keychain: "The key goes into this computer’s keychain and into no file.", whereKeys: "Where do I find these?",
    test: "Test", testAgain: "Test again", testing: "Testing", saveTest: "Test and save", saving: "Saving", next: "Choose the first folder", keepChange: "Keep this place", save: "Save",
    needs: { bucket: "The name of the bucket is missing.", keyId: "The key ID is missing.", secret: "The secret is missing.", region: "The region is missing.", apiKey: "The key is missing.", address: "The address is missing.", addressForm: "An address starts with https:// or http://." },
    nothing: "Nothing tested yet", nothingHint: "The test writes a small file, reads it back and removes it.", nothingComputer: "Holdfast makes the folder ready and tests it. Nothing is sent anywhere.",
    nothingGateway: "The test asks the gateway whether it knows the key. It writes nothing.", checksGateway: ["Can it be reached", "Does it know the key"],
    worksGateway: "This gateway works", testedGateway: "Nothing was written.",
    foundGateway: (plain: boolean) => [
      { id: "reached", state: plain ? "problem" : "good", title: "It can be reached", detail: plain ? "Without encryption: whoever is on the way can read the files." : "The connection is encrypted." },
      { id: "known", state: "good", title: "It knows the key", detail: "It let this computer in." },
      { id: "beyond", state: "note", title: "The rest is decided there", detail: "The gateway holds the keys of the bucket. Whether old versions are kept, how much room there is and what it costs is set by whoever runs it." },
    ] as const,
    checks: ["Can it be reached", "Does it keep what it is given", "Can old versions come back", "What will it cost"],
    works: "This bucket works", worksLocal: "This folder works", notice: "This bucket works, with a limit",
    tested: (took: string, requests: number, cost: string) => `Tested in ${took} with ${f.many(requests, "request")}${cost && ", "}${cost}.`,
    costs: "100 GB here costs about", perMonth: (usd: string) => `${usd} a month`, saved: "This place is saved. Nothing needs to be tested again.",
    failed: "This place cannot be used yet", notSaved: "Nothing was saved.",
    // settings
    places: "Places", connection: "Connection", found: "What the test found", notTested: "Not tested since Holdfast was opened.", testNow: "Test now", change: "Change this place",
    gatewaySigns: "Its key, in the keychain", behind: (host: string) => `the gateway ${host}`, kv: { name: "Name", provider: "Provider", gateway: "Gateway", bucket: "Bucket", signs: "Signs in with", there: "At the place", way: "On the way", folder: "Folder", kept: "Kept as", address: "Address" },
    inFolder: "in the folder", secretIn: ", secret in the keychain", keyWord: "Key", encrypted: "Encrypted (https)", sse: (how: string) => (how === "AES256" ? "Encrypted with the place's own key (SSE-S3)" : how === "kms" ? "Encrypted with the account's own KMS key" : `Encrypted with the KMS key ${how.slice(4)}`), plain: "Not encrypted (http)", never: "Files never leave this computer",
    plainFiles: "Plain files you can open without Holdfast", localName: "This computer", localInline: "this computer", folderHere: (folder: string) => `the folder ${folder} on this computer`, own: "Holdfast’s own folder", testedAt: (at: string, requests: number) => `${f.capital(at)}, ${f.many(requests, "request")}`,
    none: "No place yet", removeNote: "Changing the place deletes nothing in the old one.",
  },
  backup: {
    title: "Backups", new: "New folder", newShort: "New", ask: "Which folder should be backed up?", lead: (place: string) => `Its copies go to ${place}.`,
    suggested: "Found on this computer", path: "Folder", pathPlaceholder: "/home/you/Documents", prefix: "Kept as", prefixHint: (where: string, kind: PlaceKind) => (kind === "local" ? `The copies are plain files in ${where}` : `${kind === "gateway" ? "At the gateway" : "In the bucket"} the copies are at ${where}`),
    hidden: "Include hidden files", hiddenHint: "Names that start with a dot, such as settings of programs.",
    remove: "Remove the copies of what I delete here", removeHint: "Off: copies of deleted files stay. On: a run that would remove a lot stops and asks you first.",
    excludes: "Leave out", excludesHint: "One rule in each line, as in .gitignore. Caches and temporary files are left out anyway.", excludesPlaceholder: "*.iso\nnode_modules/",
    rules: "Rules", preview: "See what would be copied", looking: "Looking", needsPath: "Choose a folder first.", prefixDots: "A name without .. is needed here.",
    lookingAt: "Looking at the folder", seen: (n: number) => `${files(n)} seen so far`, nothingSent: "Nothing has been sent yet.", looked: (ago: string) => `Looked ${ago}. Nothing has been sent yet.`,
    run: "Back up now", changeRules: "Change rules", lookAgain: "Look again", to: "to", keptAs: ", kept as", on: "on",
    say: { copies: "The next run copies ", up: " up", removes: ", removes ", leaves: " and leaves ", alone: " alone.", nothing: "Everything is already backed up. ", nothingRest: "The next run copies nothing and makes no request.", empty: "This folder holds no files." , onlyRemoves: "The next run removes " },
    groups: { upload: "Copy", remove: "Remove copies", skip: "Skip", keep: "Leave alone", download: "Bring back", replace: "Replace here" },
    keepNote: "already there, no request needed", listTitle: (what: string) => `${what}, files`, problems: (n: number) => `${files(n)} cannot be backed up`,
    problemsMean: "The others are backed up. Copies of these from before stay as they are.",
    receipt: { title: "What this run costs", prices: "Edit prices", now: "Now", monthly: "Then each month", nothing: "No request is needed", brakeOn: "The brake is on", brakeText: "A run that would remove more than Settings allow, or finds the folder empty or on another disk, stops and asks you first.", removeOff: "Nothing is removed", removeOffText: "Copies of files that you delete here stay." },
    brake: { title: (n: number) => `This run would remove ${files(n)}`, keep: "Keep them", see: "See the list", remove: (n: number) => `Remove ${files(n)}` },
    running: (place: string) => `is backing up to ${place}`,
    result: {
      complete: (name: string) => `${name} is backed up`, nothingNew: "Nothing was new, so nothing was sent.", completeText: (n: number, size: string) => `${files(n)} copied, ${size}. Each copy was confirmed.`,
      partial: (ok: number, bad: number) => `${f.many(ok, "file")} ${ok === 1 ? "was" : "were"} copied. ${f.count(bad)} could not be.`, partialText: "What was copied is safe.",
      cancelled: (name: string) => `${name} was stopped`, cancelledText: (n: number) => `${files(n)} ${n === 1 ? "was" : "were"} confirmed before you stopped it. They are safe, the next run goes on from there.`,
      failed: (name: string) => `${name} was not backed up`,
      facts: { copied: "Copied", removed: "Copies removed", moved: "Copied there", left: "Left alone", sent: "Sent", took: "Took", cost: "Cost", requests: "Requests" },
      tryAgain: (n: number) => `Try ${n === 1 ? "this 1" : `these ${f.count(n)}`} again`, done: "Done", goRestore: "See the copies",
    },
    empty: { title: "No folder yet", text: "A backup is one folder and the place its copies go. Each day that it is backed up adds a bar here.", button: "Choose a folder", later: "Later" },
    lastComplete: (at: string) => `Complete ${at}`, lastPart: (at: string) => `In part ${at}`, lastFailed: (at: string) => `Not backed up ${at}`, lastCancelled: (at: string) => `Stopped ${at}`, notYet: "No run yet", runningNow: "Running", forget: "Take off this list",
    forgot: (name: string) => `${name} is off the list. Its copies stay.`, more: "More", undo: "Undo",
  },
  check: {
    action: "Check", title: "Are the copies still what was backed up?", lead: "A check reads and compares. It changes no copy and nothing here.", how: "How closely to look",
    quick: "Compare the list", quickHint: (n: number) => `Finds copies that are missing or were replaced. Reads no content, so it takes ${f.many(Math.max(1, Math.ceil(n / 1000)), "request")}.`,
    sample: "Read some of them back", sampleHint: "Chosen anew each time and compared byte for byte. The others as in the list.", percent: "Share to read back, in percent", percentBad: "A number above 0 and up to 100 is needed here.",
    full: "Read all of them back", fullHint: (size: string) => `Downloads ${size} and compares every byte: the full proof. A provider that charges for downloads charges for this.`,
    start: "Check now", again: "Check again", copyAgain: "Copy them again", back: "Back to the plan",
    running: (place: string) => `is being checked at ${place}`, phase: "Comparing", compared: "copies compared", read: "read back",
    result: {
      listed: (n: number) => (n === 1 ? "The 1 copy is there" : `All ${f.count(n)} copies are there`), listedText: "Each has the size and the mark it had when it was confirmed. No content was read.",
      proven: (n: number) => (n === 1 ? "The 1 copy is what was backed up" : `All ${f.count(n)} copies are what was backed up`), provenText: (size: string) => `Each was read back and compared byte for byte, ${size} in all.`,
      sampled: (n: number) => `${f.many(n, "copy", "copies")} ${n === 1 ? "was" : "were"} read back and ${n === 1 ? "is" : "are"} what was backed up`, sampledText: (n: number) => `All ${f.count(n)} are there, with the size and the mark they had when they were confirmed.`,
      unknown: "There was nothing to compare with", unknownText: "No digest was kept with these copies. Back the folder up from here, then check again.",
      wrong: (bad: number, all: number) => `${f.count(bad)} of ${f.many(all, "copy", "copies")} ${bad === 1 ? "is" : "are"} not what was backed up, or could not be checked`, wrongText: "The files on this computer were not touched. Copies that are missing or damaged are sent again by the next backup, as long as the file is here.",
      cancelled: "The check was stopped", cancelledText: (n: number) => `${f.many(n, "copy", "copies")} ${n === 1 ? "was" : "were"} as backed up until then.`, failed: "The copies were not checked",
      facts: { fine: "As backed up", read: "Read back", unproven: "Without a digest", extra: "Others under this name", received: "Received", took: "Took", requests: "Requests", cost: "Cost" },
    },
    log: (n: number) => `${f.many(n, "copy", "copies")} not as backed up`, of: "Check",
  },
  failures: {
    title: (n: number) => (n === 1 ? "1 file was not copied" : `${f.count(n)} files were not copied`), path: "File", reason: "Why", hint: "What helps",
    helps: "Trying again may help.", helpsNot: "Trying again will not help until this is changed.", changed: "It is changed, try again",
  },
  run: {
    about: "about", left: "left", sent: "sent", received: "received", confirmed: "files confirmed", written: "files written", speed: "now", limited: (limit: number) => `now, limited to ${f.bytes(limit)}/s`, speedLabel: "Speed, last minute",
    of: (n: number) => `of ${f.count(n)}`, cancel: "Cancel", stopping: "Stopping", almost: "almost done", counting: "counting", now: "Now copying",
    said: (name: string, percent: number, left: string | null) => `${name}: ${percent}%${left ? `, about ${left} left` : ""}`,
    pause: "Pause", resume: "Go on", paused: "is paused", isPaused: "Paused", untilResumed: "until you go on", drill: "is being proven: a sample comes back and is compared", verify: "is being checked",
    thePlace: "the place", still: "without progress", silent: (seconds: number, place: string) => `No progress at ${place} for ${f.duration(seconds)}. It may be slow or away; Holdfast goes on trying.`, silentSaid: (name: string, place: string) => `${name}: no progress at ${place}. It may be slow or away; Holdfast goes on trying.`,
    reads: (seconds: number, file: string) => `Reading ${file}; nothing was sent for ${f.duration(seconds)}.`, readsSaid: (name: string, file: string) => `${name}: reading ${file}.`,
    phase: { scanning: "Looking at files", planning: "Working out the plan", transferring: "Copying", finishing: "Finishing" },
  },
  restore: {
    title: "Restore", tree: "Folders of the copies", ticked: { all: "All of it is selected", some: "A part of it is selected" }, files: "Files", columns: { changed: "Changed", size: "Size" }, all: "Select all in this folder", select: (name: string) => `Select ${name}`,
    loadMore: "Load more", loadedSoFar: (n: number) => `${f.count(n)} shown so far.`, emptyTitle: "No copies yet", emptyText: "Files that are backed up appear here, folder by folder.", emptyButton: "Back up a folder", emptyFolder: "This folder holds no files.",
    pickTitle: "Nothing selected", pickText: "Tick files or whole folders. Shift selects a range.", total: (n: number, size: string) => `${files(n)}, ${size}`, counting: "Counting files", soFar: (n: number, size: string) => `${files(n)}, ${size} so far`, stopCounting: "Stop",
    putThem: "Put them", original: "Back where they were", other: "In a new folder", originalUnknown: "Known after a backup from this computer", destination: "Folder to restore to", needsDestination: "Choose where to put them.",
    conflict: (n: number) => (n === 1 ? "1 file here is different" : `${files(n)} here are different`), conflictText: (name: string, n: number) => (n === 1 ? `${name} is not the same as the copy.` : `${name} and ${f.count(n - 1)} more are not the same as their copies.`),
    policy: { label: "What to do with files that are here already", keepBoth: "Keep both", skip: "Skip", replace: "Replace" },
    policySays: { keepBoth: "The copy is put beside your file, under a new name.", skip: "Your files stay as they are.", replace: "Your files are replaced. There is no way back." },
    same: "Already the same, not touched", kept: "Left as they are", received: "Received", bring: "To bring back", brought: "Brought back", download: "Download", free: "Free on this disk", skipped: "Skipped",
    none: "Nothing to bring back", button: (n: number) => `Restore ${files(n)}`, checking: "Comparing", tooSmall: (need: string) => `This disk has too little room. ${need} are needed.`,
    running: (where: string) => `go back to ${where}`, runName: (n: number) => files(n),
    result: { complete: (n: number, where: string) => `${files(n)} ${n === 1 ? "is" : "are"} back in ${where}`, completeFrom: (n: number, place: string) => `${files(n)} ${n === 1 ? "is" : "are"} back${place ? ` from ${place}` : ""}`, completeText: "Each one was compared with what was backed up.", unprovenText: (n: number) => `${files(n)} ${n === 1 ? "has" : "have"} no digest in the bucket: for ${n === 1 ? "it" : "them"} only the size could be compared. All others were compared with what was backed up.`, partial: (ok: number, bad: number) => `${files(ok)} ${ok === 1 ? "is" : "are"} back. ${f.count(bad)} could not be brought back.`, partialText: "The copies in the bucket are untouched.", cancelled: "The restore was stopped", cancelledText: (n: number) => `${files(n)} ${n === 1 ? "was" : "were"} written before. They are whole.`, failed: "Nothing was brought back", again: "Restore more" },
    drawer: (n: number) => (n === 0 ? "Selection" : `Selection, ${f.count(n)}`), refresh: "Look again", root: "All copies", restored: "Restored",
  },
  activity: {
    title: "Activity", log: "Run log", session: "since Holdfast was opened", filters: { all: "All", needs: "Needs you", part: "In part", failed: "Failed", stopped: "Stopped" },
    columns: { when: "When", name: "Folder", result: "Result", files: "Files", sent: "Moved", requests: "Requests", cost: "Cost", took: "Took" },
    complete: "Complete", nothingNew: "Complete, nothing new", partial: (n: number) => `In part, ${f.count(n)} not copied`, cancelled: "Stopped", failed: "Failed", restored: "Restored",
    emptyTitle: "No run yet", emptyText: "Each run leaves a line here: what was copied, what was not and why.", emptyButton: "Back up a folder", noneSuch: "No run of this kind.",
    unfinished: (n: number, size: string, bucket: string) => `${f.many(n, "unfinished upload")} ${n === 1 ? "keeps" : "keep"} ${size} in ${bucket}`,
    unfinishedText: (n: number, since: string | null, price: string | null) => `${since ? `from a run cut off ${since}. ` : ""}${price ? `${n === 1 ? "It costs" : "They cost"} ${price} a month. ` : ""}The next run goes on from ${n === 1 ? "it" : "them"} where it can. Once ${n === 1 ? "it is" : "they are"} removed, ${n === 1 ? "the file is" : "the files are"} sent from the beginning.`,
    unfinishedUnknown: (place: string, removing: boolean) => (removing ? `They could not be removed from ${place}.` : `Unfinished uploads of ${place} could not be listed.`),
    removeThem: "Remove them", removeTitle: (n: number) => `Remove ${f.many(n, "unfinished upload")}`, removeText: "The parts that were sent are deleted in the bucket, and the files are sent from the beginning. An upload that is still running on another computer would start again.", keepThem: "Keep them", removed: (n: number) => `${f.many(n, "unfinished upload")} removed`, restoreOf: "Restore",
  },
  settings: { title: "Settings", places: "Places", holdfast: "Holdfast", look: "Look" },
  overview, sets, log, prefs, find, history, records,
  failedToLoad: "Holdfast could not read its settings",
};
