/** The hours of a week and the limit that holds in each. Pure. */
import type { Settings, Weekday } from "../../bindings";

export const WEEK: Weekday[] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
export type Hours = Settings["bandwidth"]["timetable"][number];
const minutes = (time: string): number => {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  return hour * 60 + minute;
};
const before = (day: Weekday): Weekday => WEEK[(WEEK.indexOf(day) + 6) % 7] ?? day;

/** Whether these hours hold on that day in the middle of that hour. They may cross midnight: then the next morning belongs to the day they began. */
export const holds = (hours: Hours, day: Weekday, hour: number): boolean => holdsAt(hours, day, hour * 60 + 30);
/** The same for a minute of the day. */
function holdsAt(hours: Hours, day: Weekday, at: number): boolean {
  const [from, to] = [minutes(hours.from), minutes(hours.to)];
  if (from <= to) return hours.days.includes(day) && at >= from && at < to;
  return (hours.days.includes(day) && at >= from) || (hours.days.includes(before(day)) && at < to);
}

/** The limit of a moment, bytes a second; null is as fast as the line. */
export function limitAt(bandwidth: Settings["bandwidth"], now: Date): number | null {
  const day = WEEK[(now.getDay() + 6) % 7] ?? "monday";
  const hours = bandwidth.timetable.find((one) => holdsAt(one, day, now.getHours() * 60 + now.getMinutes()));
  return hours ? hours.bytes_per_second : bandwidth.bytes_per_second;
}

/** Bytes a second for each hour of each day, Monday first; null is as fast as the line. The first entry that holds wins. */
export function weekOf(bandwidth: Settings["bandwidth"]): (number | null)[][] {
  return WEEK.map((day) => Array.from({ length: 24 }, (_, hour) => {
    const hours = bandwidth.timetable.find((one) => holds(one, day, hour));
    return hours ? hours.bytes_per_second : bandwidth.bytes_per_second;
  }));
}
