/** Words and next times of a schedule, for the host in memory only. The core has its own; cron is shown as given. */
import type { Schedule, Weekday } from "../../bindings";

const WEEK: Weekday[] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const named = (day: Weekday) => day.charAt(0).toUpperCase() + day.slice(1);

export function describe(schedule: Schedule): string {
  if (schedule.kind === "manual") return "Only when you press Back up now.";
  if (schedule.kind === "daily") return `Every day at ${schedule.at}.`;
  if (schedule.kind === "weekly") return `Every ${schedule.days.map(named).join(", ").replace(/, ([^,]*)$/, " and $1")} at ${schedule.at}.`;
  if (schedule.kind === "cron") return `By the cron rule ${schedule.expression}.`;
  return schedule.minutes % 60 === 0 ? (schedule.minutes === 60 ? "Every hour." : `Every ${schedule.minutes / 60} hours.`) : `Every ${schedule.minutes} minutes.`;
}

export function upcoming(schedule: Schedule): string[] {
  if (schedule.kind === "manual") return [];
  const now = Date.now();
  if (schedule.kind === "every") return [1, 2, 3].map((n) => new Date(now + n * schedule.minutes * 60_000).toISOString());
  const [hour = 0, minute = 0] = (schedule.kind === "cron" ? "18:00" : schedule.at).split(":").map(Number);
  const found: string[] = [];
  for (let day = 0; found.length < 3 && day < 30; day++) {
    const d = new Date(now);
    const at = new Date(d.getFullYear(), d.getMonth(), d.getDate() + day, hour, minute);
    const right = schedule.kind !== "weekly" || schedule.days.some((one) => WEEK.indexOf(one) === at.getDay());
    if (right && at.getTime() > now) found.push(at.toISOString());
  }
  return found;
}
