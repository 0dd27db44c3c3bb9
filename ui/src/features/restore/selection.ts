/** Names, folders and where things go. Pure. */
import type { S3ObjectView } from "../../bindings";

/** Of an earlier day it is told which version it is and whether that is still the newest; else it is simply the newest. */
export type Copy = S3ObjectView & { newest?: boolean; version_id?: string };
/** A row of the list. A file is what the listing said of it: a million rows are made of nothing more. */
export type Row = Copy & { folder?: true };
export const folderRow = (key: string): Row => ({ key, folder: true, size: 0, last_modified: null, e_tag: null, storage_class: null });
export type Mark = "all" | "some" | "none";

/** "Documents/House/" of "Documents/House/Plan.pdf"; "" at the top. */
export const parentOf = (key: string): string => key.slice(0, nameStart(key));
/** "Plan.pdf" of that, "House" of "Documents/House/". */
export const nameOf = (key: string): string => key.slice(nameStart(key), key.endsWith("/") ? -1 : undefined);
const nameStart = (key: string): number => (key.length < 2 ? 0 : key.lastIndexOf("/", key.length - 2) + 1);
/** The folders that a file or folder is in, the nearest first. */
export const ancestors = (key: string): string[] => {
  const found: string[] = [];
  for (let at = parentOf(key); at !== ""; at = parentOf(at)) found.push(at);
  return found;
};

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
