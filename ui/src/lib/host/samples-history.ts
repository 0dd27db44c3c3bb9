/** A shell history of three computers, with the lines of the mock-up and some hundred around them. */
import type { HistoryDevice, HistoryLine, HistorySource } from "../../bindings";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const homes: Record<string, string> = { "mara-laptop": "/home/mara", "studio-nas": "/home/mara", "dads-imac": "/Users/johan" };
let next = 0;
const id = () => `00000000-0000-4000-8000-${(next++).toString(16).padStart(12, "0")}`;

/** A moment so many days ago, at a local time. */
function on(days: number, clock: string): Date {
  const [hour = 0, minute = 0] = clock.split(":").map(Number);
  const at = new Date(Date.now() - days * DAY);
  at.setHours(hour, minute, (hour * 7 + minute) % 60, 0);
  return at;
}
export function line(command: string, host: string, at: Date | null, exit: number | null = 0, over: Partial<HistoryLine> = {}): HistoryLine {
  const home = homes[host] ?? "/root";
  return { id: id(), command, cut: false, exit_code: exit, started: at?.toISOString() ?? null, seconds: exit === null ? null : ((command.length * 37) % 400) / 10, folder: `${home}/Studio`, home, host, user: home.split("/").at(-1) ?? "", shell: host === "dads-imac" ? "bash" : "zsh", ...over };
}

const told: [string, string, number, string, number][] = [
  ["rclone sync ~/Studio nas:studio --checksum --transfers 8", "studio-nas", 0, "13:44", 0],
  ["rclone sync ~/Studio nas:studio --checksum --transfer 8", "studio-nas", 0, "13:43", 1],
  ["cargo test -p site && git push", "mara-laptop", 0, "11:20", 101],
  ["restic snapshots --host mara-laptop | tail -20", "mara-laptop", 0, "09:31", 0],
  ["time restic check --read-data-subset=5%", "mara-laptop", 1, "22:10", 0],
  ["restic forget --keep-daily 14 --keep-weekly 8 --prune", "mara-laptop", 1, "21:58", 0],
  ["restic forget --keep-daily 14 --keep-weekly 8 --prune", "mara-laptop", 1, "21:57", 11],
  ["RESTIC_PASSWORD=[redacted] restic init -r s3:s3.eu-north-1.amazonaws.com/mara-documents", "mara-laptop", 3, "18:02", 0],
  ["rclone sync b2:lindqvist-keep/photos /mnt/vault/photos --dry-run", "studio-nas", 3, "07:40", 0],
  ["rclone sync ~/Mail /run/media/mara/vault/mail", "mara-laptop", 3, "07:12", 0],
  ["curl -u mara:tulip-42-north https://files.lindqvist.example/plan.pdf -O", "mara-laptop", 4, "16:22", 0],
  ["ssh studio-nas 'systemctl --user list-timers | grep restic'", "mara-laptop", 22, "10:00", 0],
  ["brew install restic", "dads-imac", 27, "19:12", 0],
  ["restic mount ~/mnt", "dads-imac", 27, "19:10", 127],
  ["restic copy --from-repo b2:lindqvist-keep:old latest", "mara-laptop", 51, "12:30", 0],
  ["rclone sync ~/Pictures b2:lindqvist-keep/photos --fast-list", "mara-laptop", 53, "12:00", 0],
  ["man restic", "dads-imac", 60, "20:00", 0],
];
const usual = ["ls -la", "git status", "git pull --rebase", "cd ~/Studio", "docker compose up -d", "vim notes.md", "make preview", "tail -f /var/log/syslog", "df -h", "npm run build", "htop", "grep -rn TODO src", "python3 -m http.server", "ffmpeg -i take3.mov take3.mp4"];

/** Some thirty lines a day at the hours people work, for 60 days. */
function around(): HistoryLine[] {
  const hosts = ["mara-laptop", "mara-laptop", "mara-laptop", "studio-nas", "dads-imac"];
  return Array.from({ length: 640 }, (_, n) => {
    const hour = [9, 10, 11, 14, 15, 16, 10, 13, 17, 20, 8, 15][n % 12] ?? 9;
    const command = usual[(n * n + 3 * n) % usual.length] ?? "ls";
    return line(command, hosts[(n * 7) % 5] ?? "mara-laptop", on(1 + Math.floor(n / 11), `${hour}:${(n * 13) % 60}`), n % 17 === 0 ? 1 : 0, { folder: n % 3 === 0 ? "/home/mara" : "/home/mara/Studio/site" });
  });
}

export function historyLines(): HistoryLine[] {
  next = 1;
  const all = [...told.map(([command, host, days, clock, exit]) => line(command, host, on(days, clock), exit, command.startsWith("rclone sync ~/Studio") ? { seconds: 192 } : {})), ...around()];
  return [...all, line("apt install zsh", "mara-laptop", null, null)].sort((a, b) => (b.started ?? "").localeCompare(a.started ?? ""));
}
export const MILLION = 1_204_318;

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
export const historyDevices = (): HistoryDevice[] => [
  { id: "d-laptop", name: "mara-laptop", this_device: true, last_seen: minutesAgo(2), sequence: 412, skipped: 0, owes_deletions: 0, retired: null },
  { id: "d-nas", name: "studio-nas", this_device: false, last_seen: minutesAgo(60 * 3), sequence: 207, skipped: 0, owes_deletions: 0, retired: null },
  { id: "d-imac", name: "dads-imac", this_device: false, last_seen: minutesAgo(60 * 98), sequence: 31, skipped: 0, owes_deletions: 4, retired: null },
];
export const historySources: HistorySource[] = [
  { kind: "zsh", path: "/home/mara/.zsh_history", entries: 18_204 },
  { kind: "bash", path: "/home/mara/.bash_history", entries: 611 },
  { kind: "atuin", path: "/home/mara/.local/share/atuin/history.db", entries: 40_112 },
];
