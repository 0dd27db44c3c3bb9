/** Times of day as people type them. Pure. */
const two = (n: number) => String(n).padStart(2, "0");

/** "07:30" of "7:30", "0730", "7.30" or "7"; null where it is no time. */
export function tidyTime(text: string): string | null {
  const parts = /^\s*(\d{1,2})(?:\s*[:.h ]?\s*(\d{2}))?\s*$/.exec(text);
  if (!parts) return null;
  const [hour, minute] = [Number(parts[1]), Number(parts[2] ?? 0)];
  return hour < 24 && minute < 60 ? `${two(hour)}:${two(minute)}` : null;
}

/** So many minutes later, over midnight too. */
export function turned(time: string, minutes: number): string {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  const all = (hour * 60 + minute + minutes + 1440) % 1440;
  return `${two(Math.floor(all / 60))}:${two(all % 60)}`;
}
