// Reads how many tests passed, failed and were skipped from what test runners print. It knows cargo test,
// vitest, Node's own runner and lines of the form `3 passed, 1 failed, 2 skipped`.

const NOTHING = { passed: 0, failed: 0, skipped: 0 };
const ANSI = /\x1b\[[0-9;]*m/g;

const CARGO = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;/gm;
const VITEST = /^\s*Tests\s+(?=\d+ (?:passed|failed|skipped|todo))(.+)$/gm;
const NODE = /^(?:#|ℹ) (pass|fail|cancelled|skipped|todo) (\d+)$/gm;
const PLAIN = /^(\d+ passed, \d+ failed.*)$/gm;

const NODE_WORDS = { pass: "passed", fail: "failed", cancelled: "failed", skipped: "skipped", todo: "skipped" };

/** The counts of all runs within a text, added up. */
export function countTests(text) {
  const plain = text.replace(ANSI, "").replace(/\r/g, "");
  const found = [...fromCargo(plain), ...fromWords(plain, VITEST), ...fromNode(plain), ...fromWords(plain, PLAIN)];
  return found.reduce(add, NOTHING);
}

export function add(left, right) {
  return Object.fromEntries(Object.keys(NOTHING).map((kind) => [kind, left[kind] + right[kind]]));
}

/** `12 passed, 0 failed`, with the skipped ones only where there are some. */
export function inWords({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`;
}

function fromCargo(text) {
  return [...text.matchAll(CARGO)].map(([, ...numbers]) => counts(...numbers.map(Number)));
}

function fromNode(text) {
  return [...text.matchAll(NODE)].map(([, word, number]) => ({ ...NOTHING, [NODE_WORDS[word]]: Number(number) }));
}

function fromWords(text, line) {
  return [...text.matchAll(line)].map(([, words]) => counts(number(words, "passed"), number(words, "failed"), number(words, "skipped|todo")));
}

const counts = (passed, failed, skipped) => ({ passed, failed, skipped });

function number(words, kind) {
  return [...words.matchAll(new RegExp(`(\\d+) (?:${kind})\\b`, "g"))].reduce((sum, [, digits]) => sum + Number(digits), 0);
}
