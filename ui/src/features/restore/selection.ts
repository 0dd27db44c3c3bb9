/** Ticks, ranges and where things go. Pure. */
/** `newest`: no later version of it is in the bucket. */
export type Row = { id: string; name: string; folder: boolean; size: number; at: string | null; newest: boolean };
export type Mark = "all" | "some" | "none";

/** "Documents/House/" of "Documents/House/Plan.pdf"; "" at the top. */
export const parentOf = (key: string): string => key.slice(0, key.replace(/\/$/, "").lastIndexOf("/") + 1);
export const nameOf = (key: string): string => key.replace(/\/$/, "").split("/").at(-1) ?? key;
const ancestors = (key: string): string[] => {
  const found: string[] = [];
  for (let at = parentOf(key); at !== ""; at = parentOf(at)) found.push(at);
  return found;
};

/** How many selected files each folder holds, at any depth. */
export function countByFolder(keys: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) for (const folder of ancestors(key)) counts.set(folder, (counts.get(folder) ?? 0) + 1);
  return counts;
}

/** The deepest folder that holds every key. */
export function commonFolder(keys: string[]): string {
  if (keys.length === 0) return "";
  let shared = parentOf(keys[0] ?? "");
  for (const key of keys) while (!key.startsWith(shared)) shared = parentOf(shared);
  return shared;
}

/** What was picked, as seen from the folder that holds it all: names of files, and of folders once each. */
export function topNames(keys: Iterable<string>, base: string): string[] {
  const names = new Set<string>();
  for (const key of keys) names.add(key.slice(base.length).split("/")[0] ?? key);
  return [...names];
}

export function markOf(row: Pick<Row, "id" | "folder">, picked: ReadonlyMap<string, number>, counts: ReadonlyMap<string, number>, sizes: ReadonlyMap<string, number>): Mark {
  if (!row.folder) return picked.has(row.id) ? "all" : "none";
  const inside = counts.get(row.id) ?? 0;
  if (inside === 0) return "none";
  return inside === sizes.get(row.id) ? "all" : "some";
}

export type Origin = { path: string; prefix: string };
/** The folder on this computer that a prefix was backed up from; the longest prefix wins. */
export function setOf(base: string, known: Origin[]): Origin | null {
  const inside = known.filter((f) => base.startsWith(`${f.prefix}/`));
  return inside.sort((a, b) => b.prefix.length - a.prefix.length)[0] ?? null;
}
/** Where below it the prefix was. */
export function originOf(base: string, known: Origin[]): string | null {
  const best = setOf(base, known);
  return best ? joinPath(best.path, base.slice(best.prefix.length + 1)) : null;
}

/** Joins with the separator that the local path already uses. */
export function joinPath(local: string, tail: string): string {
  const sep = local.includes("\\") ? "\\" : "/";
  const parts = tail.split("/").filter(Boolean);
  return [local.replace(/[\\/]+$/, ""), ...parts].join(sep);
}
