// Finds what failed in what test runners print: the names, and the part of a long log that a reader needs.
const ANSI = /\x1b\[[0-9;]*m/g;
const MOST_LINES = 250;

/** Cargo's and its harnesses' lines `test NAME ... FAILED`, with or without a `[kind]` before the name. */
const CARGO_NAME = /^test\s+(?:\[[^\]]*\]\s+)?(.*?)\s+\.\.\. FAILED$/gm;
/** Node's `spec` reporter and vitest: a cross, the name, the time it took. */
const CROSSED_NAME = /^\s*[✖×]\s+(.+?)\s+\(?\d+(?:\.\d+)?\s?m?s\)?$/gm;
/** What each test binary of cargo prints of its failures, from the heading to its result. */
const CARGO_FAILURES = /^failures:\n[\s\S]*?^test result: FAILED.*$/gm;

/** The names of the tests that failed, each once. */
export function failedTests(log) {
  const text = plain(log);
  return [...new Set([CARGO_NAME, CROSSED_NAME].flatMap((line) => [...text.matchAll(line)].map(([, name]) => name)))];
}

/** What a reader needs of a failed part's log: cargo's failures where there are some, otherwise its end. */
export function excerpt(log) {
  const text = plain(log).trimEnd();
  const failures = [...text.matchAll(CARGO_FAILURES)].map(([block]) => block).join("\n\n");
  const lines = (failures || text).split("\n");
  const cut = lines.length > MOST_LINES ? [`(${lines.length - MOST_LINES} lines before)`] : [];
  return [...cut, ...lines.slice(-MOST_LINES)];
}

const plain = (log) => log.replace(ANSI, "").replace(/\r/g, "");
