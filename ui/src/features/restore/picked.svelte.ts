/** The files that are ticked, and what each folder holds of them. A million ticks are two maps and one signal, kept up as they change. */
import { ancestors, parentOf, type Mark, type Row } from "./selection";

export class Picked {
  #sizes = new Map<string, number>();
  /** Ticked files of each folder that has some: at any depth, and in the folder itself. */
  #below = new Map<string, number>();
  #beside = new Map<string, number>();
  /** Folders with ticked files, by the folder that they are in. */
  #folders = new Map<string, Set<string>>();
  /** Files of the folders that were counted. */
  #whole = new Map<string, number>();
  #bytes = 0;
  #changed = $state(0);

  get size(): number { void this.#changed; return this.#sizes.size; }
  get bytes(): number { void this.#changed; return this.#bytes; }
  has(key: string): boolean { void this.#changed; return this.#sizes.has(key); }
  sizeOf(key: string): number | undefined { void this.#changed; return this.#sizes.get(key); }
  keys(): Iterable<string> { void this.#changed; return this.#sizes.keys(); }
  /** Ticked files below a folder, at any depth. */
  below(folder: string): number { void this.#changed; return folder === "" ? this.#sizes.size : (this.#below.get(folder) ?? 0); }
  /** Ticked files in a folder itself. */
  beside(folder: string): number { void this.#changed; return this.#beside.get(folder) ?? 0; }
  /** Whether a folder was counted and all that was found is ticked. */
  isWhole(folder: string): boolean { const files = this.below(folder); return files > 0 && this.#whole.get(folder) === files; }

  add(files: Iterable<readonly [key: string, size: number]>): void {
    for (const [key, size] of files) {
      const before = this.#sizes.get(key);
      this.#sizes.set(key, size);
      this.#bytes += size - (before ?? 0);
      if (before === undefined) this.#count(key, 1);
    }
    this.#changed++;
  }
  remove(keys: Iterable<string>): void {
    for (const key of keys) {
      const size = this.#sizes.get(key);
      if (size === undefined) continue;
      this.#sizes.delete(key);
      this.#bytes -= size;
      this.#count(key, -1);
    }
    this.#changed++;
  }
  removeBelow(folder: string): void {
    if (this.below(folder) > 0) this.remove([...this.#sizes.keys()].filter((key) => key.startsWith(folder)));
  }
  /** Folders were counted: so many files are below each. */
  counted(files: ReadonlyMap<string, number>): void {
    for (const [folder, count] of files) this.#whole.set(folder, count);
    this.#changed++;
  }
  clear(): void {
    for (const map of [this.#sizes, this.#below, this.#beside, this.#folders, this.#whole]) map.clear();
    this.#bytes = 0;
    this.#changed++;
  }

  mark(row: Pick<Row, "key" | "folder">): Mark {
    if (!row.folder) return this.has(row.key) ? "all" : "none";
    return this.below(row.key) === 0 ? "none" : this.isWhole(row.key) ? "all" : "some";
  }

  /** The deepest folder that holds everything that is ticked. */
  get base(): string {
    const [first] = this.keys();
    let folder = first === undefined ? "" : parentOf(first);
    while (this.below(folder) < this.size) folder = parentOf(folder);
    return folder;
  }
  /** What is ticked, as seen from a folder that holds it all: how many files and folders, and the first names, folders before files. */
  tops(base: string, most: number): { names: string[]; count: number } {
    void this.#changed;
    const folders = this.#folders.get(base) ?? new Set<string>();
    const names = [...folders].slice(0, most);
    if (names.length < most && this.beside(base) > 0) for (const key of this.#sizes.keys()) {
      if (parentOf(key) === base) names.push(key);
      if (names.length === most) break;
    }
    return { names, count: folders.size + this.beside(base) };
  }
  /** The shortest list that names it all: whole folders by themselves, and the files beside them; the empty name is everything. */
  selection(): string[] {
    if (this.isWhole("")) return [""];
    const folders = [...this.#whole.keys()].filter((folder) => this.isWhole(folder)).sort();
    const whole = folders.filter((folder) => !ancestors(folder).some((above) => this.isWhole(above)));
    if (whole.reduce((sum, folder) => sum + this.below(folder), 0) === this.size) return whole;
    return [...whole, ...[...this.#sizes.keys()].filter((key) => !ancestors(key).some((above) => this.isWhole(above)))];
  }

  #count(key: string, by: 1 | -1): void {
    bump(this.#beside, parentOf(key), by);
    for (const folder of ancestors(key)) {
      const files = bump(this.#below, folder, by);
      if (files === (by === 1 ? 1 : 0)) this.#list(folder, by === 1);
    }
  }
  #list(folder: string, isThere: boolean): void {
    const parent = parentOf(folder);
    const listed = this.#folders.get(parent) ?? new Set();
    if (isThere) listed.add(folder);
    else listed.delete(folder);
    if (listed.size > 0) this.#folders.set(parent, listed);
    else this.#folders.delete(parent);
  }
}

/** Zero is not kept. */
function bump(counts: Map<string, number>, folder: string, by: number): number {
  const count = (counts.get(folder) ?? 0) + by;
  if (count === 0) counts.delete(folder);
  else counts.set(folder, count);
  return count;
}
