// The desktop app's own section of bench/RESULTS.md: it stays when the rest is measured anew.
import { DESKTOP } from "./sections.mjs";

const CPU_BAR = 0.1;

export function sectionOf({ paint, paints, open, hidden, closed, seconds, build }) {
  const share = ({ percent }) => `${percent.toFixed(3)} %`;
  const mib = (n) => `${n.toFixed(0)} MiB`;
  const row = (what, measured, bar = "", holds = "") => `| ${what} | ${measured} | ${bar} | ${holds} |`;
  const bar = (one) => [`< ${CPU_BAR} %`, one.percent < CPU_BAR ? "holds" : "**missed**"];
  return [
    DESKTOP, "",
    `Written by \`npm run bench -- --only desktop\` on ${new Date().toISOString().slice(0, 10)}: ${build} under Xvfb, one watched set of 1,000 files, a panel for the icon. CPU is of all`,
    `processes of the app over ${seconds} s in which nothing happens, in percent of one processor; memory is their proportional set size (PSS).`, "",
    "| what | measured | bar | |", "| --- | --- | --- | --- |",
    row(`start to first paint, median of ${paints.length}, driven by WebDriver`, `${paint.toFixed(0)} ms (${Math.min(...paints).toFixed(0)} to ${Math.max(...paints).toFixed(0)})`),
    row("memory with the window open", mib(open)),
    row("begun in the tray, idle", share(hidden), ...bar(hidden)),
    row("its memory", `${mib(hidden.memory)}: ${hidden.processes.join(", ")}`),
    row("window closed to the tray, idle", share(closed), ...bar(closed)),
    row("its memory", `${mib(closed.memory)}: ${closed.processes.join(", ")}`),
    "",
  ].join("\n");
}
