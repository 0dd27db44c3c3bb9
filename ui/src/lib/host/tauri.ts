/** The host inside the desktop app: Tauri commands with snake_case arguments, two events, two plugins. */
import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { open } from "@tauri-apps/plugin-dialog";
import { revealItemInDir } from "@tauri-apps/plugin-opener";
import type { ProgressEvent } from "../../bindings";
import type { Host, PlaceInput, Unlisten } from "./host";

function on(event: string, listener: (event: ProgressEvent) => void): Unlisten {
  const ready = listen<ProgressEvent>(event, (e) => listener(e.payload));
  return () => void ready.then((stop) => stop());
}

/** The fields that few people need travel together. */
function placeArguments({ provider, ca_file, allow_http, ...usual }: PlaceInput) {
  return { ...usual, extras: { provider, ca_file, allow_http } };
}

export function tauriHost(): Host {
  const profile = null;
  return {
    configureS3: async (input) => void (await invoke("configure_s3", placeArguments(input))),
    useThisComputer: (folder) => invoke("use_this_computer", { folder, profile }),
    getS3Config: () => invoke("get_s3_config", { profile }),
    testS3Connection: () => invoke("test_s3_connection", { profile }),
    tryS3Connection: (input) => invoke("try_s3_connection", placeArguments(input)),
    listProviders: () => invoke("list_providers"),
    listObjects: (input) => invoke("list_s3_objects", input),
    previewBackup: (input) => invoke("preview_backup", input),
    previewRestore: (input) => invoke("preview_restore", input),
    syncFolder: (input) => invoke("sync_folder_to_s3", input),
    restoreFolder: (input) => invoke("restore_folder_from_s3", input),
    cancelOperation: async (operation_id) => void (await invoke("cancel_operation", { operation_id })),
    suggestedFolders: () => invoke("suggested_folders"),
    listUnfinishedUploads: () => invoke("list_unfinished_uploads"),
    abortUnfinishedUploads: () => invoke("abort_unfinished_uploads"),
    onUploadProgress: (listener) => on("s3:upload-progress", listener),
    onDownloadProgress: (listener) => on("s3:download-progress", listener),
    pickFolder: (startAt) => open({ directory: true, multiple: false, defaultPath: startAt ?? undefined }),
    pickFile: (startAt) => open({ directory: false, multiple: false, defaultPath: startAt ?? undefined }),
    revealPath: (path) => revealItemInDir(path),
  };
}
