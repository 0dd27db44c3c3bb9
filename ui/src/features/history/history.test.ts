import { describe, expect, test, vi } from "vitest";
import type { HistoryHere, HistoryLine, HistoryStatus } from "../../bindings";
import { folderUrl, withoutCommands } from "$lib/host";
import { type Host, memoryHost } from "$lib/host/for-tests";
import { HistoryBook } from "./history.svelte";
import { after, ended, heading, parts, rows, time, whenLong } from "./lines";
import { barsOf, busiest } from "./numbers";
import { Setup } from "./sharing.svelte";
import { costWords, deviceWords, hookOf, pausedWords, syncState } from "./sync-view";

const now = new Date(2026, 10, 20, 14, 8);
const at = (day: number, hour = 13, minute = 44) => new Date(2026, 10, day, hour, minute, 7).toISOString();
const line = (command: string, over: Partial<HistoryLine> = {}): HistoryLine => ({
  id: command, command, cut: false, exit_code: 0, started: at(20), seconds: 192, folder: "/home/mara", home: "/home/mara", host: "mill", user: "mara", shell: "zsh", ...over,
});
const kinds = (command: string, ...texts: string[]) => parts(command, texts.map((text) => ({ text, exact: /[A-Z]/.test(text) }))).map((part) => [part.kind, part.text]);

describe("a line in parts", () => {
  test("what was looked for is marked wherever it stands", () => expect(kinds("Git git", "git")).toEqual([["hit", "Git"], ["plain", " "], ["hit", "git"]]));
  test("an upper-case letter asks for exactly that", () => expect(kinds("Git git", "Git")).toEqual([["hit", "Git"], ["plain", " git"]]));
  test("words that touch are one mark", () => expect(kinds("gitx", "gi", "it")).toEqual([["hit", "git"], ["plain", "x"]]));
  test("what was redacted is a sign, also where it was looked for", () => expect(kinds("a [redacted][redacted]", "red")).toEqual([["plain", "a "], ["redacted", "[redacted]"], ["redacted", "[redacted]"]]));
  test("several lines are one", () => expect(kinds("a\nb")).toEqual([["plain", "a ↵ b"]]));
  test("nothing looked for marks nothing", () => expect(kinds("ls", "")).toEqual([["plain", "ls"]]));
});

test.each([[at(20), "Today", "13:44"], [at(19), "Yesterday", "13:44"], [at(17), "Tue 17 November", "13:44"], [at(2), "November", "2 Nov"], [new Date(2025, 8, 30).toISOString(), "September 2025", "30 Sep"], [null, "Time not known", ""]])("%s stands below “%s” as “%s”", (started, day, clock) => {
  expect([heading(started, now), time(started, now)]).toEqual([day, clock]);
});
test("each day is named once", () => expect(rows([line("a"), line("b"), line("c", { started: at(19) })], now).map((row) => ("heading" in row ? row.heading : row.line.command))).toEqual(["Today", "a", "b", "Yesterday", "c"]));
test("a command says when it ran and how long", () => {
  expect(whenLong(line("a"), now)).toBe("Today 13:44:07, 3 min 12 s");
  expect(whenLong(line("a", { started: null, seconds: null }), now)).toBe("Time not known");
});
test.each([[0, "fine"], [1, "failed"], [-1, "failed"], [null, "open"]])("the code %s is %s", (exit_code, how) => expect(ended({ exit_code })).toBe(how));
test("times of the filter begin at midnight", () => {
  expect(after("any", now)).toBeNull();
  expect(after("today", now)).toBe(new Date(2026, 10, 20).toISOString());
  expect(after("week", now)).toBe(new Date(2026, 10, 14).toISOString());
  expect(after("year", now)).toBe(new Date(2026, 0, 1).toISOString());
});
test("bars are as high as their share, and nothing has none", () => {
  expect(barsOf([0, 5, 10], 30, 22).map((bar) => bar.height)).toEqual([0, 10, 20]);
  expect([busiest([0, 3, 9]), busiest([0, 0]), busiest([])]).toEqual([2, null, null]);
});

const here = (over: Partial<HistoryHere> = {}): HistoryHere => ({ entries: 3, waiting: 0, shared: true, profile: "b2", last_sync: new Date(now.getTime() - 22_000).toISOString(), paused: null, captured: true, shell: "zsh", device_name: "mill", words_shown: null, problem: null, redactions: 0, hooks: [{ shell: "zsh", line: "z" }, { shell: "fish", line: "f" }], has_command_line: true, ...over });
const device = (over: Partial<HistoryStatus["devices"][number]> = {}): HistoryStatus["devices"][number] => ({ id: "1", name: "loft", this_device: false, last_seen: at(20, 11), sequence: 1, skipped: 0, owes_deletions: 0, retired: null, ...over });
const status = (devices: HistoryStatus["devices"], storage: HistoryStatus["storage"] = null): HistoryStatus => ({ backend: "s3", location: "b", user_id: "u", entries: 3, waiting: 0, last_sync: null, devices, problems: [], deletions: [], paused: null, storage });
const broken = { kind: "SdkError", code: "timeout", message: "it broke", hint: "", retryable: true } as const;

test.each([
  [here({ shared: false }), null, "none", "Only on this computer"],
  [here(), null, "ok", "In step, heard 22 s ago"],
  [here(), status([device({ this_device: true }), device(), device({ retired: at(1) })]), "ok", "In step with 1 device, heard 22 s ago"],
  [here(), status([device({ this_device: true })]), "ok", "Everything is sent, looked 22 s ago"],
  [here({ waiting: 1 }), null, "none", "1 command waits to be sent"],
  [here({ last_sync: null }), null, "none", "Not in step yet"],
  [here({ problem: broken, waiting: 9, last_sync: at(19, 18, 0) }), null, "warn", "Not in step since yesterday 18:00"],
  [here({ problem: broken, last_sync: null }), null, "warn", "Not in step yet"],
])("%# how history stands is one sentence, the worst first", (where, what, tone, text) => expect(syncState(where, what, now)).toEqual({ tone, text }));
test("a device says what it owes", () => {
  expect(deviceWords(device({ owes_deletions: 4 }), now)).toBe("seen today 11:44 · has 4 deletions to carry out");
  expect(deviceWords(device({ retired: at(19, 9, 0) }), now)).toBe("not waited for since yesterday 09:00");
  expect(deviceWords(device({ last_seen: null, skipped: 1 }), now)).toBe("not seen yet · 1 entry of it cannot be read");
});
test("the foot says where it is and what that costs", () => {
  expect(costWords(here({ shared: false }), null)).toBe("Kept on this computer only.");
  expect(costWords(here(), status([], { objects: 1, bytes: 1, month_usd: 0.03, requests: 1 }))).toContain("Kept for $0.03 a month.");
  expect(costWords(here(), status([], { objects: 1, bytes: 1, month_usd: 0.001, requests: 1 }))).toContain("less than a cent");
  expect(costWords(here(), null)).toBe("Encrypted on this computer before it leaves.");
});
test("a pause has an end or none", () => expect([pausedWords("", now), pausedWords(at(20, 18, 0), now)]).toEqual(["Nothing is kept until you resume", "Nothing is kept until 18:00"]));
test.each([["fish", null, "f"], [null, null, "z"], ["tcsh", null, "z"], ["fish", "zsh", "z"], ["zsh", "fish", "f"]])("who uses %s and chose %s is shown the line %s", (shell, chosen, line) => expect(hookOf(here({ shell }), chosen)?.line).toBe(line));

test.each([["/home/mara/Shared folder", "file:///home/mara/Shared%20folder"], ["C:\\Users\\mara", "file:///C:/Users/mara"], ["/a/50% #1", "file:///a/50%25%20%231"]])("the folder %s is %s", (path, url) => expect(folderUrl(path)).toBe(url));
test("hints for the command line are not for the page", () => {
  const error = { kind: "ConfigError", code: "history_not_set_up", message: "m", retryable: false } as const;
  expect(withoutCommands({ ...error, hint: "`holdfast sync init` makes one" }).hint).toBe("");
  expect(withoutCommands({ ...error, hint: "look at the network" }).hint).toBe("look at the network");
});

describe("sharing", () => {
  test("a history that is there already asks for its words, and sends them once", async () => {
    const host = memoryHost("history-others");
    const join = vi.spyOn(host, "historyJoin");
    const setup = new Setup(host);
    [setup.where, setup.profile] = ["profile", "b2"];
    expect(setup.ready).toBe(true);
    expect(await setup.join()).toBe(false);
    expect([setup.others, setup.error]).toEqual([true, null]);
    setup.first = "no";
    expect(setup.ready).toBe(false);
    setup.typed = Array.from({ length: 24 }, () => "abandon").join(" ");
    expect([setup.ready, await setup.join()]).toEqual([true, true]);
    expect(join.mock.lastCall?.[0]).toMatchObject({ profile: "b2", url: null, secret: null, first_device: false });
    expect([setup.typed, setup.secret, setup.joined?.new_secret]).toEqual(["", "", false]);
  });
  test("wrong words are said and nothing is joined", async () => {
    const setup = new Setup(memoryHost("history-new"));
    [setup.where, setup.url, setup.first, setup.typed] = ["url", "s3://bucket", "no", "one two"];
    expect([await setup.join(), setup.error?.code, setup.joined]).toEqual([false, "history_secret_bad", null]);
  });
});

const opened = async (scenario = "attention"): Promise<{ host: Host; book: HistoryBook }> => {
  const host = memoryHost(scenario);
  const book = new HistoryBook(host);
  book.show();
  await vi.waitFor(() => expect(book.loaded && book.here !== null && book.entry !== null).toBe(true));
  return { host, book };
};
const ask = async (book: HistoryBook, text: string) => { book.text = text; await book.search(); };

describe("the book of the page", () => {
  test("what was typed last is what is shown, however slow an earlier answer is", async () => {
    const { host, book } = await opened();
    const answer = host.historySearch;
    const slow = vi.spyOn(host, "historySearch").mockImplementation(async (...args) => { if (args[0].text === "g") await new Promise((done) => setTimeout(done, 30)); return answer.call(host, ...args); });
    book.text = "g";
    const first = book.search();
    book.text = "restic";
    await Promise.all([first, book.search()]);
    expect(book.lines.every((one) => one.command.toLowerCase().includes("restic"))).toBe(true);
    expect(slow.mock.calls.map(([asked]) => asked.text)).toEqual(["g", "restic"]);
  });
  test("the next ones come once, and none twice", async () => {
    const { book } = await opened();
    expect([book.lines.length, book.more]).toEqual([120, true]);
    await Promise.all([book.loadMore(), book.loadMore()]);
    expect(book.lines.length).toBe(240);
    expect(new Set(book.lines.map((one) => one.id)).size).toBe(240);
  });
  test("a new command comes by itself and takes nobody's place", async () => {
    const { host, book } = await opened();
    book.move(3);
    const chosen = book.active?.id;
    (host as unknown as { capture: (line: HistoryLine) => void }).capture(line("echo new", { id: "new", started: new Date().toISOString() }));
    await vi.waitFor(() => expect(book.lines[0]?.id).toBe("new"));
    expect(book.active?.id).toBe(chosen);
  });
  test("nobody is asked while the page is not shown", async () => {
    const { host, book } = await opened();
    const watch = vi.spyOn(host, "historyWatch");
    book.hide();
    const search = vi.spyOn(host, "historySearch");
    (host as unknown as { capture: (line: HistoryLine) => void }).capture(line("echo new"));
    expect(watch).toHaveBeenLastCalledWith(false);
    expect(search).not.toHaveBeenCalled();
  });
  test("deleting all of a line leaves none of it", async () => {
    const { book } = await opened();
    await ask(book, "restic forget");
    expect([book.lines.length, book.entry?.uses?.times ?? 2]).toEqual([2, 2]);
    const chosen = book.active;
    if (!chosen) throw new Error("nothing is chosen");
    await book.remove(chosen, true);
    expect([book.lines.length, book.count]).toEqual([0, 0]);
  });
  test("a redaction is seen before, and everywhere when that is wanted", async () => {
    const { book } = await opened();
    await ask(book, "tulip");
    const chosen = book.active;
    if (!chosen) throw new Error("nothing is chosen");
    expect((await book.preview(chosen.id, "tulip-42-north"))?.line).toContain("mara:[redacted]");
    expect(await book.preview(chosen.id, "not there")).toBeNull();
    expect(await book.redact(chosen, "tulip-42-north", true)).toBeNull();
    expect(book.lines).toEqual([]);
  });
  test("a sync that fails says why and keeps what is shown", async () => {
    const { book } = await opened("history-stuck");
    const before = book.lines.length;
    await book.sync();
    expect([book.syncError?.code, book.lines.length]).toEqual(["timeout", before]);
  });
  test("filters narrow what is found, and one press takes all of them back", async () => {
    const { book } = await opened();
    [book.failed, book.host] = [true, "dads-imac"];
    await book.search();
    expect(book.lines.every((one) => one.exit_code !== 0 && one.host === "dads-imac")).toBe(true);
    expect(book.filtered).toBe(true);
    book.reset();
    await vi.waitFor(() => expect(book.count).toBe(book.total));
  });
});
