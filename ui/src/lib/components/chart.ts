/** Places of a chart's marks: two panels over one axis of time. Pure. */
import { scaleBand, scaleLinear } from "d3-scale";
import { area, line } from "d3-shape";

export type Column = { id: string; short: string; long: string; now?: boolean };
export type Stack = { from: number; to: number };
export type Frame = { width: number; left: number; line: { top: number; bottom: number }; bars: { top: number; bottom: number } };

/** Where each month stands. */
export function monthsOf(columns: Column[], frame: Frame) {
  const band = scaleBand<string>().domain(columns.map((c) => c.id)).range([frame.left, frame.width]).paddingInner(0.5).paddingOuter(0.25);
  return columns.map((c) => ({ x: band(c.id) ?? 0, middle: (band(c.id) ?? 0) + band.bandwidth() / 2, width: band.bandwidth() }));
}

/** The line of one measure, its area, and two labelled heights. */
export function lineOf(values: number[], middles: number[], frame: Frame) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const y = scaleLinear().domain([Math.max(0, low - Math.max((high - low) * 0.35, high * 0.02)), high * 1.01 || 1]).range([frame.line.bottom, frame.line.top]);
  const points = values.map((value, n): [number, number] => [middles[n] ?? 0, y(value)]);
  const ticks = y.ticks(2).slice(-2);
  return { path: line()(points) ?? "", area: area<[number, number]>().x((p) => p[0]).y1((p) => p[1]).y0(frame.line.bottom)(points) ?? "", points, ticks: ticks.map((value) => ({ value, y: y(value) })) };
}

/** Bars that stand on one another, with 1 px between them. */
export function stacksOf(series: number[][], frame: Frame, expected: number[] = []) {
  const months = series[0]?.length ?? 0;
  const sums = Array.from({ length: months }, (_, n) => series.reduce((sum, one) => sum + (one[n] ?? 0), 0));
  const y = scaleLinear().domain([0, Math.max(0.01, ...sums, ...expected) * 1.02]).range([frame.bars.bottom, frame.bars.top]);
  const stacks = series.map((one, s) => one.map((value, n): Stack => {
    const below = series.slice(0, s).reduce((sum, other) => sum + (other[n] ?? 0), 0);
    return { from: y(below), to: y(below + value) };
  }));
  const rest = expected.map((value, n): Stack | null => (value > (sums[n] ?? 0) ? { from: y(sums[n] ?? 0), to: y(value) } : null));
  const top = y.ticks(3).at(-1) ?? 0;
  return { stacks, rest, top, topY: y(top) };
}
