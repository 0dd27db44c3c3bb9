/** Places of a chart's marks: two panels over one axis of time. Pure. */
import { ticks } from "d3-array";
import { area, line } from "d3-shape";

export type Column = { id: string; short: string; long: string; now?: boolean };
export type Stack = { from: number; to: number };
export type Frame = { width: number; left: number; line: { top: number; bottom: number }; bars: { top: number; bottom: number } };

type Scale = ((value: number) => number) & { domain: [number, number] };

/** From values to places; d3-scale, which does the same, cannot be loaded beside frozen prototypes. */
function linear(domain: [number, number], [from, to]: [number, number]): Scale {
  const [low, high] = domain;
  return Object.assign((value: number) => from + ((value - low) / (high - low)) * (to - from), { domain });
}

/** Where each month stands: half of its share is left free around it. */
export function monthsOf(columns: Column[], frame: Frame) {
  const share = (frame.width - frame.left) / Math.max(1, columns.length);
  return columns.map((_, n) => ({ x: frame.left + share * (n + 0.25), middle: frame.left + share * (n + 0.5), width: share / 2 }));
}

/** The line of one measure, its area, and two labelled heights. */
export function lineOf(values: number[], middles: number[], frame: Frame) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const y = linear([Math.max(0, low - Math.max((high - low) * 0.35, high * 0.02)), high * 1.01 || 1], [frame.line.bottom, frame.line.top]);
  const points = values.map((value, n): [number, number] => [middles[n] ?? 0, y(value)]);
  const heights = ticks(...y.domain, 2).slice(-2);
  return { path: line()(points) ?? "", area: area<[number, number]>().x((p) => p[0]).y1((p) => p[1]).y0(frame.line.bottom)(points) ?? "", points, ticks: heights.map((value) => ({ value, y: y(value) })) };
}

/** Bars that stand on one another, with 1 px between them. */
export function stacksOf(series: number[][], frame: Frame, expected: number[] = []) {
  const months = series[0]?.length ?? 0;
  const sums = Array.from({ length: months }, (_, n) => series.reduce((sum, one) => sum + (one[n] ?? 0), 0));
  const y = linear([0, Math.max(0.01, ...sums, ...expected) * 1.02], [frame.bars.bottom, frame.bars.top]);
  const stacks = series.map((one, s) => one.map((value, n): Stack => {
    const below = series.slice(0, s).reduce((sum, other) => sum + (other[n] ?? 0), 0);
    return { from: y(below), to: y(below + value) };
  }));
  const rest = expected.map((value, n): Stack | null => (value > (sums[n] ?? 0) ? { from: y(sums[n] ?? 0), to: y(value) } : null));
  const top = ticks(...y.domain, 3).at(-1) ?? 0;
  return { stacks, rest, top, topY: y(top) };
}
