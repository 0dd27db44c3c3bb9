/**
 * Backup sets, runs, places and settings that live in memory, as the core would answer.
 * Scenarios: gateway (one more place) · rules-refused · attention (and every other name) · calm · failed · drill · missed · quiet · paused · working · sets (24 of them) · no sets: fresh empty local started refused bare
 */
import type {
  AppError, BackupSetDraft, ChangedEvent, ClassShare, HereView, LifecycleForm, ObjectLockView, OpenEvent, OperationView, Overview, PauseUntil, PlanGroup,
  PlanView, PriceRow, Remembered, RunDetail, RunFilter, RunView, S3ObjectView, Schedule, Settings, SetView, ShownCopy, ThawFile, ThawOffer, ThawResult,
  VersioningView, VersionsPage,
} from "../../bindings";
import { MemorySharing } from "./memory-sharing";
import { subscribe, wait } from "./memory-work";
import { backupGroups, brake, failures, listing, million, receipt, tree } from "./samples";
import { classes, lifecycle, lifecyclePreview, places, policy, prices, settings, teamGateway, versionsOf } from "./samples-places";
import { ago, at, costsBySet, detailOf, devices, drillFailed, fourSets, inPart, months, notUnderstood, refusedKey, runsOf, sentAnew, set, days, waiting, newDraft } from "./samples-sets";
import { describe, upcoming } from "./schedule-in-memory";

const WITHOUT_SETS = ["fresh", "empty", "local", "started", "refused", "bare"];
const error = (code: string, message: string, hint = ""): AppError => ({ kind: "ConfigError", code: code as AppError["code"], message, hint, retryable: false });

export class MemoryEngine extends MemorySharing {
  private sets: SetView[];
  private runs: RunView[];
  private operations: OperationView[] = [];
  protected placeList = places();
  private priceList = prices();
  private options = settings();
  private life: LifecycleForm = lifecycle;
  private versioning: VersioningView = "on";
  private locked: ObjectLockView = { available: false, mode: "none", days: null, words: "This bucket was made without Object Lock. It can only be turned on when a bucket is made." };
  private thawed = new Set<string>();
  private opened = new Set<(event: OpenEvent) => void>();
  private nextId = 1;
  private objectCache: S3ObjectView[] | null = null;

  constructor(scenario: string) {
    super(scenario);
    if (scenario === "gateway") this.placeList.push(teamGateway);
    this.sets = WITHOUT_SETS.includes(scenario) ? [] : setsOf(scenario);
    this.runs = this.sets.length === 0 ? [] : runsOf(scenario === "failed" ? "failed" : ["calm", "sets", "working", "paused"].includes(scenario) ? "calm" : "attention");
    for (const one of this.sets) one.last_run = this.runs.find((run) => run.set_name === one.draft.name && run.kind === "backup") ?? null;
    if (scenario === "working") this.start("photos", "backup", { files: 2038, bytes: 9_870_000_000 }, "op-photos");
  }

  remembered = (what: Remembered): string | null => localStorage.getItem(`holdfast.${what}`);
  remember = async (what: Remembered, value: string): Promise<null> => {
    localStorage.setItem(`holdfast.${what}`, value);
    return null;
  };
  pageToOpen = async (): Promise<OpenEvent | null> => null;
  onOpenPage = (listener: (event: OpenEvent) => void) => subscribe(this.opened, listener);
  /** For tests: as if a notification had been pressed. */
  press = (event: OpenEvent) => this.opened.forEach((l) => l(event));

  protected objects(): S3ObjectView[] {
    return (this.objectCache ??= this.scenario === "empty" ? [] : this.scenario.startsWith("million") ? million() : tree(this.scenario));
  }
  private tell(...whats: ChangedEvent["what"][]): void {
    for (const what of whats) this.changed.forEach((l) => l({ what }));
  }
  private find(id: string): SetView {
    const found = this.sets.find((one) => one.id === id);
    if (!found) throw error("no_record", "this set is not there any more", "Look at the list again.");
    return found;
  }
  private replace(next: SetView): SetView {
    this.sets = this.sets.map((one) => (one.id === next.id ? next : one));
    this.tell("sets", "overview");
    return next;
  }

  // ---- sets
  listBackupSets = async () => this.sets;
  async saveBackupSet(id: string | null, draft: BackupSetDraft, hold: PauseUntil | null): Promise<SetView> {
    await wait(80);
    if (/nowhere/i.test(draft.folder)) throw { ...error("folder_missing", `the folder ${draft.folder} is not there`, "Check the path, or connect the disk."), kind: "ConfigError" };
    if (this.sets.some((one) => one.id !== id && one.draft.name === draft.name)) throw error("set_bad", `there is a set “${draft.name}” already`, "choose another name");
    const place = this.placeList.find((p) => p.config.profile === draft.profile)?.title ?? "this computer";
    const next_run = upcoming(draft.schedule)[0] ?? null;
    if (id) return this.replace({ ...this.find(id), draft, next_run });
    const made = set(`set-${this.nextId++}`, "Mail", { draft, place, next_run, health: { colour: "none", since: null, reasons: [] }, days: days("Mail").map((d) => ({ ...d, outcome: "nothing", bytes: 0, drill: "none", run_id: null })), last_complete: null, last_proven: null, stored_files: 0, stored_bytes: 0, cost_this_month_usd: 0 });
    this.sets = [...this.sets, made];
    this.tell("sets", "overview");
    if (hold) await this.pauseSets(made.id, hold);
    return this.find(made.id);
  }
  async removeBackupSet(id: string) { this.sets = this.sets.filter((one) => one.id !== id); this.tell("sets", "overview"); return null; }
  async previewBackupSet(id: string, operationId: string | null): Promise<PlanView> {
    await this.scan(operationId ?? "", this.up);
    const { draft } = this.find(id);
    const nothing = this.scenario === "nothing" || this.scenario === "calm";
    const groups = backupGroups(draft.delete_remote, this.scenario === "brake").filter((g) => !nothing || g.kind === "keep");
    return planOf(groups, this.scenario === "brake" && draft.delete_remote ? brake : null, this.scenario === "partial" ? failures : [], nothing);
  }
  async runBackupSet(id: string, _confirmed: number | null) { return this.start(id, "backup", { files: 214, bytes: 1_840_000_000 }); }
  async runDrill(id: string) { return this.start(id, "drill", { files: 40, bytes: 412_000_000 }); }
  async setRetry(id: string, paths: string[]) { return this.start(id, "backup", { files: paths.length, bytes: 3_000_000 }); }
  async pauseSets(id: string | null, until: PauseUntil) {
    const paused_until = until === "hour" ? ago(-3_600_000) : until === "tomorrow" ? at("00:00", 1) : null;
    this.sets = this.sets.map((one) => (id === null || one.id === id ? { ...one, activity: "paused", paused_until, health: { colour: "paused", since: ago(0), reasons: [] } } : one));
    this.tell("sets", "overview");
    return null;
  }
  async resumeSets(id: string | null) {
    this.sets = this.sets.map((one) => (id === null || one.id === id ? { ...one, activity: "idle", paused_until: null, health: { colour: "green", since: null, reasons: [] } } : one));
    this.tell("sets", "overview");
    return null;
  }
  async excludeFromSet(id: string, paths: string[]) {
    const one = this.find(id);
    return this.replace({ ...one, draft: { ...one.draft, exclude_patterns: [...one.draft.exclude_patterns, ...paths.map((p) => `/${p}`)] }, health: { colour: "green", since: null, reasons: [] } });
  }
  async scheduleWords(schedule: Schedule) {
    if (schedule.kind === "cron" && schedule.expression.trim().split(/\s+/).length !== 5) throw error("bad_schedule", "a cron rule has five parts", "For example 0 18 * * 1-5 for workdays at 18:00.");
    return { words: describe(schedule), next: upcoming(schedule) };
  }

  private start(id: string, kind: RunView["kind"], total: { files: number; bytes: number }, operation = `op-${this.nextId++}`): string {
    const one = this.find(id);
    const run: RunView = { id: `run-${operation}`, set_id: id, set_name: one.draft.name, kind, trigger: "person", place: one.place, folder: one.draft.folder, started: ago(0), ended: null, result: "running", why: null, files: 0, files_planned: total.files, removed: 0, copied: 0, bytes: 0, requests: 0, cost_usd: 0, failures: 0 };
    this.runs = [run, ...this.runs];
    this.operations = [...this.operations, { operation_id: operation, kind, title: one.draft.name, set_id: id, paused: false }];
    this.replace({ ...one, activity: "working", operation_id: operation });
    this.tell("operations", "runs");
    void this.transfer(operation, kind === "drill" ? this.down : this.up, total).then((state) => this.end(operation, run, state === "cancelled"));
    return operation;
  }
  private end(operation: string, run: RunView, cancelled: boolean): void {
    const partial = this.scenario === "partial" && run.kind === "backup";
    const failed = this.scenario === "fail" && run.kind === "backup";
    const done: RunView = { ...run, ended: ago(0), result: cancelled ? "cancelled" : failed ? "failed" : partial ? "partial" : "complete", why: failed ? "Backblaze did not accept the key “mara-laptop”" : null, files: partial ? 416 : cancelled ? 81 : failed ? 0 : run.files_planned, failures: partial ? 2 : 0, bytes: failed ? 0 : 1_840_000_000, requests: 232, cost_usd: 0.0012, copied: run.kind === "backup" && !failed ? 5 : 0 };
    this.runs = this.runs.map((other) => (other.id === run.id ? done : other));
    this.operations = this.operations.filter((other) => other.operation_id !== operation);
    const one = this.sets.find((other) => other.id === run.set_id);
    if (one) this.replace({ ...one, activity: "idle", operation_id: null, last_run: done, ...(done.result === "partial" ? { health: { colour: "amber", since: ago(0), reasons: [{ code: "last_run_in_part", words: "The last run could not copy 2 files.", means: "Everything else is backed up.", hint: "Open the run to see each file and what to do about it.", run_id: done.id }] } } : done.result === "complete" ? (run.kind === "drill" ? { last_proven: done.ended, health: well } : { last_complete: done.ended, health: one.health.reasons[0]?.code === "drill_failed" ? sentAnew : well, days: [...one.days.slice(0, -1), { ...one.days[89]!, outcome: "complete", bytes: done.bytes, run_id: done.id }] }) : {}) });
    this.tell("operations", "runs", "sets", "overview");
  }
  /** A run that no set asked for: it is in the log like any other. */
  protected note(run: Partial<RunView> & Pick<RunView, "set_name" | "kind" | "result">): void {
    this.runs = [{ id: `own-${this.nextId++}`, set_id: null, trigger: "person", place: "Backblaze B2", folder: null, started: ago(3000), ended: ago(0), why: null, files: 0, files_planned: 0, removed: 0, copied: 0, bytes: 0, requests: 0, cost_usd: 0, failures: 0, ...run }, ...this.runs];
    this.tell("runs");
  }

  // ---- overview and log
  async getOverview(): Promise<Overview> {
    return { ...overviewOf(this.scenario, this.sets), sets: this.sets, next_run: nextOf(this.sets), next_drill: this.sets.length > 0 ? upcoming(newDraft.drill)[0] ?? null : null, months: this.sets.length > 0 ? months() : [], stored_bytes: this.sets.reduce((n, s) => n + s.stored_bytes, 0), devices: this.sets.length > 0 ? devices(this.scenario === "quiet") : [] };
  }
  costsBySet = async () => (this.sets.length > 0 ? costsBySet(this.sets) : []);
  async listRuns(filter: RunFilter) {
    const needs = (run: RunView) => run.result === "partial" || run.result === "failed" || run.result === "cut_off";
    const newest = new Map<string, RunView>();
    for (const run of this.runs) if (!newest.has(run.set_name) && run.result !== "skipped" && run.result !== "running") newest.set(run.set_name, run);
    const open = (run: RunView) => needs(run) && newest.get(run.set_name) === run;
    const wanted = this.runs.filter((run) => (filter.set_id === null || run.set_id === filter.set_id) && (filter.kind === null || run.kind === filter.kind) && (filter.before === null || run.started < filter.before)
      && (filter.result === "all" || (filter.result === "needs_you" ? open(run) : run.result === filter.result)));
    return { runs: wanted.slice(0, filter.limit), needs_you: this.runs.filter(open).length, more: wanted.length > filter.limit };
  }
  async getRun(id: string): Promise<RunDetail> {
    const [shape, back] = id.split(/-(?=\d+$)/);
    const run = this.runs.find((one) => one.id === id) ?? this.runs.find((one) => one.set_name.startsWith(shape ?? "") && one.started.startsWith(new Date(Date.now() - Number(back) * 86_400_000).toISOString().slice(0, 10)));
    if (!run) throw error("no_record", "this run is not in the log any more", "The log keeps a year.");
    return detailOf(run);
  }
  listOperations = async () => this.operations;
  async pauseOperation(id: string) { return this.hold(id, true); }
  async resumeOperation(id: string) { return this.hold(id, false); }
  private hold(id: string, paused: boolean): null {
    if (paused) this.held.add(id); else this.held.delete(id);
    this.operations = this.operations.map((one) => (one.operation_id === id ? { ...one, paused } : one));
    this.tell("operations");
    return null;
  }

  // ---- places and what is kept there
  listPlaces = async () => (WITHOUT_SETS.includes(this.scenario) ? [] : this.placeList);
  async removePlace(profile: string) { this.placeList = this.placeList.filter((p) => p.config.profile !== profile); this.tell("settings"); return null; }
  storageClasses = async (profile: string) => (profile === "aws" ? classes : classes.slice(0, 1).map((one) => ({ ...one, usd_per_gb_month: 0.006 })));
  getVersioning = async () => (this.scenario === "local" || this.scenario === "nothing" ? "off" : this.versioning);
  async setVersioning(_profile: string, on: boolean) { this.versioning = on ? "on" : "suspended"; return null; }
  getLifecycle = async (profile: string) => { if (profile === "vault") throw error("not_supported", "the folder /media/vault/Holdfast does not offer lifecycle rules", "do without them"); return this.life; };
  async previewLifecycle(_profile: string, form: LifecycleForm) { await wait(40); return lifecyclePreview(form); }
  async setLifecycle(_profile: string, form: LifecycleForm) {
    await wait(150);
    if (this.scenario === "rules-refused" && form.transition) throw { ...error("setting_refused", "MinIO refused lifecycle rules: Invalid storage class", "nothing was changed; leave out what it names, or ask your provider"), kind: "SdkError" };
    this.life = form;
    return null;
  }
  getObjectLock = async (profile: string) => (profile === "aws" ? { ...this.locked, available: true, words: "Nobody can delete or change a locked copy before its day, whatever key they have." } : this.locked);
  async setObjectLock(_profile: string, mode: string, days: number) { this.locked = { ...this.locked, mode: mode as typeof this.locked.mode, days }; return null; }
  leastPrivilegePolicy = async (profile: string) => (profile === "team" ? { iam_json: "", terraform: "", words: "The gateway holds the bucket's keys; what this computer may do there is set in its configuration." } : policy);

  async listVersions(_profile: string, prefix: string, asOf: string | null, continuation: string | null): Promise<VersionsPage> {
    await wait(40);
    const one = this.objects().find((o) => o.key === prefix);
    if (one) return { versions: versionsOf(prefix).filter((v) => !asOf || v.last_modified <= asOf), continuation: null };
    const found = listing(this.objects(), prefix, null).objects.filter((o) => !asOf || (o.last_modified ?? "") <= asOf);
    const from = Number(continuation ?? 0);
    const gone = asOf && prefix === "Documents/" ? [{ key: "Documents/Recipes/Plum cake.md", version_id: "g1", size: 4200, last_modified: at("10:00", -70), is_latest: false, is_delete_marker: false, storage_class: "STANDARD" }] : [];
    return { versions: [...gone, ...found.slice(from, from + 1000).map((o) => ({ key: o.key, version_id: "v0", size: o.size, last_modified: o.last_modified ?? ago(0), is_latest: true, is_delete_marker: false, storage_class: o.storage_class }))], continuation: from + 1000 < found.length ? String(from + 1000) : null };
  }
  async thawOffer(_profile: string, shares: ClassShare[], looked: ThawFile[], days: number): Promise<ThawOffer> {
    await wait(60);
    const all = shares.reduce((sum, share) => sum + share.files, 0);
    const on_way = looked.filter(({ key }) => this.thawed.has(key)).length;
    const cold = looked.length < all ? all : looked.length - on_way;
    return { files: all, looked_at: looked.length, archived: looked.length - on_way, on_way, ready: 0, usd: cold * 0.0021, words: cold > 0 ? `Bringing back takes up to 12 hours. After that there are ${days} days to restore.` : "On the way back already. That takes up to 12 hours from the moment they were asked for." };
  }
  async thaw(_profile: string, files: ThawFile[], _days: number, operation: string | null): Promise<ThawResult> {
    const state = files.length > 1 ? await this.transfer(operation ?? "", this.down, { files: files.length, bytes: 0 }) : "done";
    const asked = files.slice(0, state === "done" ? undefined : Math.floor(files.length / 3)).filter(({ key }) => !this.thawed.has(key));
    for (const { key } of asked) this.thawed.add(key);
    return { state: state === "done" ? "complete" : "cancelled", asked: asked.length, on_way: state === "done" ? files.length - asked.length : 0, ready: 0, not_archived: 0, usd: asked.length * 0.0021, failures: [] };
  }
  async searchObjects(_profile: string, text: string, limit: number) {
    await wait(60);
    const parts = text.toLowerCase().split(/\s+/).filter(Boolean);
    return { objects: this.objects().filter((o) => parts.every((part) => o.key.toLowerCase().includes(part))).slice(0, limit), prefixes: [], continuation: null };
  }
  async compareHere(_profile: string, _prefix: string, _folder: string, shown: ShownCopy[]): Promise<HereView[]> {
    return shown.map(({ key }) => (key.endsWith("Renovation budget.xlsx") ? { key, state: "newer", changed: at("09:12") } : /Offer|IMG_220[123]/.test(key) ? { key, state: "missing", changed: null } : { key, state: "same", changed: null }));
  }

  // ---- settings
  getSettings = async () => this.options;
  async saveSettings(next: Settings) { await wait(30); this.options = next; this.tell("settings"); return null; }
  exportSettings = async (_path: string) => null;
  importSettings = async (_path: string) => ({ needs_secret: ["Backblaze B2", "Documents on AWS"], paused: ["Letters", "Music"], left_out: ["Photos"] });
  listAwsProfiles = async () => (this.scenario === "aws-profiles" ? ["default", "work"] : []);
  listPrices = async () => this.priceList;
  async savePrice(row: PriceRow) { this.priceList = this.priceList.map((p) => (p.id === row.id ? { ...row, edited: true } : p)); return null; }
  async resetPrice(id: string) { this.priceList = this.priceList.map((p) => (p.id === id ? (prices().find((o) => o.id === id) ?? p) : p)); return null; }
}

const well: SetView["health"] = { colour: "green", since: null, reasons: [] };

export function planOf(groups: PlanGroup[], braked: PlanView["brake"], problems: PlanView["problems"], free: boolean): PlanView {
  const sum = (pick: (g: PlanGroup) => number) => groups.reduce((n, g) => n + pick(g), 0);
  return { total_files: sum((g) => g.count), total_bytes: sum((g) => g.bytes), groups, receipt: receipt(free), brake: braked, problems, free_bytes: 240_000_000_000 };
}

function setsOf(scenario: string): SetView[] {
  const [studio, documents, photos, mail] = fourSets() as [SetView, SetView, SetView, SetView];
  const partDays = Object.fromEntries([0, 1, 2].map((back) => [back, { outcome: "partial" as const, run_id: back === 0 ? "studio-now" : `Studio-${back}` }]));
  const late = { ...studio, health: inPart, days: days("Studio", partDays), last_complete: at("18:00", -4), last_proven: at("03:00", -12) };
  if (scenario === "calm" || scenario === "working") return [studio, documents, photos, mail];
  if (scenario === "paused") return [studio, documents, photos, mail].map((s) => ({ ...s, activity: "paused", paused_until: at("00:00", 1), health: { colour: "paused", since: ago(0), reasons: [] } }));
  if (scenario === "failed") return [{ ...photos, health: refusedKey, days: days("Photos", { 0: { outcome: "partial" } }) }, late, documents, mail];
  if (scenario === "drill") return [{ ...documents, health: drillFailed, days: days("Documents", { 1: { drill: "failed" } }) }, studio, photos, mail];
  if (scenario === "broken") return [{ ...documents, draft: { ...documents.draft, schedule: { kind: "cron", expression: "every noon" } }, health: notUnderstood, next_run: null }, studio, photos, mail];
  if (scenario === "missed") return [{ ...mail, health: waiting, waits_because: "the disk is not connected", last_complete: at("07:00", -2), days: days("Mail", { 0: { outcome: "missed", bytes: 0 }, 1: { outcome: "missed", bytes: 0 }, 6: { outcome: "off", bytes: 0 }, 7: { outcome: "off", bytes: 0 } }) }, studio, documents, photos];
  if (scenario === "sets") return Array.from({ length: 24 }, (_, n) => ({ ...([documents, photos, mail, studio][n % 4] as SetView), id: `many-${n}`, draft: { ...documents.draft, name: `${["Archive", "Client", "Photos", "Projects"][n % 4]} ${2002 + n}`, folder: `/home/mara/Archive/${2002 + n}` } }));
  return [late, documents, photos, mail];
}
function nextOf(sets: SetView[]): Overview["next_run"] {
  const next = sets.filter((s) => s.next_run && s.activity !== "paused").sort((a, b) => (a.next_run ?? "").localeCompare(b.next_run ?? ""))[0];
  return next?.next_run ? { set_name: next.draft.name, at: next.next_run } : null;
}
function overviewOf(scenario: string, sets: SetView[]): Pick<Overview, "state" | "headline" | "detail" | "last_complete" | "paused_until"> {
  const last_complete = sets.length > 0 ? ago(11.4 * 60_000) : null;
  const of = (state: Overview["state"], headline: string, detail = ""): ReturnType<typeof overviewOf> => ({ state, headline, detail, last_complete, paused_until: state === "paused" ? at("00:00", 1) : null });
  const bad = sets.filter((s) => s.health.colour === "red").length;
  const amber = sets.filter((s) => s.health.colour === "amber").length;
  if (sets.length === 0) return of("empty", "Nothing is backed up yet.");
  if (sets.every((s) => s.activity === "paused")) return of("paused", "Backups are paused until tomorrow. Everything up to now is backed up.");
  if (bad > 0) return of("failed", `${sets.find((s) => s.health.colour === "red")?.draft.name} is not backed up. ${amber > 0 ? "One more set needs you." : "Everything else is backed up."}`);
  if (amber > 0) return of("attention", "One set needs you. Everything else is backed up.");
  if (sets.some((s) => s.activity === "working")) return of("working", "Everything is backed up. Photos is being copied.");
  return of("fine", "Everything is backed up.", scenario === "calm" ? "Proven restorable on Sunday." : "");
}
