/** From the core's error kinds and codes to words. A kind without words does not type-check; neither will a code, once codes are a closed union. */
import type { AppError, ErrorCode, ErrorKind } from "../../bindings";
import { sentence } from "./format";

/** What it is called at the head of a panel, and what it means for the person. */
export type ErrorWords = { heading: string; means: string };

const byKind: Record<ErrorKind, ErrorWords> = {
  NotConfigured: { heading: "No place is set up yet", means: "Nothing can be copied until Holdfast knows where copies go." },
  InvalidCredentials: { heading: "The key was not accepted", means: "Nothing was saved and nothing was sent. Copies that are there are safe." },
  BucketNotFound: { heading: "The bucket was not found", means: "Nothing was saved and nothing was sent." },
  UploadFailed: { heading: "Copying to the bucket stopped", means: "Nothing was lost. Files that were confirmed before are safe, the next run goes on from there." },
  DownloadFailed: { heading: "Bringing files back stopped", means: "Files that were written are whole. The copies in the bucket are untouched." },
  ListFailed: { heading: "The bucket did not list its files", means: "Nothing was changed. The copies in the bucket are untouched." },
  ConfigError: { heading: "Something in the settings is not right", means: "Nothing was changed." },
  SdkError: { heading: "The storage did not answer as expected", means: "Nothing was lost. Copies that were confirmed before are safe." },
};

/** Codes that deserve better words than their kind has. Total over the union of codes as soon as the core exports one. */
type Codes = string extends ErrorCode ? Record<string, ErrorWords | undefined> : Record<ErrorCode, ErrorWords | null>;
const byCode: Codes = {};

export type ErrorText = ErrorWords & { happened: string; todo: string };

export function errorText(error: AppError): ErrorText {
  const special = (byCode as Record<string, ErrorWords | null | undefined>)[error.code];
  const words = special ?? byKind[error.kind] ?? byKind.SdkError;
  return { ...words, happened: sentence(error.message), todo: sentence(error.hint) };
}
