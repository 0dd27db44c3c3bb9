/** The heights and places of a hold line's marks. Pure; it knows bytes and days and no words. */
export type Outcome = "complete" | "partial" | "missed" | "off" | "nothing";
/** One day. `words` name it for the tooltip and for people who hear the page. */
export type HoldDay = { day: string; outcome: Outcome; bytes: number; drill: "none" | "passed" | "failed"; words?: string };

/** How tall a bar of so many bytes stands, between 3 px and `room`, by the logarithm over what these days differ by (at least one decade). */
export function heights(days: readonly (HoldDay | null)[], room: number): number[] {
  const logs = days.flatMap((day) => (day && day.bytes > 0 && day.outcome !== "missed" ? [Math.log10(day.bytes)] : []));
  const high = Math.max(3, ...logs);
  const low = Math.min(high - 1, ...logs) - 0.3;
  return days.map((day) => (!day || day.bytes <= 0 ? 3 : 3 + ((Math.log10(day.bytes) - low) / (high - low)) * (room - 3)));
}

/** The day under a point, 0 … count - 1. */
export const dayAt = (x: number, width: number, count: number): number => Math.max(0, Math.min(count - 1, Math.floor((x / Math.max(1, width)) * count)));
