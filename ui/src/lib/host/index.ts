import type { Host } from "./host";
import { memoryHost } from "./memory";
import { tauriHost } from "./tauri";

export type * from "./host";
export { asAppError, withoutCommands } from "./failure";
export { folderUrl } from "./folder-url";

/** The real host inside Tauri; in a plain browser one that lives in memory, its state picked by `?scenario=`. */
export function chooseHost(): Host {
  if ("__TAURI_INTERNALS__" in window) return tauriHost();
  const query = new URLSearchParams(location.search);
  return memoryHost(query.get("scenario") ?? "default");
}
