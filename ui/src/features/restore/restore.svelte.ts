/** Browse the bucket by folder, tick, choose where, see what would be written, run it. Writes nothing before the count is on the button. */
import { SvelteMap, SvelteSet } from "svelte/reactivity";
import type { AppError, HereView, PlanGroup, PlanView, RestoreOptions } from "../../bindings";
import { asAppError, type Host } from "$lib/host";
import type { Folders } from "$lib/runs/folders.svelte";
import { newId } from "$lib/runs/id";
import type { Run, RunBook } from "$lib/runs/runs.svelte";
import { format, words } from "$lib/words";
import { coldOf, comparedHere, endOfDay, everyFile, goneSince, listFolder, type Where } from "./source";
import { Thawing, type Cold } from "./thawing.svelte";
import { Versions } from "./versions.svelte";
import { Picked } from "./picked.svelte";
import { ancestors, folderRow, joinPath, nameOf, originOf, parentOf, setOf, type Copy, type Mark, type Origin, type Row } from "./selection";

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
  /** One map for as long as a folder is open: a list of a million rows is not copied with each of its pages. */
  private here = new Map<string, HereView>();
  private hereChanged = $state(0);
  /** What listings showed in an archive, by key. */
  private archived = new Map<string, Cold>();
  readonly thawing: Thawing;
  /** Folders of sets, beside those that were backed up by hand. */
  origins: () => Origin[] = () => [];

  /** Another one for another place, so that what is still being counted of the old one reaches nobody. */
  picked = $state.raw(new Picked());
  /** Files and bytes of the folders that were counted: those that were ticked. */
  counted = new SvelteMap<string, { files: number; bytes: number }>();
  /** Folders whose files are being counted. */
  private tallies = new SvelteMap<string, { stopped: boolean }>();
  counting = $derived(this.tallies.size > 0);
  private anchor = -1;

  where = $state<"original" | "other">("original");
  other = $state("");
  private otherTyped = false;
  policy = $state<Policy>("keepBoth");
  plan = $state.raw<PlanView | null>(null);
  conflicts = $state.raw<PlanGroup | null>(null);
  checking = $state(false);
  planError = $state.raw<AppError | null>(null);
  /** Why a folder could not be counted, and so is not ticked; until the next tick. */
  countError = $state.raw<AppError | null>(null);
  run = $state.raw<Run | null>(null);
  home = $state<string | null>(null);
  private asked = 0;
  private comparing = "";
  private timer: ReturnType<typeof setTimeout> | undefined;
  private folderAsked = 0;

  base = $derived(this.picked.base);
  origin = $derived.by(() => originOf(this.base, this.known()));
  effectiveWhere = $derived(this.origin === null ? "other" : this.where);
  destination = $derived(this.effectiveWhere === "original" ? (this.origin ?? "") : this.other.trim());
  toWrite = $derived(sum(this.plan, "download", "replace"));
  same = $derived(sum(this.plan, "keep"));
  skipped = $derived(sum(this.plan, "skip"));
  tooSmall = $derived(this.plan?.free_bytes != null && this.toWrite.bytes > this.plan.free_bytes);
  /** Nothing of it can be read before it was brought back from an archive. */
  isAllCold = $derived.by(() => this.thawing.isWhole && this.thawing.unreadable > 0 && this.thawing.unreadable === this.picked.size);
  canRun = $derived(!this.isAllCold && this.plan !== null && !this.checking && this.toWrite.count > 0 && !this.tooSmall && !this.counting);
  nodes = $derived(this.walk("", 0));
  /** What the list shows: the folder, or what a search found. */
  shown = $derived(this.found ?? this.rows);
  private shownFolders = $derived(this.shown.filter((row) => row.folder));
  allMark = $derived<Mark>(this.inside === 0 ? "none" : this.isAll ? "all" : "some");
  /** Ticked files in an archive, each in the version that is meant; none before all are counted. */
  cold = $derived<Cold[]>(this.counting ? [] : this.coldOnes());
  private get inside(): number {
    return this.found ? this.found.filter((row) => this.picked.has(row.key)).length : this.picked.below(this.folder);
  }
  /** Of the folder more is to be loaded than the list shows. */
  private get isPart(): boolean {
    return !this.found && this.more !== null;
  }
  /** Each row is only looked at where the counts do not tell already. */
  private get isAll(): boolean {
    if (!this.found && this.picked.isWhole(this.folder)) return true;
    const files = this.shown.length - this.shownFolders.length;
    if (this.isPart || (!this.found && this.picked.beside(this.folder) < files)) return false;
    return this.shown.every((row) => this.picked.mark(row) === "all");
  }
  private known = (): Origin[] => [...this.folders.here, ...this.origins()];
  private source = $derived<Where>({ profile: this.profile, asOf: this.asOf });

  constructor(private readonly host: Host, private readonly book: RunBook, private readonly folders: Folders) {
    this.versions = new Versions(host);
    this.thawing = new Thawing(host);
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
    this.archived.clear();
    this.picked = new Picked();
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
    this.stopCounting();
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
      this.found = this.noteCold(page.objects);
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
  /** Remembers which of the copies that were listed are in an archive. */
  private noteCold(copies: Copy[]): Copy[] {
    for (const copy of copies) {
      const cold = coldOf(copy);
      if (cold) this.archived.set(copy.key, cold);
      else if (this.archived.size > 0) this.archived.delete(copy.key);
    }
    return copies;
  }

  private async compareHere(ask: number, rows: Row[]): Promise<void> {
    const found = await comparedHere(this.host, this.source, setOf(this.folder, this.known()), rows);
    if (ask !== this.folderAsked) return;
    for (const [key, one] of found) this.here.set(key, one);
    this.hereChanged++;
  }
  /** What a copy is to the file here, where that was compared. */
  hereOf(key: string): HereView | undefined {
    void this.hereChanged;
    return this.here.get(key);
  }
  get isCompared(): boolean {
    void this.hereChanged;
    return this.here.size > 0;
  }
  private async findGone(folder: string, then: string[]): Promise<void> {
    for (const one of await goneSince(this.host, this.source, folder, then)) this.gone.add(one);
  }

  private coldOnes(): Cold[] {
    const chosen = [...this.versions.chosen].filter(([key]) => this.picked.has(key)).flatMap(([, version]) => coldOf(version) ?? []);
    return [...chosen, ...[...this.archived.values()].filter(({ key }) => this.picked.has(key) && !this.versions.chosen.has(key))];
  }
  lookAtCold = (): void => this.thawing.look(this.profile ?? "default", this.cold);
  bringBack = (): Promise<void> => this.thawing.bring(this.profile ?? "default", this.cold);

  async open(folder: string): Promise<void> {
    const ask = ++this.folderAsked;
    this.clearSearch();
    this.versions.key = null;
    this.folder = folder;
    this.rows = [];
    this.here.clear();
    this.hereChanged++;
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
      const files = this.noteCold(page.files);
      this.rows = [...this.rows, ...page.folders.map(folderRow), ...files];
      this.children.set(folder, [...(continuation === null ? [] : (this.children.get(folder) ?? [])), ...page.folders]);
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
    const mark = folder === "" ? (this.picked.size > 0 ? "some" : "none") : this.mark({ key: folder, folder: true });
    return mark === "none" ? null : { all: mark === "all", words: words.restore.ticked[mark] };
  }

  mark = (row: Pick<Row, "key" | "folder">): Mark => this.picked.mark(row);

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
  /** The tick above the list stands for all of the folder, also for what is not loaded yet. */
  tickAll = (): Promise<void> => this.setAll(this.isPart ? [folderRow(this.folder)] : this.shown, this.allMark !== "all");

  private async setAll(rows: Row[], on: boolean): Promise<void> {
    this.countError = null;
    const files = rows.filter((row) => !row.folder);
    if (on) this.picked.add(files.map((row) => [row.key, this.asChosen(row).size]));
    else this.picked.remove(files.map((row) => row.key));
    try {
      for (const row of rows.filter((one) => one.folder)) await this.setFolder(row.key, on);
    } catch (reason) {
      this.countError = asAppError(reason);
    }
    this.replan();
  }

  /** A folder stands for the files below it, which are counted first. One that is being counted is let go. */
  private async setFolder(folder: string, on: boolean): Promise<void> {
    const running = this.tallies.get(folder);
    if (running) running.stopped = true;
    else if (on) await this.tally(folder);
    else this.picked.removeBelow(folder);
  }
  stopCounting(): void {
    for (const tally of this.tallies.values()) tally.stopped = true;
  }

  private async tally(folder: string): Promise<void> {
    const [picked, mine, below, added] = [this.picked, { stopped: false }, new Map<string, number>(), [] as string[]];
    let bytes = 0;
    this.tallies.set(folder, mine);
    this.replan(); // what was planned before is no longer what is ticked
    const isWhole = await this.addBelow(folder, picked, mine, (key, size) => {
      if (!picked.has(key)) added.push(key);
      for (const above of [...ancestors(key), ""]) if (above.startsWith(folder)) below.set(above, (below.get(above) ?? 0) + 1);
      bytes += size;
    }).finally(() => this.tallies.delete(folder)).catch((reason: unknown) => { picked.remove(added); throw reason; });
    if (!isWhole) return picked.remove(added);
    picked.counted(below);
    this.counted.set(folder, { files: below.get(folder) ?? 0, bytes });
  }
  /** Ticks page by page what is below a folder; false once it was stopped. */
  private async addBelow(folder: string, picked: Picked, mine: { stopped: boolean }, each: (key: string, size: number) => void): Promise<boolean> {
    for await (const page of everyFile(this.host, this.source, folder)) {
      if (mine.stopped) return false;
      const files = page.map((o): [string, number] => [o.key, this.versions.chosen.get(o.key)?.size ?? o.size]);
      this.noteCold(page);
      for (const [key, size] of files) each(key, size);
      picked.add(files);
    }
    return !mine.stopped;
  }

  /** One file, by its version: choosing it is taking it. */
  take(id: string, size: number): void {
    this.picked.add([[id, size]]);
    const row = this.rows.find((one) => one.key === id);
    if (row) void this.compareHere(this.folderAsked, [this.asChosen(row)]);
    this.replan();
  }
  /** A file as the version that was chosen of it; size and time are that one's. */
  asChosen(row: Row): Row {
    const version = this.versions.chosen.get(row.key);
    return version ? { ...row, size: version.size, last_modified: version.last_modified, storage_class: version.storage_class, newest: version.is_latest } : row;
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
    if (this.picked.size === 0 || this.destination === "" || this.counting) { this.checking = false; this.conflicts = null; this.planError = null; return; }
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
    return this.versions.chosen.size === 0 && this.base !== "" && this.picked.isWhole(this.base) ? null : this.picked.selection();
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
