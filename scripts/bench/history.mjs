// Shell history: search, what a month and a new device cost, and what the hooks add to a prompt. A section of its own.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { HISTORY } from "./sections.mjs";

const COMMANDS = 200;
const SHELLS = { bash: ["--norc", "--noprofile", "-i"], zsh: ["-f", "-i"], fish: ["--no-config", "-i"] };

export function measureHistory(built) {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-history-"));
  try {
    const tool = (...args) => JSON.parse(run(join(built, "holdfast-bench"), args));
    const search = tool("history-search", folder);
    const month = tool("history-month");
    const bootstrap = tool("history-bootstrap");
    const prompts = Object.keys(SHELLS).map((shell) => [shell, overhead(built, folder, shell)]);
    return sectionOf({ search, month, bootstrap, prompts });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(program, args, options = {}) {
  const ended = spawnSync(program, args, { encoding: "utf8", maxBuffer: 1 << 28, ...options });
  if (ended.status !== 0) throw new Error(`${program} ${args.join(" ")}: ${ended.error ?? ended.stderr}`);
  return ended.stdout;
}

/** Milliseconds that the hooks add to a command: the same typed with and without them, medians of five. */
function overhead(built, folder, shell) {
  if (spawnSync(shell, ["--version"]).error) return undefined;
  const home = join(folder, shell);
  const env = {
    PATH: `${built}${delimiter}${process.env.PATH}`, HOME: home, TERM: "dumb", TZ: "UTC",
    HOLDFAST_CONFIG_DIR: join(home, "config"), HOLDFAST_DATA_DIR: join(home, "data"),
  };
  const init = run(join(built, "holdfast"), ["history", "init", shell, "--no-ctrl-r"], { env });
  const typed = (before) => `${before}\n${": x\n".repeat(COMMANDS)}exit\n`;
  const times = (before) => {
    const all = [];
    for (let round = 0; round < 5; round++) {
      const begun = process.hrtime.bigint();
      spawnSync(shell, SHELLS[shell], { env, input: typed(before), stdio: ["pipe", "ignore", "ignore"], timeout: 120_000 });
      all.push(Number(process.hrtime.bigint() - begun) / 1e6);
    }
    return all.sort((a, b) => a - b)[2];
  };
  return (times(init) - times(":")) / COMMANDS;
}


function sectionOf({ search, month, bootstrap, prompts }) {
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
    ...prompts.map(([shell, added]) => row(`added to a prompt of ${shell}`, added === undefined ? "not installed here" : ms(added), "< 5 ms", added === undefined ? undefined : added < 5)),
    "",
  ].join("\n");
}
