// Runs programs in turn, round after round, so that a machine whose speed drifts slows all of them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Measures one run of a command: wall, cpu, peak_mib, and the requests where the program tells. Throws when it fails.
 */
export async function measured(bench, command, env) {
  const output = join(bench.folder, "output.txt");
  const child = spawn(join(bench.built, "holdfast-bench"), ["measure", "--output", output, "--", ...command], { env, stdio: ["ignore", "pipe", "inherit"], detached: true });
  bench.child = child;
  let text = "";
  child.stdout.on("data", (piece) => (text += piece));
  await once(child, "close");
  bench.child = undefined;
  const said = readFileSync(output, "utf8");
  const figures = text ? JSON.parse(text) : { code: -1 };
  if (figures.code !== 0) throw new Error(`${command[0]} ${command[1]} failed (exit ${figures.code}):\n${said.slice(-2000)}`);
  const { wall, user, system, peak_mib } = figures;
  return { wall, cpu: user + system, peak_mib, ...requestsIn(said) };
}

function requestsIn(said) {
  if (!said.trimStart().startsWith("{") || !said.includes('"requests"')) return {};
  const { requests, state } = JSON.parse(said);
  if (state !== "complete") throw new Error(`a run ended ${state}: ${said.slice(0, 2000)}`);
  return { requests: Object.values(requests).reduce((sum, count) => sum + count, 0) };
}

/**
 * Rounds over contenders `{ name, run(round) → figures, only?: rounds }`. Returns their samples by name.
 * Who begins moves on by one each round.
 */
export async function inRounds(bench, title, rounds, contenders) {
  const samples = Object.fromEntries(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const turn = contenders.map((_, at) => contenders[(at + round) % contenders.length]);
    for (const { name, run, only = rounds } of turn) {
      if (round >= only) continue;
      const figures = await run(round);
      samples[name].push(figures);
      const { wall, cpu, peak_mib } = figures;
      console.log(`${title}, round ${round + 1}: ${name} ${wall.toFixed(2)} s, CPU ${cpu.toFixed(2)} s, ${peak_mib.toFixed(0)} MiB`);
    }
  }
  bench.results.push({ title, samples });
  return samples;
}

export function median(numbers) {
  const sorted = numbers.filter((n) => n !== undefined).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
