// The desktop app's own section of bench/RESULTS.md: it stays when the rest is measured anew.
import { DESKTOP } from "./sections.mjs";

const CPU_BAR = 0.1;

export function sectionOf({ frames, paint, paints, open, hidden, closed, seconds, build }) {
  const share = ({ percent }) => `${percent.toFixed(3)} %`;
  const mib = (n) => `${n.toFixed(0)} MiB`;
  const row = (what, measured, bar = "", holds = "") => `| ${what} | ${measured} | ${bar} | ${holds} |`;
  const at = (part) => frames.took[Math.min(frames.took.length - 1, Math.floor(frames.took.length * part))];
  const perSecond = (1000 * frames.took.length) / frames.took.reduce((all, one) => all + one, 0);
  const bar = (one) => [`< ${CPU_BAR} %`, one.percent < CPU_BAR ? "holds" : "**missed**"];
  return [
    DESKTOP, "",
    `Written by \`npm run bench -- --only desktop\` on ${new Date().toISOString().slice(0, 10)}: ${build} under Xvfb, one watched set of 1,000 files, a panel for the icon. CPU is of all`,
    `processes of the app over ${seconds} s in which nothing happens, in percent of one processor; memory is their proportional set size (PSS).`, "",
    "| what | measured | bar | |", "| --- | --- | --- | --- |",
    row(`start to first paint, median of ${paints.length}, driven by WebDriver`, `${paint.toFixed(0)} ms (${Math.min(...paints).toFixed(0)} to ${Math.max(...paints).toFixed(0)})`),
    row("memory with the window open", mib(open)),
    row(`frames while ${frames.files.toFixed(0)} files a second go by`, `${perSecond.toFixed(1)} a second; median ${at(0.5).toFixed(1)} ms, 99 % ${at(0.99).toFixed(1)}, longest ${at(1).toFixed(1)}`, "60 a second", perSecond >= 59 ? "holds" : "**missed**"),
    row("begun in the tray, idle", share(hidden), ...bar(hidden)),
    row("its memory", `${mib(hidden.memory)}: ${hidden.processes.join(", ")}`),
    row("window closed to the tray, idle", share(closed), ...bar(closed)),
    row("its memory", `${mib(closed.memory)}: ${closed.processes.join(", ")}`),
    "",
  ].join("\n");
}
