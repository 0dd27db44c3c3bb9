/** Where the rows of the browser come from: the newest copies, those of an earlier day, or a search. It only reads. */
import type { HereView } from "../../bindings";
import type { Host } from "$lib/host";
import type { Copy, Origin, Row } from "./selection";
import type { Cold } from "./thawing.svelte";

export type Where = { profile: string | null; asOf: string | null };
export type Listed = { folders: string[]; files: Copy[]; continuation: string | null };
export const PAGE = 1000;
/** The list of an earlier day is flat; so many answers are folded into folders before a page is shown. */
const FOLDED_PAGES = 20;

export async function listFolder(host: Host, where: Where, folder: string, continuation: string | null): Promise<Listed> {
  if (where.asOf) return listEarlier(host, where, where.asOf, folder, continuation);
  const page = await host.listObjects({ prefix: folder, max_keys: PAGE, delimiter: "/", continuation, profile: where.profile });
  return { folders: page.prefixes, files: page.objects.filter((o) => o.key !== folder), continuation: page.continuation };
}

async function listEarlier(host: Host, where: Where, asOf: string, folder: string, continuation: string | null): Promise<Listed> {
  const folders = new Set<string>();
  const files: Copy[] = [];
  let next = continuation;
  for (let pages = 0; pages < FOLDED_PAGES; pages++) {
    const page = await host.listVersions(where.profile ?? "default", folder, asOf, next);
    for (const version of page.versions.filter((v) => !v.is_delete_marker && v.key !== folder)) {
      const cut = version.key.indexOf("/", folder.length);
      if (cut >= 0) folders.add(version.key.slice(0, cut + 1));
      else files.push({ key: version.key, size: version.size, last_modified: version.last_modified, e_tag: null, storage_class: version.storage_class, newest: version.is_latest, version_id: version.version_id });
    }
    next = page.continuation;
    if (!next) break;
  }
  return { folders: [...folders].sort(), files, continuation: next };
}

/** Every file below a folder, page by page. */
export async function* everyFile(host: Host, where: Where, folder: string): AsyncGenerator<Copy[]> {
  let continuation: string | null = null;
  do {
    const page: { objects: Copy[]; continuation: string | null } = where.asOf
      ? await host.listVersions(where.profile ?? "default", folder, where.asOf, continuation).then((found) => ({ objects: found.versions.filter((v) => !v.is_delete_marker).map((v) => ({ ...v, e_tag: null })), continuation: found.continuation }))
      : await host.listObjects({ prefix: folder, max_keys: PAGE, delimiter: null, continuation, profile: where.profile });
    yield page.objects.filter((one) => !one.key.endsWith("/"));
    continuation = page.continuation;
  } while (continuation);
}

/** What the copies are to the files here. A core that cannot tell, and a folder nobody knows, leave the column out. */
export async function comparedHere(host: Host, where: Where, origin: Origin | null, rows: Row[]): Promise<Map<string, HereView>> {
  if (origin === null) return new Map();
  const shown = rows.filter((row) => !row.folder).map((row) => ({ key: row.key, size: row.size, stored: row.last_modified, newest: row.newest ?? true }));
  if (shown.length === 0) return new Map();
  const found = await host.compareHere(where.profile ?? "default", origin.prefix, origin.path, shown).catch(() => []);
  return new Map(found.map((one) => [one.key, one]));
}

/** Folders that were there on the day and are no longer now; none where the list of now is too long to tell. */
export async function goneSince(host: Host, where: Where, folder: string, then: string[]): Promise<string[]> {
  if (!where.asOf) return [];
  const now = await host.listObjects({ prefix: folder, max_keys: PAGE, delimiter: "/", continuation: null, profile: where.profile }).catch(() => null);
  return now && !now.continuation ? then.filter((one) => !now.prefixes.includes(one)) : [];
}

const ARCHIVES = new Set(["GLACIER", "DEEP_ARCHIVE"]);
/** What has to be known of a copy to bring it back from an archive; null where it is in none. */
export function coldOf({ key, size, storage_class, version_id }: Pick<Copy, "key" | "size" | "storage_class" | "version_id">): Cold | null {
  return storage_class && ARCHIVES.has(storage_class) ? { key, size, storage_class, version_id: version_id ?? null } : null;
}

/** The last moment of a local day, as the core wants it; null is now. */
export function endOfDay(day: string, today: string): string | null {
  if (day >= today) return null;
  const [year = 1970, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date, 23, 59, 59).toISOString();
}
