// Family records: what many of them cost to send, to fetch on another device, to open and to search. A section of its own.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RECORDS } from "./sections.mjs";

export function measureRecords(built, sizes = []) {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-records-"));
  try {
    const filled = tool(built, "records-fill", folder, sizes);
    return sectionOf(filled, tool(built, "records-join", folder, sizes));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tool(built, what, folder, sizes) {
  const ended = spawnSync(join(built, "holdfast-bench"), [what, folder, ...sizes], { encoding: "utf8", maxBuffer: 1 << 24 });
  if (ended.status !== 0) throw new Error(`${what}: ${ended.error ?? ended.stderr}`);
  return JSON.parse(ended.stdout);
}

function sectionOf(filled, joined) {
  const row = (what, { seconds, requests, sent_mib, received_mib, aws_usd, b2_usd, r2_usd }, peak) => {
    const counts = Object.entries(requests).map(([kind, count]) => `${many(count)} ${kind}`).join(", ");
    const usd = [aws_usd, b2_usd, r2_usd].map((price) => `$${price.toFixed(price < 0.01 ? 5 : 2)}`).join(" / ");
    return `| ${what} | ${seconds.toFixed(seconds < 10 ? 2 : 0)} | ${counts || "none"} | ${sent_mib.toFixed(1)} / ${received_mib.toFixed(1)} | ${usd} | ${peak ? peak.toFixed(0) : ""} |`;
  };
  const { search } = joined;
  return [
    RECORDS, "",
    `Written by \`npm run bench -- --only records\` on ${new Date().toISOString().slice(0, 10)}: a release build, ${many(filled.records)} records of four members, ${many(filled.attachments)} of them with a file of 64 KiB, over a folder on the disk. Dollars are list prices of requests and traffic at AWS, Backblaze B2 and Cloudflare R2.`, "",
    "| what | s | requests | MiB sent / received | AWS / B2 / R2 | peak MiB |", "| --- | --- | --- | --- | --- | --- |",
    row("the first device sends everything", filled.first, filled.peak_mib),
    row("it asks again: nothing is new", filled.idle),
    row("it sends ten edits", filled.edited),
    row("another device fetches everything", joined.first, joined.peak_mib),
    row("it asks again: nothing is new", joined.idle),
    row("it attaches a file that another member has to all four", joined.same_file),
    "",
    `Entering took ${filled.entered_s.toFixed(0)} s on the first device. Opening what is on the disk takes ${joined.open_s.toFixed(2)} s. Search while it is typed: ${search.p50_ms.toFixed(2)} ms p50, ${search.p95_ms.toFixed(2)} ms p95, ${search.max_ms.toFixed(2)} ms at most (${search.searches} questions).`,
    "",
  ].join("\n");
}

const many = (number) => number.toLocaleString("en");
