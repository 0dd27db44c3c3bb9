/** Back up one folder: choose it, look, run exactly what was shown. Nothing is sent before the plan was seen. */
import type { AppError, ErrorCode, PlanView, SuggestedFolder, SyncOptions } from "../../bindings";
import { asAppError, type Host } from "$lib/host";
import type { Folder, Folders, Rules } from "$lib/runs/folders.svelte";
import { newId } from "$lib/runs/id";
import type { Run, RunBook } from "$lib/runs/runs.svelte";
import { errorText, words } from "$lib/words";
import { bytesOfKind, countOf } from "./plan-view";

export type Stage = "pick" | "looking" | "plan" | "run";

export const folderName = (path: string): string => path.split(/[\\/]/).filter(Boolean).at(-1) ?? "";
/** Slashes at the ends are noise; "a//b" is one step. */
export const cleanPrefix = (prefix: string): string => prefix.trim().split(/[\\/]+/).filter(Boolean).join("/");

/** What another set is called, and where its copies are. */
export type Other = { name: string; prefix: string };
const inOnePart = (a: string, b: string): boolean => `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`);
const same = (a: string, b: string): boolean => a.trim().toLowerCase() === b.trim().toLowerCase();

/** "Documents", "Documents (old laptop)" by the folder above, "Documents 2": the first that no set has, as its name or for its copies. */
export function freeName(path: string, others: Other[]): string {
  const [above = "", name = ""] = ["", ...path.trim().split(/[\\/]/).filter(Boolean)].slice(-2);
  if (!name) return "";
  const taken = (one: string) => others.some((other) => same(other.name, one) || inOnePart(other.prefix.toLowerCase(), one.toLowerCase()));
  const wanted = [name, ...(above && !above.includes(":") ? [`${name} (${above})`] : [])];
  for (let n = 2; wanted.every(taken); n++) wanted.push(`${name} ${n}`);
  return wanted.find((one) => !taken(one)) ?? name;
}

/** What is wrong with the folder itself is said at its field. */
const OF_THE_FOLDER: ErrorCode[] = ["folder_missing", "folder_unreadable", "folder_is_a_file", "folder_not_absolute"];

export class Backup {
  stage = $state<Stage>("pick");
  path = $state("");
  prefix = $state("");
  hidden = $state(false);
  remove = $state(false);
  excludes = $state("");
  suggested = $state.raw<SuggestedFolder[]>([]);

  plan = $state.raw<PlanView | null>(null);
  plannedAt = $state.raw<Date | null>(null);
  error = $state.raw<AppError | null>(null);
  seen = $state(0);
  run = $state.raw<Run | null>(null);
  /** The sets there are: a new one shares neither its name nor its part of the bucket with any. */
  others: () => Other[] = () => [];
  private prefixTyped = false;
  private typedName = $state<string | null>(null);
  private looking = "";
  private started = false;

  name = $derived(folderName(this.path) || words.backup.new);
  /** What a set of this folder is called: a name that is free, unless something else was typed. */
  setName = $derived(this.typedName ?? (freeName(this.path, this.others()) || this.name));
  wrongName = $derived(this.setName.trim() === "" ? words.sets.form.needsName : this.others().some((other) => same(other.name, this.setName)) ? words.sets.form.nameTaken(this.setName.trim()) : null);
  /** "Kept as": the folder's name unless something else was typed. */
  cleanPrefix = $derived(cleanPrefix(this.prefix));
  wrongPrefix = $derived(this.cleanPrefix.split("/").includes("..") ? words.backup.prefixDots : null);
  wrongFolder = $derived.by(() => {
    if (!this.error || !OF_THE_FOLDER.includes(this.error.code)) return null;
    const { happened, todo } = errorText(this.error);
    return `${happened} ${todo}`.trim();
  });
  canLook = $derived(this.path.trim() !== "" && this.cleanPrefix !== "" && !this.wrongPrefix);
  rules = $derived<Rules>({ hidden: this.hidden, remove: this.remove, excludes: this.excludes.split("\n").map((line) => line.trim()).filter(Boolean) });
  totals = $derived({ files: this.plan ? countOf(this.plan, "upload") : 0, bytes: this.plan ? bytesOfKind(this.plan, "upload") : 0 });
  toDo = $derived(this.plan ? countOf(this.plan, "upload", "remove") : 0);

  constructor(private readonly host: Host, private readonly book: RunBook, private readonly folders: Folders, private readonly now: () => Date = () => new Date()) {
    host.onUploadProgress((event) => {
      if (event.operation_id === this.looking) this.seen = Math.max(event.files_done, event.files_total);
    });
  }

  async load(): Promise<void> {
    this.suggested = await this.host.suggestedFolders().catch(() => []);
    if (this.started) return;
    this.started = true;
    const folder = await this.host.folderToStartWith().catch(() => null);
    if (folder && this.path === "") this.setPath(folder);
  }

  startNew(): void {
    this.stopLooking();
    this.stage = "pick";
    this.path = this.prefix = this.excludes = "";
    this.hidden = this.remove = this.prefixTyped = false;
    this.typedName = null;
    this.forgetPlan();
  }

  setPath(path: string): void {
    this.path = path;
    if (this.wrongFolder) this.error = null;
    if (!this.prefixTyped) this.prefix = freeName(path, this.others());
  }
  typeName(name: string): void {
    this.typedName = name;
  }
  typedPrefix(): void {
    this.prefixTyped = this.prefix.trim() !== "";
  }
  async choose(): Promise<void> {
    const found = await this.host.pickFolder(this.path.trim() || null);
    if (found) this.setPath(found);
  }

  async open(folder: Folder): Promise<void> {
    this.path = folder.path;
    this.prefix = folder.prefix;
    this.prefixTyped = true;
    this.typedName = null;
    ({ hidden: this.hidden, remove: this.remove } = folder.rules);
    this.excludes = folder.rules.excludes.join("\n");
    this.run = this.book.running.find((run) => run.kind === "backup" && run.local === folder.path) ?? null;
    if (this.run) this.stage = "run";
    else await this.look();
  }

  async look(): Promise<void> {
    if (!this.canLook) return;
    this.forgetPlan();
    this.stage = "looking";
    const id = (this.looking = newId());
    try {
      const plan = await this.host.previewBackup({ ...this.target(), options: this.options(null, true), operation_id: id });
      if (this.looking !== id) return;
      this.plan = plan;
      this.plannedAt = this.now();
      this.stage = "plan";
      this.folders.remember(this.path.trim(), this.cleanPrefix, this.name, this.rules);
    } catch (reason) {
      if (this.looking !== id) return;
      this.error = asAppError(reason);
      this.stage = "pick";
    }
  }

  stopLooking(): void {
    if (this.stage === "looking") void this.host.cancelOperation(this.looking).catch(() => {});
    this.looking = "";
    if (this.stage === "looking") this.stage = "pick";
  }

  changeRules(): void {
    this.stage = "pick";
  }

  /** The brake's safe answer: nothing is removed, and the plan is made again without removals. */
  async keepThem(): Promise<void> {
    this.remove = false;
    await this.look();
  }

  start(place: string, confirmRemovalOf: number | null = null): void {
    if (!this.plan || (this.plan.brake && confirmRemovalOf === null)) return;
    this.run = this.book.backUp({ ...this.target(), options: this.options(confirmRemovalOf, false) }, this.name, place, this.totals);
    this.stage = "run";
  }

  private target() {
    return { local_folder: this.path.trim(), s3_prefix: this.cleanPrefix };
  }
  private options(confirm: number | null, dry: boolean): SyncOptions {
    return { dry_run: dry, delete_remote: this.remove, exclude_patterns: this.rules.excludes, include_hidden: this.hidden, confirm_removal_of: confirm };
  }
  private forgetPlan(): void {
    this.plan = null;
    this.error = null;
    this.run = null;
    this.seen = 0;
  }
}
