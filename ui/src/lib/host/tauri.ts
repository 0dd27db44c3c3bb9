/** The host inside the desktop app: the generated commands, two events, two plugins. */
import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { open, save } from "@tauri-apps/plugin-dialog";
import { revealItemInDir } from "@tauri-apps/plugin-opener";
import { commands, type PlaceExtras, type ProgressEvent } from "../../bindings";
import type { Issue3Commands } from "../../contract";
import type { EngineHost, Host, PlaceInput, RestoreInput, Unlisten } from "./host";

function on<T = ProgressEvent>(event: string, listener: (event: T) => void): Unlisten {
  const ready = listen<T>(event, (e) => listener(e.payload));
  return () => void ready.then((stop) => stop());
}

/** A place in the order of the command's arguments; the fields that few people need travel together. */
function placeArguments(input: PlaceInput): Parameters<typeof commands.configureS3> {
  const extras: PlaceExtras = { provider: input.provider, ca_file: input.ca_file, allow_http: input.allow_http };
  return [input.endpoint, input.region, input.bucket_name, input.access_key_id, input.secret_access_key, input.path_prefix, input.profile, extras];
}

/** The commands take the profile once more than one place can be browsed; until then it is not looked at. */
const restoreArguments = (input: RestoreInput) => ({ s3Prefix: input.s3_prefix, localFolder: input.local_folder, options: input.options, operationId: input.operation_id, profile: input.profile ?? null });

/** Each command of the contract with the names of its arguments, in order. */
const engineArguments: Record<keyof Issue3Commands, string[]> = {
  list_backup_sets: [], save_backup_set: ["id", "draft"], remove_backup_set: ["id"], preview_backup_set: ["id", "operationId"],
  run_backup_set: ["id", "confirmRemovalOf"], run_drill: ["id"], pause_sets: ["id", "until"], resume_sets: ["id"],
  exclude_from_set: ["id", "paths"], set_retry: ["id", "paths"], schedule_words: ["schedule"],
  get_overview: [], list_runs: ["filter"], get_run: ["id"], list_operations: [], pause_operation: ["operationId"], resume_operation: ["operationId"],
  list_places: [], remove_place: ["profile"], get_settings: [], save_settings: ["settings"], export_settings: ["path"], import_settings: ["path"],
  list_prices: [], save_price: ["row"], reset_price: ["id"], storage_classes: ["profile"], get_versioning: ["profile"], set_versioning: ["profile", "on"],
  get_lifecycle: ["profile"], preview_lifecycle: ["profile", "form"], set_lifecycle: ["profile", "form"],
  get_object_lock: ["profile"], set_object_lock: ["profile", "mode", "days"], list_versions: ["profile", "prefix", "asOf", "continuation"],
  thaw_state: ["profile", "keys"], thaw: ["profile", "keys", "days"], least_privilege_policy: ["profile"], search_objects: ["profile", "text", "limit"],
  compare_here: ["profile", "prefix", "localFolder", "shown"],
};
const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
function engine(): EngineHost {
  const call = (command: string, names: string[]) => (...given: unknown[]) => invoke(command, Object.fromEntries(names.map((name, n) => [name, given[n] ?? null])));
  return Object.fromEntries(Object.entries(engineArguments).map(([command, names]) => [camel(command), call(command, names)])) as EngineHost;
}

export function tauriHost(): Host {
  return {
    ...engine(),
    configureS3: async (input) => void (await commands.configureS3(...placeArguments(input))),
    useThisComputer: (folder, profile = null) => commands.useThisComputer(folder, profile),
    getS3Config: (profile = null) => commands.getS3Config(profile),
    testS3Connection: (profile = null) => commands.testS3Connection(profile),
    tryS3Connection: (input) => commands.tryS3Connection(...placeArguments(input)),
    listProviders: () => commands.listProviders(),
    listObjects: (input) => invoke("list_s3_objects", { prefix: input.prefix, maxKeys: input.max_keys, delimiter: input.delimiter, continuation: input.continuation, profile: input.profile ?? null }),
    previewBackup: (input) => commands.previewBackup(input.local_folder, input.s3_prefix, input.options, input.operation_id),
    previewRestore: (input) => invoke("preview_restore", restoreArguments(input)),
    syncFolder: (input) => commands.syncFolderToS3(input.local_folder, input.s3_prefix, input.options, input.operation_id),
    restoreFolder: (input) => invoke("restore_folder_from_s3", restoreArguments(input)),
    verifyFolder: (input) => commands.verifyFolder(input.local_folder, input.s3_prefix, input.options, input.operation_id),
    cancelOperation: (operationId) => commands.cancelOperation(operationId),
    suggestedFolders: () => commands.suggestedFolders(),
    folderToStartWith: () => commands.folderToStartWith(),
    homeFolder: () => commands.homeFolder(),
    listUnfinishedUploads: () => commands.listUnfinishedUploads(),
    abortUnfinishedUploads: () => commands.abortUnfinishedUploads(),
    onUploadProgress: (listener) => on("s3:upload-progress", listener),
    onDownloadProgress: (listener) => on("s3:download-progress", listener),
    pickFolder: (startAt) => open({ directory: true, multiple: false, defaultPath: startAt ?? undefined }),
    pickFile: (startAt) => open({ directory: false, multiple: false, defaultPath: startAt ?? undefined }),
    pickNewFile: (name) => save({ defaultPath: name }),
    revealPath: (path) => revealItemInDir(path),
    onChanged: (listener) => on("holdfast:changed", listener),
    pageToOpen: () => commands.pageToOpen(),
    onOpenPage: (listener) => on("holdfast:open", listener),
  };
}
