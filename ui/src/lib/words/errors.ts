/** From the core's error kinds and codes to words. A kind or a code without words does not type-check. */
import type { AppError, ErrorCode, ErrorKind } from "../../bindings";
import { sentence } from "./format";

/** What it is called at the head of a panel, and what it means for the person. */
export type ErrorWords = { heading: string; means: string };

const byKind: Record<ErrorKind, ErrorWords> = {
  NotConfigured: { heading: "No place is set up yet", means: "Nothing can be copied until Holdfast knows where copies go." },
  InvalidCredentials: { heading: "The key was not accepted", means: "Nothing was saved and nothing was sent. Copies that are there are safe." },
  BucketNotFound: { heading: "The bucket was not found", means: "Nothing was saved and nothing was sent." },
  UploadFailed: { heading: "Copying stopped", means: "Nothing was lost. Files that were confirmed before are safe, the next run goes on from there." },
  DownloadFailed: { heading: "Bringing files back stopped", means: "Files that were written are whole. The copies are untouched." },
  ListFailed: { heading: "The place did not list its files", means: "Nothing was changed. The copies are untouched." },
  ConfigError: { heading: "Something in the settings is not right", means: "Nothing was changed." },
  SdkError: { heading: "The storage did not answer as expected", means: "Nothing was lost. Copies that were confirmed before are safe." },
};

/**
 * Codes with a heading of their own. `null`: the heading of the kind fits, and the core's own message and hint say the rest.
 * A code that the core gains fails to type-check here until somebody has decided.
 */
const NOTHING_CHANGED = "Nothing was changed.";
const COPIES_SAFE = "Nothing was lost. Copies that were confirmed before are safe.";
const NOTHING_REMOVED = "Nothing was removed.";
const byCode: Record<ErrorCode, ErrorWords | null> = {
  // what was typed
  store_url_malformed: null,
  store_url_scheme: null,
  unknown_parameter: null,
  repeated_parameter: null,
  bad_parameter: null,
  half_a_key: { heading: "Only half of the key is there", means: NOTHING_CHANGED },
  bucket_name_missing: { heading: "The name of the bucket is missing", means: NOTHING_CHANGED },
  bucket_name_bad: { heading: "No bucket can have this name", means: NOTHING_CHANGED },
  plain_http: { heading: "This address is not encrypted", means: NOTHING_CHANGED },
  folder_not_absolute: { heading: "The folder needs its whole path", means: NOTHING_CHANGED },
  prefix_bad: { heading: "Copies cannot be kept under this name", means: NOTHING_CHANGED },
  key_bad: { heading: "No copy can have this name", means: NOTHING_CHANGED },
  bad_pattern: { heading: "A rule is not understood", means: NOTHING_CHANGED },
  profile_name_bad: null,
  // reaching the place
  dns: { heading: "The address was not found", means: COPIES_SAFE },
  refused: { heading: "Nothing answers there", means: COPIES_SAFE },
  timeout: { heading: "The storage did not answer in time", means: COPIES_SAFE },
  offline_broken: { heading: "The connection broke", means: COPIES_SAFE },
  tls_untrusted: { heading: "The certificate is not trusted", means: COPIES_SAFE },
  tls_failed: { heading: "No secure connection", means: COPIES_SAFE },
  not_s3: { heading: "This is not an S3 address", means: COPIES_SAFE },
  ca_file: { heading: "The certificate file cannot be used", means: NOTHING_CHANGED },
  // being let in
  no_credentials: { heading: "No key was found", means: COPIES_SAFE },
  credentials_source: { heading: "No key was found", means: COPIES_SAFE },
  unknown_key: { heading: "The key is not known there", means: COPIES_SAFE },
  wrong_secret: { heading: "The secret does not fit the key", means: COPIES_SAFE },
  expired_token: { heading: "The session has expired", means: COPIES_SAFE },
  clock_skew: { heading: "The clocks differ", means: COPIES_SAFE },
  wrong_region: { heading: "The bucket is in another region", means: NOTHING_CHANGED },
  bucket_missing: { heading: "The bucket was not found", means: NOTHING_CHANGED },
  denied: { heading: "The key may not do this", means: COPIES_SAFE },
  // working with objects
  object_missing: { heading: "The copy is not there", means: NOTHING_CHANGED },
  upload_gone: null,
  condition_failed: null,
  write_conflict: null,
  damaged_on_the_way: { heading: "What arrived was not what was sent", means: COPIES_SAFE },
  cut_short: { heading: "The connection broke", means: COPIES_SAFE },
  too_large: { heading: "The file is too large for this place", means: COPIES_SAFE },
  quota_exceeded: { heading: "There is no room left at this place", means: COPIES_SAFE },
  archived: { heading: "The copy is in an archive", means: "It can be read once the provider has brought it back." },
  slow_down: { heading: "The storage asks to slow down", means: COPIES_SAFE },
  not_supported: { heading: "This place does not offer that", means: NOTHING_CHANGED },
  encryption_key: { heading: "The encryption key cannot be used", means: COPIES_SAFE },
  bucket_exists: null,
  bucket_not_empty: null,
  server_error: { heading: "The storage had a fault of its own", means: COPIES_SAFE },
  // settings of a bucket
  no_versions: { heading: "This bucket keeps no old versions", means: NOTHING_CHANGED },
  unknown_rule: { heading: "A rule of the bucket could not be kept as it is", means: NOTHING_CHANGED },
  setting_refused: { heading: "The place does not take this setting", means: NOTHING_CHANGED },
  setting_ignored: { heading: "The storage did not take the setting up", means: COPIES_SAFE },
  lock_not_offered: { heading: "This bucket cannot lock its files", means: NOTHING_CHANGED },
  bad_setting: { heading: "A value does not fit", means: NOTHING_CHANGED },
  // folders here
  folder_missing: { heading: "The folder is not there", means: COPIES_SAFE },
  folder_unreadable: { heading: "The folder cannot be read", means: COPIES_SAFE },
  folder_is_a_file: { heading: "That is a file, not a folder", means: NOTHING_CHANGED },
  folder_not_a_place: { heading: "Copies cannot be kept in this folder", means: NOTHING_CHANGED },
  file_missing: { heading: "The file is not there", means: COPIES_SAFE },
  file_unreadable: { heading: "The file cannot be read", means: COPIES_SAFE },
  disk_full: { heading: "The disk is full", means: COPIES_SAFE },
  no_space: { heading: "This disk has too little room", means: "Nothing was written." },
  hostile_key: { heading: "The name of a copy leads out of the folder", means: "Nothing was written there." },
  local_io: { heading: "This computer could not read or write", means: COPIES_SAFE },
  // runs
  brake_empty: { heading: "Holdfast stopped before removing anything", means: NOTHING_REMOVED },
  brake_volume: { heading: "Holdfast stopped before removing anything", means: NOTHING_REMOVED },
  brake_share: { heading: "Holdfast stopped before removing anything", means: NOTHING_REMOVED },
  busy: { heading: "A run of this folder is under way", means: NOTHING_CHANGED },
  index_damaged: { heading: "The list of copies is damaged", means: COPIES_SAFE },
  nothing_there: { heading: "There is nothing to bring back", means: NOTHING_CHANGED },
  too_many_files: null,
  no_record: null,
  cancelled: { heading: "Stopped before the end", means: COPIES_SAFE },
  // settings and the keychain
  not_configured: null,
  no_profile: null,
  profile_exists: null,
  place_in_use: { heading: "This place is in use", means: NOTHING_CHANGED },
  config_corrupt: { heading: "The settings cannot be read", means: "The file was left as it is." },
  config_newer: { heading: "The settings are from a newer Holdfast", means: "The file was left as it is." },
  prices_bad: { heading: "The price file cannot be used", means: NOTHING_CHANGED },
  keychain_missing: { heading: "This computer has no keychain", means: "The secret was not saved anywhere." },
  keychain_locked: { heading: "The keychain is locked", means: "The secret was not saved anywhere." },
  keychain_failed: { heading: "The keychain did not take the secret", means: "The secret was not saved anywhere." },
  no_secret: { heading: "The secret is not in the keychain", means: COPIES_SAFE },
  local_bucket_failed: { heading: "The folder for the copies cannot be used", means: NOTHING_CHANGED },
  // backup sets and their runs
  bad_schedule: { heading: "This schedule is not understood", means: NOTHING_CHANGED },
  set_bad: { heading: "This set cannot be kept as it is", means: NOTHING_CHANGED },
  no_set: { heading: "There is no such set any more", means: NOTHING_CHANGED },
  no_run: null,
  no_operation: null,
  agent_running: { heading: "Another Holdfast is at work", means: COPIES_SAFE },
  agent_config: { heading: "The agent's configuration is wrong", means: NOTHING_CHANGED },
  // shell history
  history_not_set_up: { heading: "History is not shared yet", means: "It is kept on this computer only." },
  history_secret_bad: { heading: "The history's secret does not fit", means: NOTHING_CHANGED },
  history_nobody: { heading: "Nobody keeps this history there", means: NOTHING_CHANGED },
  history_others: { heading: "Somebody keeps a history there already", means: NOTHING_CHANGED },
  history_no_device: { heading: "There is no such device", means: NOTHING_CHANGED },
  history_damaged: { heading: "The history on this computer is damaged", means: "What was sent is safe and can be fetched again." },
  history_too_long: { heading: "A command line is too long to keep", means: "The command ran. Everything else is kept." },
  history_import: { heading: "The file is not what it was said to be", means: "Nothing was imported." },
  history_server: { heading: "The history server did not answer as expected", means: "Nothing was lost. What waits is sent later." },
  // family records
  records_not_set_up: { heading: "There are no family records here yet", means: NOTHING_CHANGED },
  records_locked: { heading: "The family records are locked", means: "They are here, encrypted. The recovery code opens them." },
  records_code: { heading: "The recovery code does not fit", means: NOTHING_CHANGED },
  records_unconfirmed: { heading: "Type the recovery code back first", means: "Nothing is read or written before." },
  records_exist: { heading: "There are family records already", means: NOTHING_CHANGED },
  records_nobody: { heading: "Nobody keeps family records there", means: NOTHING_CHANGED },
  records_unknown: { heading: "That is not there", means: NOTHING_CHANGED },
  records_invalid: { heading: "This cannot be saved as it is", means: "Nothing was saved." },
  records_undecided: { heading: "Somebody has to choose", means: "Both sides are kept as they are." },
  records_damaged: { heading: "A part of the family records is damaged", means: "Everything else is as it was." },
  records_folder: { heading: "The folder is not empty", means: "Nothing was written." },
  records_person: { heading: "This person is not known here", means: NOTHING_CHANGED },
  records_words: { heading: "The words are not the same", means: "Nothing is shared with keys that nobody vouched for." },
  records_read_only: { heading: "These records can only be read", means: "Nothing was saved." },
  records_ended: { heading: "Sharing has ended", means: "What was fetched before can still be read here." },
  records_owners: { heading: "Only the owner can do this", means: NOTHING_CHANGED },
  records_revoked: { heading: "This computer was revoked", means: "What is here can still be read. Nothing new comes." },
  records_no_device_keys: { heading: "This computer has no keys of its own", means: NOTHING_CHANGED },
  internal: null,
};

export type ErrorText = ErrorWords & { happened: string; todo: string };

export function errorText(error: AppError): ErrorText {
  const words = byCode[error.code] ?? byKind[error.kind] ?? byKind.SdkError;
  return { ...words, happened: sentence(error.message), todo: sentence(error.hint) };
}
