/** Whatever a command rejected with, as the error it should have been. */
import type { AppError } from "../../bindings";

function isAppError(value: unknown): value is AppError {
  return typeof value === "object" && value !== null && "kind" in value && "message" in value;
}

export function asAppError(value: unknown): AppError {
  if (isAppError(value)) return value;
  const message = value instanceof Error ? value.message : String(value);
  return { kind: "SdkError", code: "internal", message, hint: "", retryable: true };
}

/** Hints of the core that name a command are for the command line. */
export const withoutCommands = (error: AppError): AppError => (error.hint.includes("`holdfast ") || error.hint.includes("--") ? { ...error, hint: "" } : error);
