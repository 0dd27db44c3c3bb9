/** Browse the bucket by folder, tick, choose where, see what would be written, run it. Writes nothing before the count is on the button. */
import { SvelteMap, SvelteSet } from "svelte/reactivity";
import type { AppError, HereView, PlanGroup, PlanView, RestoreOptions, ThawView } from "../../bindings";
import { asAppError, type Host } from "$lib/host";
import type { Folders } from "$lib/runs/folders.svelte";
import { newId } from "$lib/runs/id";
import type { Run, RunBook } from "$lib/runs/runs.svelte";
import { format, words } from "$lib/words";
import { comparedHere, endOfDay, everyFile, goneSince, isArchived, listFolder, type Copy, type Where } from "./source";
import { Versions } from "./versions.svelte";
import { commonFolder, countByFolder, joinPath, markOf, nameOf, originOf, parentOf, setOf, type Mark, type Origin, type Row } from "./selection";

export type Policy = "keepBoth" | "skip" | "replace";
export type TreeNode = { id: string; name: string; depth: number; open: boolean; leaf: boolean; gone: boolean; mark: { all: boolean; words: string } | null };
type Moment = Pick<RestoreOptions, "as_of" | "versions">;
const FOUND = 500;
const optionsFor = (policy: Policy, keys: string[] | null, dry: boolean, moment: Moment): RestoreOptions => ({
  ...moment, dry_run: dry, overwrite_existing: policy === "replace", keep_both: policy === "keepBoth", exclude_patterns: [], keys,
});

export class Restore {
  folder = $state("");
  rows = $state.raw<Row[]>([]);
  more = $state<string | null>(null);
  loading = $state(false);
  loaded = $state(false);
  error = $state.raw<AppError | null>(null);
  children = new SvelteMap<string, string[]>();
  openFolders = new SvelteSet<string>([""]);

  /** Which place, and as of when: the end of a day, or null for now. */
  profile = $state<string | null>(null);
  asOf = $state<string | null>(null);
  gone = new SvelteSet<string>();
  find = $state("");
  found = $state.raw<Row[] | null>(null);
  foundMore = $state(false);
  private searched = 0;
  readonly versions: Versions;
  here = $state.raw<Map<string, HereView>>(new Map());
  archived = new SvelteSet<string>();
  thaws = $state.raw<ThawView[]>([]);
  thawError = $state.raw<AppError | null>(null);
  /** Folders of sets, beside those that were backed up by hand. */
  origins: () => Origin[] = () => [];

  picked = new SvelteMap<string, number>();
  private folderSizes = new SvelteMap<string, number>();
  /** Files and bytes of the folders that were counted: those that were ticked. */
  counted = new SvelteMap<string, { files: number; bytes: number }>();
  counting = $state(0);
  private anchor = -1;

  where = $state<"original" | "other">("original");
  other = $state("");
  private otherTyped = false;
  policy = $state<Policy>("keepBoth");
  plan = $state.raw<PlanView | null>(null);
  conflicts = $state.raw<PlanGroup | null>(null);
  checking = $state(false);
  planError = $state.raw<AppError | null>(null);
  run = $state.raw<Run | null>(null);
  home = $state<string | null>(null);
  private asked = 0;
  private comparing = "";
  private timer: ReturnType<typeof setTimeout> | undefined;
  private folderAsked = 0;

  counts = $derived(countByFolder(this.picked.keys()));
  bytes = $derived([...this.picked.values()].reduce((n, size) => n + size, 0));
  base = $derived(commonFolder([...this.picked.keys()]));
  origin = $derived.by(() => originOf(this.base, this.known()));
  effectiveWhere = $derived(this.origin === null ? "other" : this.where);
  destination = $derived(this.effectiveWhere === "original" ? (this.origin ?? "") : this.other.trim());
  toWrite = $derived(sum(this.plan, "download", "replace"));
  same = $derived(sum(this.plan, "keep"));
  skipped = $derived(sum(this.plan, "skip"));
  tooSmall = $derived(this.plan?.free_bytes != null && this.toWrite.bytes > this.plan.free_bytes);
  canRun = $derived(this.plan !== null && !this.checking && this.toWrite.count > 0 && !this.tooSmall && this.counting === 0);
  nodes = $derived(this.walk("", 0));
  /** What the list shows: the folder, or what a search found. */
  shown = $derived(this.found ?? this.rows);
  private inside = $derived(this.found ? this.shown.filter((r) => this.picked.has(r.id)).length : this.folder === "" ? this.picked.size : (this.counts.get(this.folder) ?? 0));
  allMark = $derived<Mark>(this.inside === 0 ? "none" : this.shown.every((r) => this.mark(r) === "all") ? "all" : "some");
  toThaw = $derived([...this.picked.keys()].filter((key) => this.archived.has(key)));
  private known = (): Origin[] => [...this.folders.here, ...this.origins()];
  private source = $derived<Where>({ profile: this.profile, asOf: this.asOf });

  constructor(private readonly host: Host, private readonly book: RunBook, private readonly folders: Folders) {
    this.versions = new Versions(host);
  }

  async findHome(): Promise<void> {
    this.home = await this.host.homeFolder().catch(() => null);
  }
  async load(): Promise<void> {
    await this.open("");
  }

  async refresh(): Promise<void> {
    this.children.clear();
    this.counted.clear();
    await this.open(this.folder);
    for (const folder of [...this.openFolders]) if (!this.children.has(folder)) await this.branch(folder);
  }

  /** Another place: nothing of the old one stays. */
  async go(profile: string | null, folder = ""): Promise<void> {
    this.profile = profile;
    this.forget();
    this.picked.clear();
    this.asOf = null;
    await this.open(folder);
    if (folder !== "") await this.branch("");
    this.replan();
  }
  /** Another day: the same folder as it was then. What was ticked stays ticked where it was there. */
  async goTo(day: string, today: string): Promise<void> {
    const asOf = endOfDay(day, today);
    if (asOf === this.asOf) return;
    this.asOf = asOf;
    this.forget();
    await this.refresh();
    this.replan();
  }
  private forget(): void {
    this.children.clear();
    this.counted.clear();
    this.gone.clear();
    this.versions.close();
    this.clearSearch();
  }

  async search(text: string): Promise<void> {
    this.find = text;
    const ask = ++this.searched;
    if (text.trim() === "") return this.clearSearch();
    this.loading = true;
    try {
      const page = await this.host.searchObjects(this.profile ?? "default", text.trim(), FOUND);
      if (ask !== this.searched) return;
      this.found = page.objects.map((o) => this.fileRow({ ...o, newest: true }));
      this.foundMore = page.objects.length >= FOUND || page.continuation !== null;
      this.error = null;
    } catch (reason) {
      if (ask === this.searched) this.error = asAppError(reason);
    } finally {
      if (ask === this.searched) this.loading = false;
    }
  }
  clearSearch(): void {
    this.searched++;
    this.find = "";
    this.found = null;
    this.anchor = -1;
    this.loading = false;
  }
  private fileRow(o: Copy): Row {
    if (isArchived(o)) this.archived.add(o.key);
    return { id: o.key, name: nameOf(o.key), folder: false, size: o.size, at: o.last_modified, newest: o.newest };
  }

  private async compareHere(ask: number, rows: Row[]): Promise<void> {
    const found = await comparedHere(this.host, this.source, setOf(this.folder, this.known()), rows);
    if (ask === this.folderAsked) this.here = new Map([...this.here, ...found]);
  }
  private async findGone(folder: string, then: string[]): Promise<void> {
    for (const one of await goneSince(this.host, this.source, folder, then)) this.gone.add(one);
  }

  async askThaw(): Promise<void> {
    this.thaws = this.toThaw.length > 0 ? await this.host.thawState(this.profile ?? "default", this.toThaw).catch(() => []) : [];
  }
  async thaw(days: number): Promise<void> {
    this.thawError = null;
    try {
      this.thaws = await this.host.thaw(this.profile ?? "default", this.toThaw, days);
    } catch (reason) {
      this.thawError = asAppError(reason);
    }
  }

  async open(folder: string): Promise<void> {
    const ask = ++this.folderAsked;
    this.clearSearch();
    this.versions.key = null;
    this.folder = folder;
    this.rows = [];
    this.here = new Map();
    this.more = null;
    this.anchor = -1;
    for (let at = folder; at !== ""; at = parentOf(at)) this.openFolders.add(parentOf(at));
    await this.page(null, ask);
    if (folder !== "" && (this.children.get(folder)?.length ?? 0) > 0) this.openFolders.add(folder);
  }

  loadMore = (): Promise<void> => this.page(this.more, this.folderAsked);

  private async page(continuation: string | null, ask: number): Promise<void> {
    this.loading = true;
    this.error = null;
    try {
      const folder = this.folder;
      const page = await listFolder(this.host, this.source, folder, continuation);
      if (ask !== this.folderAsked) return;
      const folders = page.folders.map((id): Row => ({ id, name: nameOf(id), folder: true, size: 0, at: null, newest: true }));
      const files = page.files.map((o) => this.fileRow(o));
      this.rows = [...this.rows, ...folders, ...files];
      this.children.set(folder, this.rows.filter((r) => r.folder).map((r) => r.id));
      this.more = page.continuation;
      void this.compareHere(ask, files);
      if (continuation === null) void this.findGone(folder, page.folders);
    } catch (reason) {
      if (ask === this.folderAsked) this.error = asAppError(reason);
    } finally {
      if (ask === this.folderAsked) {
        this.loading = false;
        this.loaded = true;
      }
    }
  }

  async toggleBranch(folder: string, open: boolean): Promise<void> {
    if (!open) return void this.openFolders.delete(folder);
    this.openFolders.add(folder);
    if (!this.children.has(folder)) await this.branch(folder);
  }

  private async branch(folder: string): Promise<void> {
    const page = await listFolder(this.host, this.source, folder, null).catch(() => null);
    if (page) this.children.set(folder, page.folders);
    if (page) await this.findGone(folder, page.folders);
  }

  private walk(folder: string, depth: number): TreeNode[] {
    const below = this.children.get(folder);
    const open = this.openFolders.has(folder);
    const name = folder === "" ? words.restore.root : nameOf(folder);
    const node: TreeNode = { id: folder, name, depth, open, leaf: below?.length === 0 && folder !== "", gone: this.gone.has(folder), mark: this.marked(folder) };
    return [node, ...(open ? (below ?? []).flatMap((child) => this.walk(child, depth + 1)) : [])];
  }

  /** What of a folder is ticked, also where only some of its files are. */
  private marked(folder: string): TreeNode["mark"] {
    const mark = folder === "" ? (this.picked.size > 0 ? "some" : "none") : markOf({ id: folder, folder: true }, this.picked, this.counts, this.folderSizes);
    return mark === "none" ? null : { all: mark === "all", words: words.restore.ticked[mark] };
  }

  mark = (row: Row): Mark => markOf(row, this.picked, this.counts, this.folderSizes);

  /** A press on a tick: alone it turns over, with Shift the whole range becomes what its first row is. */
  async tick(index: number, range: boolean): Promise<void> {
    const row = this.shown[index];
    if (!row) return;
    const first = range ? this.shown[this.anchor] : undefined;
    if (!first) this.anchor = index;
    const on = first ? this.mark(first) === "all" : this.mark(row) !== "all";
    const [from, to] = [Math.min(this.anchor, index), Math.max(this.anchor, index)];
    await this.setAll(this.shown.slice(from, to + 1), on);
  }
  tickAll = (): Promise<void> => this.setAll(this.shown, this.allMark !== "all");

  private async setAll(rows: Row[], on: boolean): Promise<void> {
    this.counting++;
    try {
      for (const row of rows) await this.set(row, on);
    } catch (reason) {
      this.planError = asAppError(reason);
    } finally {
      this.counting--;
    }
    this.replan();
  }

  private async set(row: Row, on: boolean): Promise<void> {
    if (!row.folder) return void (on ? this.picked.set(row.id, this.asChosen(row).size) : this.picked.delete(row.id));
    if (!on) {
      for (const key of [...this.picked.keys()]) if (key.startsWith(row.id)) this.picked.delete(key);
      return;
    }
    let [count, bytes] = [0, 0];
    for await (const o of everyFile(this.host, this.source, row.id)) {
      const size = this.versions.chosen.get(o.key)?.size ?? o.size;
      this.picked.set(o.key, size);
      if (isArchived(o)) this.archived.add(o.key);
      count++;
      bytes += size;
    }
    this.folderSizes.set(row.id, count);
    this.counted.set(row.id, { files: count, bytes });
  }

  /** One file, by its version: choosing it is taking it. */
  take(id: string, size: number): void {
    this.picked.set(id, size);
    const row = this.rows.find((one) => one.id === id);
    if (row) void this.compareHere(this.folderAsked, [this.asChosen(row)]);
    this.replan();
  }
  /** A file as the version that was chosen of it; size and time are that one's. */
  asChosen(row: Row): Row {
    const version = this.versions.chosen.get(row.id);
    return version ? { ...row, size: version.size, at: version.last_modified, newest: version.is_latest } : row;
  }

  setWhere(where: "original" | "other"): void {
    if (where !== this.where && this.other.trim() === "") this.otherTyped = false;
    this.where = where;
    this.replan();
  }
  /** What a person writes stays, also when it is emptied to be written anew: no suggestion comes back under the caret. */
  setOther(path: string): void {
    this.other = path;
    this.otherTyped = true;
    this.where = "other";
    this.replan();
  }
  setPolicy(policy: Policy): void {
    this.policy = policy;
    this.replan();
  }
  async choose(): Promise<void> {
    const found = await this.host.pickFolder(this.other.trim() || null);
    if (!found) return;
    this.where = "other";
    this.setOther(found);
  }

  /** Compares again a moment after the last change. */
  replan(): void {
    clearTimeout(this.timer);
    this.asked++;
    if (this.comparing) void this.host.cancelOperation(this.comparing).catch(() => {}); // nobody waits for it any more
    this.comparing = "";
    if (!this.otherTyped) this.other = this.suggestion();
    this.plan = null;
    if (this.picked.size === 0 || this.destination === "") { this.checking = false; this.conflicts = null; return; }
    this.checking = true;
    this.timer = setTimeout(() => void this.compare(this.asked), 250);
  }

  private suggestion(): string {
    const name = nameOf(this.base) || words.restore.root;
    return this.home ? joinPath(this.home, `${words.restore.restored}/${name} ${format.shortDay(this.asOf ? new Date(this.asOf) : new Date())}`) : "";
  }

  /** Asked as if everything were replaced, the plan names the files that differ here; the chosen policy then gives the totals. */
  private async compare(ask: number): Promise<void> {
    this.planError = null;
    try {
      const all = await this.preview("replace");
      if (ask !== this.asked) return;
      const conflicts = all.groups.find((g) => g.kind === "replace" && g.count > 0) ?? null;
      const plan = conflicts && this.policy !== "replace" ? await this.preview(this.policy) : all;
      if (ask !== this.asked) return;
      this.conflicts = conflicts;
      this.plan = plan;
    } catch (reason) {
      if (ask === this.asked) this.planError = asAppError(reason);
    } finally {
      if (ask === this.asked) this.checking = false;
    }
  }

  private preview(policy: Policy): Promise<PlanView> {
    return this.host.previewRestore({ ...this.target(), options: optionsFor(policy, this.keys(), true, this.moment()), operation_id: (this.comparing = newId()) });
  }
  private target() {
    return { s3_prefix: this.base.replace(/\/$/, ""), local_folder: this.destination, ...(this.profile ? { profile: this.profile } : {}) };
  }
  /** Nothing is said of the moment where it is now. */
  private moment(): Moment {
    const versions = [...this.versions.chosen].filter(([key]) => this.picked.has(key)).map(([key, { version_id }]) => ({ key, version_id }));
    return { ...(this.asOf ? { as_of: this.asOf } : {}), ...(versions.length > 0 ? { versions } : {}) };
  }
  /** A whole folder needs no list of its files. */
  private keys(): string[] | null {
    return this.versions.chosen.size === 0 && this.base !== "" && this.folderSizes.get(this.base) === this.picked.size ? null : [...this.picked.keys()];
  }

  start(): void {
    if (!this.canRun) return;
    const name = words.restore.runName(this.toWrite.count);
    const totals = { files: this.toWrite.count, bytes: this.toWrite.bytes };
    this.run = this.book.restore({ ...this.target(), options: optionsFor(this.policy, this.keys(), false, this.moment()) }, name, this.destination, totals);
  }

  done(): void {
    this.run = null;
    this.picked.clear();
    this.replan();
  }
  again(): void {
    this.run = null;
    this.replan();
  }
}

function sum(plan: PlanView | null, ...kinds: PlanGroup["kind"][]): { count: number; bytes: number } {
  const groups = plan?.groups.filter((g) => kinds.includes(g.kind)) ?? [];
  return { count: groups.reduce((n, g) => n + g.count, 0), bytes: groups.reduce((n, g) => n + g.bytes, 0) };
}
