/** Places of bars. Pure. */
export type Bar = { x: number; y: number; width: number; height: number };

/** Bars from a common foot; something is at least 2 high. */
export function barsOf(values: number[], width: number, height: number): Bar[] {
  const most = Math.max(1, ...values);
  const share = width / Math.max(1, values.length);
  return values.map((value, n) => {
    const high = value === 0 ? 0 : Math.max(2, (value / most) * (height - 2));
    return { x: n * share, y: height - high, width: Math.max(1, share - Math.min(2.7, share * 0.3)), height: high };
  });
}

/** Where the most is; nothing where all is nothing. */
export function busiest(values: number[]): number | null {
  const most = Math.max(0, ...values);
  return most === 0 ? null : values.indexOf(most);
}
