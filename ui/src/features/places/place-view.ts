/** How a configured place is named and described. Pure. */
import type { ProviderPreset, S3ConfigView } from "../../bindings";
import { format, words } from "$lib/words";

/** `name` stands alone, `inline` inside a sentence. */
export type PlaceView = { name: string; inline: string; where: string; local: boolean };

export function lastPart(path: string): string {
  return path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;
}

export function hostOf(endpoint: string): string {
  return endpoint.replace(/^[a-z]+:\/\//i, "").replace(/\/.*$/, "");
}

/** "lindqvist-keep on Backblaze B2, EU Central". */
export function placeView(config: S3ConfigView, presets: ProviderPreset[]): PlaceView {
  if (config.kind === "local") {
    const folder = config.local_folder ? lastPart(config.local_folder) : words.app;
    return { name: words.place.localName, inline: words.place.localInline, where: words.place.folderHere(folder), local: true };
  }
  if (config.kind === "gateway") {
    const host = hostOf(config.endpoint);
    const where = words.place.behind(host);
    return { name: host, inline: where, where, local: false };
  }
  const preset = presets.find((p) => p.id === config.provider);
  const region = preset?.regions.find((r) => r.id === config.region)?.name ?? "";
  const name = preset && preset.id !== "other" ? preset.name : hostOf(config.endpoint);
  return { name, inline: name, where: `${config.bucket_name} ${words.backup.on} ${name}${region ? `, ${region}` : ""}`, local: false };
}

/** Where the names of all copies at a place begin: a bucket, a gateway, or a folder here. */
export function beginningOf(config: S3ConfigView, home: string | null): string {
  const folder = config.local_folder ? format.shortPath(config.local_folder, home) : "";
  const place = config.kind === "gateway" ? hostOf(config.endpoint) : config.bucket_name;
  const parts = [folder, place, config.path_prefix ?? ""].map((part) => part.replace(/\/+$/, ""));
  return parts.filter(Boolean).join("/");
}

/** "0034…0002": enough to tell keys apart. */
export const shortKey = (id: string): string => (id.length > 12 ? `${id.slice(0, 4)}…${id.slice(-4)}` : id);
