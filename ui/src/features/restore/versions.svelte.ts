/** The versions of one file that is open in the list, and which of them are taken. */
import { SvelteMap } from "svelte/reactivity";
import type { VersionView } from "../../bindings";
import type { Host } from "$lib/host";

const SHORT = 4;

export class Versions {
  key = $state<string | null>(null);
  all = $state.raw<VersionView[]>([]);
  loading = $state(false);
  full = $state(false);
  /** File to version, for those that are not simply the newest of the day. */
  chosen = new SvelteMap<string, VersionView>();
  shown = $derived(this.full ? this.all : this.all.slice(0, SHORT));
  older = $derived(this.full ? 0 : Math.max(0, this.all.length - SHORT));

  constructor(private readonly host: Host) {}

  async toggle(profile: string | null, key: string): Promise<void> {
    this.full = false;
    if (this.key === key) { this.key = null; return; }
    this.key = key;
    this.all = [];
    this.loading = true;
    const page = await this.host.listVersions(profile ?? "default", key, null, null).catch(() => null);
    if (this.key !== key) return;
    this.all = (page?.versions ?? []).filter((version) => version.key === key).sort((a, b) => b.last_modified.localeCompare(a.last_modified));
    this.loading = false;
  }
  /** The version that a restore would take: the chosen one, else the newest up to the day. */
  taken(key: string, asOf: string | null): string | null {
    return this.chosen.get(key)?.version_id ?? this.all.find((version) => !version.is_delete_marker && (!asOf || version.last_modified <= asOf))?.version_id ?? null;
  }
  choose(key: string, version: VersionView, asOf: string | null): void {
    const usual = this.all.find((one) => !one.is_delete_marker && (!asOf || one.last_modified <= asOf));
    if (usual?.version_id === version.version_id) this.chosen.delete(key);
    else this.chosen.set(key, version);
  }
  close(): void {
    this.key = null;
    this.chosen.clear();
  }
}
