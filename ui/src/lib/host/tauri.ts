/** The host inside the desktop app: the generated commands, two events, two plugins. */
import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { open, save } from "@tauri-apps/plugin-dialog";
import { revealItemInDir } from "@tauri-apps/plugin-opener";
import { commands, type PlaceExtras, type ProgressEvent, type RecordsAttachment, type Remembered } from "../../bindings";
import type { Host, PlaceInput, Unlisten } from "./host";

function on<T = ProgressEvent>(event: string, listener: (event: T) => void): Unlisten {
  const ready = listen<T>(event, (e) => listener(e.payload));
  return () => void ready.then((stop) => stop());
}

/** Handed over by the window before the page's first line runs. */
const atStart = (globalThis as { holdfastRemembered?: Partial<Record<Remembered, string>> }).holdfastRemembered ?? {};

/** A place in the order of the command's arguments; the fields that few people need travel together. */
function placeArguments(input: PlaceInput): Parameters<typeof commands.configureS3> {
  const extras: PlaceExtras = { provider: input.provider, ca_file: input.ca_file, allow_http: input.allow_http, aws_profile: input.aws_profile, sse: input.sse };
  return [input.endpoint, input.region, input.bucket_name, input.access_key_id, input.secret_access_key, input.path_prefix, input.profile, extras];
}

export function tauriHost(): Host {
  return {
    ...commands,
    configureS3: async (input) => void (await commands.configureS3(...placeArguments(input))),
    useThisComputer: (folder, profile = null) => commands.useThisComputer(folder, profile),
    getS3Config: (profile = null) => commands.getS3Config(profile),
    testS3Connection: (profile = null) => commands.testS3Connection(profile),
    tryS3Connection: (input) => commands.tryS3Connection(...placeArguments(input)),
    listObjects: (input) => commands.listS3Objects(input.prefix, input.max_keys, input.delimiter, input.continuation, input.profile ?? null),
    previewBackup: (input) => commands.previewBackup(input.local_folder, input.s3_prefix, input.options, input.operation_id),
    previewRestore: (input) => commands.previewRestore(input.s3_prefix, input.local_folder, input.options, input.operation_id, input.profile ?? null),
    syncFolder: (input) => commands.syncFolderToS3(input.local_folder, input.s3_prefix, input.options, input.operation_id),
    restoreFolder: (input) => commands.restoreFolderFromS3(input.s3_prefix, input.local_folder, input.options, input.operation_id, input.profile ?? null),
    verifyFolder: (input) => commands.verifyFolder(input.local_folder, input.s3_prefix, input.options, input.operation_id, input.profile ?? null),
    recordsBytes: (record, file) => invoke<ArrayBuffer>("records_bytes", { record, file }),
    recordsAttachBytes: (member, title, content) => invoke<RecordsAttachment>("records_attach_bytes", content, { headers: { member, title: encodeURIComponent(title) } }),
    remembered: (what) => atStart[what] ?? null,
    onUploadProgress: (listener) => on("s3:upload-progress", listener),
    onDownloadProgress: (listener) => on("s3:download-progress", listener),
    pickFolder: (startAt) => open({ directory: true, multiple: false, defaultPath: startAt ?? undefined }),
    pickFile: (startAt) => open({ directory: false, multiple: false, defaultPath: startAt ?? undefined }),
    pickNewFile: (name) => save({ defaultPath: name }),
    revealPath: (path) => revealItemInDir(path),
    onRecordsProgress: (listener) => on("records:progress", listener),
    onChanged: (listener) => on("holdfast:changed", listener),
    onOpenPage: (listener) => on("holdfast:open", listener),
  };
}
