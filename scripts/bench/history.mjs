// Shell history: search, what a month and a new device cost, and what the hooks add to a prompt. A section of its own.
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { median } from "./rounds.mjs";
import { HISTORY } from "./sections.mjs";

const COMMANDS = 60;
const ROUNDS = 3;
/** How each is started with a start-up file of ours, and what that file begins with. */
const SHELLS = {
  bash: { file: "bashrc", args: (home) => ["--noprofile", "--rcfile", join(home, "bashrc"), "-i"], prompt: "PS1='@ready@'" },
  zsh: { file: ".zshrc", args: () => ["-d", "-i"], prompt: "PROMPT='@ready@'; unsetopt PROMPT_SP" },
  fish: { file: "fish/config.fish", args: () => ["-i"], prompt: 'function fish_prompt; echo -n "@ready@"; end; function fish_greeting; end' },
};

export function measureHistory(built) {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-history-"));
  try {
    const tool = (...args) => JSON.parse(run(join(built, "holdfast-bench"), args));
    const search = tool("history-search", folder);
    const month = tool("history-month");
    const bootstrap = tool("history-bootstrap");
    const kept = keeping(built, folder);
    const prompts = Object.keys(SHELLS).map((shell) => [shell, overhead(built, folder, shell)]);
    return sectionOf({ search, month, bootstrap, prompts, kept });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(program, args, options = {}) {
  const ended = spawnSync(program, args, { encoding: "utf8", maxBuffer: 1 << 28, ...options });
  if (ended.status !== 0) throw new Error(`${program} ${args.join(" ")}: ${ended.error ?? ended.stderr}`);
  return ended.stdout;
}

/** Milliseconds from the start of the process behind a hook to its end, which no prompt waits for: into the history that was searched. */
function keeping(built, folder) {
  const data = join(folder, "data");
  mkdirSync(data);
  renameSync(join(folder, "history.db"), join(mkdirs(join(data, "history")), "history.db"));
  const env = { ...process.env, HOLDFAST_CONFIG_DIR: join(folder, "config"), HOLDFAST_DATA_DIR: data, HOLDFAST_HISTORY_LINE: "cargo test -p holdfast-history" };
  const once = () => {
    const begun = performance.now();
    run(join(built, "holdfast"), ["history", "start", "--id", randomUUID(), "--session", "bench", "--shell", "fish"], { env });
    return performance.now() - begun;
  };
  once(); // the first makes the id of the device
  return median(Array.from({ length: COMMANDS }, once));
}

const mkdirs = (path) => (mkdirSync(path, { recursive: true }), path);

/** Milliseconds that the hooks add from Enter to the next prompt: with and without them in turn, medians of medians. */
function overhead(built, folder, shell) {
  if (spawnSync(shell, ["--version"]).error) return undefined;
  const { file, args, prompt } = SHELLS[shell];
  const home = join(folder, shell);
  mkdirSync(dirname(join(home, file)), { recursive: true });
  const env = {
    PATH: `${built}${delimiter}${process.env.PATH}`, HOME: home, ZDOTDIR: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: join(home, "data"), TERM: "xterm", TZ: "UTC", LANG: "C.UTF-8",
    HOLDFAST_CONFIG_DIR: join(home, "config"), HOLDFAST_DATA_DIR: join(home, "holdfast"),
  };
  const init = run(join(built, "holdfast"), ["history", "init", shell, "--no-ctrl-r"], { env });
  const program = fileURLToPath(new URL("prompt.py", import.meta.url));
  const took = (hooks) => {
    writeFileSync(join(home, file), `${prompt}\n${hooks}\n`);
    return Number(run("python3", [program, String(COMMANDS), shell, ...args(home)], { env, cwd: home }));
  };
  const rounds = Array.from({ length: ROUNDS }, () => ({ without: took(""), with: took(init) }));
  const kept = JSON.parse(run(join(built, "holdfast"), ["history", "find", "--offline", "--limit", "1000", "--json"], { env })).length;
  if (kept < ROUNDS * COMMANDS) throw new Error(`${shell}: only ${kept} of ${ROUNDS * COMMANDS} commands were kept`);
  return median(rounds.map((round) => round.with)) - median(rounds.map((round) => round.without));
}

function sectionOf({ search, month, bootstrap, prompts, kept }) {
  const row = (what, measured, bar = "", holds) => `| ${what} | ${measured} | ${bar} | ${holds === undefined ? "" : holds ? "holds" : "**missed**"} |`;
  const ms = (n) => `${n.toFixed(n < 10 ? 2 : 0)} ms`;
  const many = (n) => n.toLocaleString("en");
  const usd = (n) => `$${n.toFixed(n < 0.1 ? 4 : 2)}`;
  const searches = (one) => `${ms(one.p50_ms)} p50, ${ms(one.p95_ms)} p95, ${ms(one.max_ms)} at most (${one.searches} questions)`;
  const requests = Object.entries(month.requests).map(([kind, count]) => `${many(count)} ${kind}`).join(", ");
  return [
    HISTORY, "",
    `Written by \`npm run bench -- --only history\` on ${new Date().toISOString().slice(0, 10)}: a release build. The questions are all that stands in the field while 20 searches are typed, a letter at a time.`, "",
    "| what | measured | bar | |", "| --- | --- | --- | --- |",
    row(`search in ${many(search.entries)} entries, resident index, 100 distinct lines`, searches(search.resident), "p95 < 10 ms", search.resident.p95_ms < 10),
    row("the same in the database, by a program that just started", searches(search.database)),
    row("loading the index", `${search.load_s.toFixed(2)} s; the database has ${search.database_mib.toFixed(0)} MiB`),
    row(`a month: ${many(month.commands_a_day)} commands a day, ${month.devices} devices, each read every minute for ten hours a day`, requests),
    row("PUT, LIST and POST for each command", month.dear_per_command.toFixed(3), "≤ 0.5", month.dear_per_command <= 0.5),
    row("the month by list prices", `AWS ${usd(month.aws_usd)}, Backblaze B2 ${usd(month.b2_usd)}, Cloudflare R2 ${usd(month.r2_usd)}; ${month.sent_mib.toFixed(1)} MiB sent, ${month.received_mib.toFixed(1)} MiB received`),
    row(`a new device fetches ${many(bootstrap.entries)} entries`, `${bootstrap.requests} requests, ${bootstrap.seconds.toFixed(1)} s over a store in memory, ${bootstrap.mib.toFixed(1)} MiB`),
    row("keeping one command: the whole process behind a hook, which no prompt waits for", ms(kept)),
    ...prompts.map(([shell, added]) => row(`added to a prompt of ${shell}`, added === undefined ? "not installed here" : ms(added), "< 5 ms", added === undefined ? undefined : added < 5)),
    "",
  ].join("\n");
}
