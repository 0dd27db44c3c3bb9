// Measures search as you type over a million entries in the real window: from the key to the answer in the list, as the
// page has it, over the commands of the shell. It prints figures and judges nothing: a busy machine is slow.
//   HOLDFAST_APP=… HOLDFAST_BENCH=… tests/desktop/with-desktop.sh node scripts/bench/history-window.mjs [ENTRIES]
// HOLDFAST_BENCH is the program `holdfast-bench`, which makes the history; HISTORY_DATABASE names one that is there already.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { chooseThisComputer, id, newHome, openApp, waitUntil } from "../../tests/desktop/scenario.mjs";

const ENTRIES = Number(process.argv[2] ?? 1_000_000);
/** Frequent, rare, never; each is typed letter by letter. */
const LOOKED_FOR = ["git", "commit", "cargo test", "docker", "kubectl logs", "ssh", "deploy", "7341", "entry 99", "no such thing", "-la", "compose up"];
const QUIET_MS = 250;

/**
 * Types a text into the field, a letter at a time, and waits after each until the list holds still. Milliseconds from
 * each key to the first change of list or count; a key after which nothing changed has none.
 */
const TYPE = `
  const [text, quiet] = args;
  const field = document.querySelector('[data-testid="history-search"]');
  const page = document.querySelector('[data-testid="history-page"]');
  const typed = (value) => new Promise((done) => {
    let first = null, timer;
    const still = () => { clearTimeout(timer); timer = setTimeout(() => { seen.disconnect(); done(first); }, quiet); };
    const answers = (node) => (node.nodeType === 1 ? node : node.parentElement)?.closest?.('[role=listbox], [data-testid="history-count"], [data-testid="history-none"], .cols');
    const begun = performance.now();
    const seen = new MutationObserver((changes) => {
      if (!changes.some((change) => answers(change.target))) return;
      const at = performance.now();
      if (first === null) { first = at - begun; requestAnimationFrame(() => { first = performance.now() - begun; }); }
      still();
    });
    seen.observe(page, { subtree: true, childList: true, characterData: true, attributes: true });
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    still();
  });
  const all = [];
  for (let end = 1; end <= text.length; end++) all.push(await typed(text.slice(0, end)));
  all.push(await typed(""));
  return all;
`;

const endings = [];
const t = { after: (end) => endings.unshift(end), windows: new Set() };
try {
  const home = newHome(t);
  const folder = join(home, ".local", "share", "holdfast", "history");
  mkdirSync(folder, { recursive: true });
  const ready = process.env.HISTORY_DATABASE;
  if (ready) copyFileSync(ready, join(folder, "history.db"));
  else execFileSync(process.env.HOLDFAST_BENCH, ["history-search", folder, "--entries", String(ENTRIES)]);
  const window = await openApp(t, home);
  await chooseThisComputer(window);
  await window.click(id("later"));
  const begun = performance.now();
  await window.click(id("nav-history"));
  const count = () => window.run("return document.querySelector(arguments[0])?.textContent ?? ''", id("history-count"));
  await waitUntil("the first lines", async () => (await window.count(id("history-line"))) > 0, 120_000);
  const shown = performance.now() - begun;
  await waitUntil("the whole history in memory", async () => /in \d/.test(await count()), 120_000);
  const loaded = performance.now() - begun;
  const all = [];
  for (const text of LOOKED_FOR) all.push(...(await window.runAsync(TYPE, text, QUIET_MS)));
  const times = all.filter((time) => time !== null).sort((a, b) => a - b);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(1);
  console.log(`${await count()}`);
  console.log(`first lines after ${shown.toFixed(0)} ms, whole history in memory after ${loaded.toFixed(0)} ms`);
  console.log(`from a key to its answer on the page: ${at(0.5)} ms p50, ${at(0.95)} ms p95, ${times.at(-1).toFixed(1)} ms at most (${times.length} keys, ${all.length - times.length} more changed nothing)`);
} finally {
  for (const end of endings) await Promise.resolve(end()).catch(() => {});
}
