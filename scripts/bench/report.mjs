// From figures to bench/RESULTS.md.
import { cpus, release, totalmem, type } from "node:os";
import { median } from "./rounds.mjs";

const FIGURES = { wall: "wall time", cpu: "CPU time", requests: "requests", peak_mib: "peak memory" };

export function report({ results, bars, server, versions, quick, where, when, commit }) {
  const parts = [
    "# What was measured",
    "",
    `Written by \`npm run bench\`${quick ? " --quick: numbers too small to judge by" : ""} on ${when}, at ${commit}.`,
    "",
    `- Machine: ${cpus().length} × ${cpus()[0].model}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${type()} ${release()}; files in ${where}.`,
    `- Server: ${server}, on the same machine over loopback, so client and server share its processors.`,
    `- Programs: ${versions.join(", ")}.`,
    "- Figures are medians over rounds in which the programs took turns (n is the number of runs). CPU is user and system",
    "  time of the program alone. Peak memory is the largest of all runs. Only Holdfast says how many requests it sent.",
    "- The bare loops send or fetch as many objects of the same size with the same SDK and 64 requests in flight, from and",
    "  into memory, and do nothing else; the bare walk looks at each file once. They are what the work costs at least.",
    "",
    "## The bars",
    "",
    "| work | what | bar | measured | |",
    "| --- | --- | --- | --- | --- |",
    ...bars.map(barRow),
    "",
    "## The figures",
  ];
  for (const { title, samples } of results) parts.push("", `### ${title}`, "", ...table(samples));
  return parts.join("\n") + "\n";
}

function barRow({ title, figure, whose, best, among, limit, value, holds }) {
  const than = best ? ` × ${among > 1 ? `the best peer's (${best})` : `${best}'s`}` : figure === "peak_mib" ? " MiB" : "";
  const bound = figure === "peak_mib" ? "below" : figure === "requests" ? "exactly" : "at most";
  const digits = best ? (limit < 0.1 ? 3 : 2) : 0;
  return `| ${title} | ${whose ? `${whose} ` : ""}${FIGURES[figure]} | ${bound} ${limit}${than} | ${value.toFixed(digits)} | ${holds ? "holds" : "**does not hold**"} |`;
}

function table(samples) {
  const rows = Object.entries(samples).filter(([, runs]) => runs.length);
  const base = rows.find(([name]) => name === "holdfast")[1];
  const between = rows.some(([, runs]) => runs[0].server_cpu !== undefined);
  const of = (runs, figure) => median(runs.map((run) => run[figure]));
  const most = (runs, figure) => Math.max(...runs.map((run) => run[figure]));
  const spent = (runs) => (runs[0].server_cpu === undefined ? ["–", "–"] : [of(runs, "server_cpu").toFixed(2), most(runs, "server_peak_mib").toFixed(0)]);
  const lines = rows.map(([name, runs]) => {
    const [wall, cpu] = [of(runs, "wall"), of(runs, "cpu")];
    const ratio = (figure) => (runs === base ? "" : (of(base, figure) / of(runs, figure)).toFixed(2));
    const own = [name, wall.toFixed(2), ratio("wall"), cpu.toFixed(2), ratio("cpu"), most(runs, "peak_mib").toFixed(0), counted(of(runs, "requests"))];
    return [...own, ...(between ? spent(runs) : []), runs.length];
  });
  const head = ["program", "wall s", "Holdfast ÷ it", "CPU s", "Holdfast ÷ it", "peak MiB", "requests", ...(between ? ["CPU s between", "peak MiB between"] : []), "n"];
  return [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`);
}

/** Programs that do not say how many requests they sent have none to show. */
function counted(requests) {
  return Number.isFinite(requests) ? requests.toLocaleString("en") : "–";
}
