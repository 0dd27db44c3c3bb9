// Sections of bench/RESULTS.md that are measured by themselves: each stays when the rest is measured anew.
export const DESKTOP = "## The desktop app";
export const BROWSER = "## The restore browser";
export const HISTORY = "## Shell history";
export const RECORDS = "## Family records";
export const BUCKET_SECTION = "## The embedded bucket";
const GATEWAY = "## The gateway";

function section(text, head) {
  const start = text.indexOf(`\n${head}\n`);
  if (start < 0) return "";
  const end = text.indexOf("\n## ", start + 1);
  return end < 0 ? text.slice(start) : text.slice(start, end);
}

/** These sections of an earlier measurement, each with the empty line before it. */
export const keptSections = (text) => [GATEWAY, BUCKET_SECTION, DESKTOP, BROWSER, HISTORY, RECORDS].map((head) => section(text, head)).filter(Boolean).map((one) => `${one.trimEnd()}\n`).join("");

/** The text with a section in place of the one of that head. */
export const withSection = (text, head, written) => `${text.replace(section(text, head), () => "").trimEnd()}\n\n${written}`;
