// What `npm test` reads out of what test runners print: how many tests passed, which failed, and what a reader needs of a log.
import assert from "node:assert/strict";
import { test } from "node:test";
import { countTests } from "../../scripts/test/counts.mjs";
import { excerpt, failedTests } from "../../scripts/test/failures.mjs";

const CARGO = `
running 3 tests
test folder::a_link_is_kept ... ok
test folder::a_name_is_kept ... FAILED
test [minio] listing::pages_follow ... FAILED

failures:

---- folder::a_name_is_kept stdout ----
left: 1, right: 2

failures:
    folder::a_name_is_kept

test result: FAILED. 1 passed; 2 failed; 4 ignored; 0 measured; 0 filtered out; finished in 0.1s

     Running tests/other.rs

running 1 test
test all_is_well ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s
`;
const NODE = "✔ the tray tells (5.1ms)\n\x1b[31m✖ a window closes (18797.977821ms)\x1b[39m\nℹ tests 2\nℹ pass 1\nℹ fail 1\nℹ cancelled 0\nℹ skipped 0\nℹ todo 0\n";
const VITEST = "   \x1b[31m×\x1b[39m a plan is shown \x1b[33m980\x1b[2mms\x1b[22m\n      Tests  1 failed | 10 passed | 2 skipped (13)\n";

test("the tests that failed are named, each once, whatever runner they are of", () => {
  assert.deepEqual(failedTests(CARGO), ["folder::a_name_is_kept", "listing::pages_follow"]);
  assert.deepEqual(failedTests(NODE + NODE), ["a window closes"]);
  assert.deepEqual(failedTests(VITEST), ["a plan is shown"]);
  assert.deepEqual(failedTests("test all_is_well ... ok\n"), []);
});

test("every run within a log is counted", () => {
  assert.deepEqual(countTests(CARGO), { passed: 2, failed: 2, skipped: 4 });
  assert.deepEqual(countTests(NODE), { passed: 1, failed: 1, skipped: 0 });
  assert.deepEqual(countTests(VITEST), { passed: 10, failed: 1, skipped: 2 });
  assert.deepEqual(countTests("3 passed, 1 failed, 2 skipped\n"), { passed: 3, failed: 1, skipped: 2 });
});

test("of a long log a reader gets cargo's failures, else its end", () => {
  const told = excerpt(`${"Compiling\n".repeat(1000)}${CARGO}`).join("\n");
  assert.match(told, /^failures:[\s\S]*left: 1, right: 2[\s\S]*2 failed/);
  assert.doesNotMatch(told, /Compiling|all_is_well/);
  const end = excerpt(`${"line\n".repeat(1000)}the last\n`);
  assert.deepEqual([end[0], end.at(-1), end.length], ["(751 lines before)", "the last", 251]);
});
