/** Browse the bucket by folder, tick, choose where, see what would be written, run it. Writes nothing before the count is on the button. */
import { SvelteMap, SvelteSet } from "svelte/reactivity";
import type { AppError, PlanGroup, PlanView, RestoreOptions } from "../../bindings";
import { asAppError, type Host } from "$lib/host";
import type { Folders } from "$lib/runs/folders.svelte";
import { newId } from "$lib/runs/id";
import type { Run, RunBook } from "$lib/runs/runs.svelte";
import { format, words } from "$lib/words";
import { commonFolder, countByFolder, joinPath, markOf, nameOf, originOf, parentOf, type Mark, type Row } from "./selection";

export type Policy = "keepBoth" | "skip" | "replace";
export type TreeNode = { id: string; name: string; depth: number; open: boolean; leaf: boolean };
const PAGE = 1000;
const optionsFor = (policy: Policy, keys: string[] | null, dry: boolean): RestoreOptions => ({
  dry_run: dry, overwrite_existing: policy === "replace", keep_both: policy === "keepBoth", exclude_patterns: [], keys,
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

  picked = new SvelteMap<string, number>();
  private folderSizes = new SvelteMap<string, number>();
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
  origin = $derived.by(() => originOf(this.base, this.folders.here));
  effectiveWhere = $derived(this.origin === null ? "other" : this.where);
  destination = $derived(this.effectiveWhere === "original" ? (this.origin ?? "") : this.other.trim());
  toWrite = $derived(sum(this.plan, "download", "replace"));
  same = $derived(sum(this.plan, "keep"));
  skipped = $derived(sum(this.plan, "skip"));
  tooSmall = $derived(this.plan?.free_bytes != null && this.toWrite.bytes > this.plan.free_bytes);
  canRun = $derived(this.plan !== null && !this.checking && this.toWrite.count > 0 && !this.tooSmall && this.counting === 0);
  nodes = $derived(this.walk("", 0));
  allMark = $derived<Mark>(this.rows.length === 0 ? "none" : this.rows.every((r) => this.mark(r) === "all") ? "all" : this.rows.some((r) => this.mark(r) !== "none") ? "some" : "none");

  constructor(private readonly host: Host, private readonly book: RunBook, private readonly folders: Folders) {}

  async findHome(): Promise<void> {
    this.home = await this.host.homeFolder().catch(() => null);
  }
  async load(): Promise<void> {
    await this.open("");
  }

  async refresh(): Promise<void> {
    this.children.clear();
    await this.open(this.folder);
    for (const folder of [...this.openFolders]) if (!this.children.has(folder)) await this.branch(folder);
  }

  async open(folder: string): Promise<void> {
    const ask = ++this.folderAsked;
    this.folder = folder;
    this.rows = [];
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
      const page = await this.host.listObjects({ prefix: folder, max_keys: PAGE, delimiter: "/", continuation });
      if (ask !== this.folderAsked) return;
      const folders = page.prefixes.map((id): Row => ({ id, name: nameOf(id), folder: true, size: 0, at: null }));
      const files = page.objects.filter((o) => o.key !== folder).map((o): Row => ({ id: o.key, name: nameOf(o.key), folder: false, size: o.size, at: o.last_modified }));
      this.rows = [...this.rows, ...folders, ...files];
      this.children.set(folder, this.rows.filter((r) => r.folder).map((r) => r.id));
      this.more = page.continuation;
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
    const page = await this.host.listObjects({ prefix: folder, max_keys: PAGE, delimiter: "/", continuation: null }).catch(() => null);
    if (page) this.children.set(folder, page.prefixes);
  }

  private walk(folder: string, depth: number): TreeNode[] {
    const below = this.children.get(folder);
    const open = this.openFolders.has(folder);
    const name = folder === "" ? words.restore.root : nameOf(folder);
    const node: TreeNode = { id: folder, name, depth, open, leaf: below?.length === 0 && folder !== "" };
    return [node, ...(open ? (below ?? []).flatMap((child) => this.walk(child, depth + 1)) : [])];
  }

  mark = (row: Row): Mark => markOf(row, this.picked, this.counts, this.folderSizes);

  /** A press on a tick: alone it turns over, with Shift the whole range becomes what its first row is. */
  async tick(index: number, range: boolean): Promise<void> {
    const row = this.rows[index];
    if (!row) return;
    const first = range ? this.rows[this.anchor] : undefined;
    if (!first) this.anchor = index;
    const on = first ? this.mark(first) === "all" : this.mark(row) !== "all";
    const [from, to] = [Math.min(this.anchor, index), Math.max(this.anchor, index)];
    await this.setAll(this.rows.slice(from, to + 1), on);
  }
  tickAll = (): Promise<void> => this.setAll(this.rows, this.allMark !== "all");

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
    if (!row.folder) return void (on ? this.picked.set(row.id, row.size) : this.picked.delete(row.id));
    if (!on) {
      for (const key of [...this.picked.keys()]) if (key.startsWith(row.id)) this.picked.delete(key);
      return;
    }
    let count = 0;
    let continuation: string | null = null;
    do {
      const page = await this.host.listObjects({ prefix: row.id, max_keys: PAGE, delimiter: null, continuation });
      for (const o of page.objects) if (!o.key.endsWith("/")) { this.picked.set(o.key, o.size); count++; }
      continuation = page.continuation;
    } while (continuation);
    this.folderSizes.set(row.id, count);
  }

  setWhere(where: "original" | "other"): void {
    this.where = where;
    if (this.other.trim() === "") this.otherTyped = false;
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
    return this.home ? joinPath(this.home, `${words.restore.restored}/${name} ${format.shortDay(new Date())}`) : "";
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
    return this.host.previewRestore({ ...this.target(), options: optionsFor(policy, this.keys(), true), operation_id: (this.comparing = newId()) });
  }
  private target() {
    return { s3_prefix: this.base.replace(/\/$/, ""), local_folder: this.destination };
  }
  /** A whole folder needs no list of its files. */
  private keys(): string[] | null {
    return this.base !== "" && this.folderSizes.get(this.base) === this.picked.size ? null : [...this.picked.keys()];
  }

  start(): void {
    if (!this.canRun) return;
    const name = words.restore.runName(this.toWrite.count);
    const totals = { files: this.toWrite.count, bytes: this.toWrite.bytes };
    this.run = this.book.restore({ ...this.target(), options: optionsFor(this.policy, this.keys(), false) }, name, this.destination, totals);
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
