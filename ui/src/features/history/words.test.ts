import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Host, memoryHost } from "$lib/host/for-tests";
import { HistoryBook } from "./history.svelte";
import Hook from "./Hook.svelte";
import WordsPanel from "./WordsPanel.svelte";

const opened = async (scenario = "attention"): Promise<{ host: Host; book: HistoryBook }> => {
  const host = memoryHost(scenario);
  const book = new HistoryBook(host);
  book.show();
  await vi.waitFor(() => expect(book.loaded && book.here !== null).toBe(true));
  return { host, book };
};
const press = (testid: string) => fireEvent.click(screen.getByTestId(testid));

describe("the 24 words", () => {
  test("are shown by the system after a question, and are nowhere on the page", async () => {
    const { host, book } = await opened();
    const show = vi.spyOn(host, "historyShowWords");
    const { container } = render(WordsPanel, { book });
    await press("show-words");
    expect(show).not.toHaveBeenCalled();
    await press("show-words-dialog-confirm");
    await waitFor(() => expect(show).toHaveBeenCalledTimes(1));
    expect(await show.mock.results[0]?.value).toBeNull();
    expect(JSON.stringify(book.here)).not.toMatch(/(\b[a-z]{3,8}\b[ ,"]+){12}/);
    expect(container.querySelectorAll("input, textarea, ol, li")).toHaveLength(0);
  });
  test("that were never shown are asked for, and that they were shown is said", async () => {
    const { host, book } = await opened();
    const never = { ...(await host.historyHere()), words_shown: null };
    const here = vi.spyOn(host, "historyHere").mockResolvedValue(never);
    await book.refresh();
    const { container } = render(WordsPanel, { book });
    expect(container.querySelector(".amber")).not.toBeNull();
    here.mockResolvedValue({ ...never, words_shown: new Date().toISOString() });
    await book.showWords();
    await waitFor(() => expect(container.querySelector(".amber")).toBeNull());
  });
  test("stay away when the keychain refuses, and the page says why", async () => {
    const { host, book } = await opened();
    const refused = { kind: "ConfigError", code: "keychain_locked", message: "the keychain is locked", hint: "unlock it", retryable: true };
    vi.spyOn(host, "historyShowWords").mockRejectedValue(refused);
    await book.showWords();
    expect(book.syncError).toMatchObject({ code: "keychain_locked" });
  });
});

describe("timers of the page", () => {
  afterEach(() => void vi.useRealTimers());

  test("while the history loads it is asked again, and no more once the page is away", async () => {
    vi.useFakeTimers();
    const host = memoryHost("history-slow");
    const search = vi.spyOn(host, "historySearch");
    const watch = vi.spyOn(host, "historyWatch");
    const book = new HistoryBook(host);
    book.show();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(search.mock.calls.length).toBeGreaterThan(3);
    book.hide();
    const asked = search.mock.calls.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(search.mock.calls.length).toBe(asked);
    expect(watch.mock.calls).toEqual([[true], [false]]);
    expect(vi.getTimerCount()).toBe(0);
  });
  test("an answer that comes after the page went away begins no timer", async () => {
    vi.useFakeTimers();
    const host = memoryHost("history-slow");
    const answer = host.historySearch.bind(host);
    vi.spyOn(host, "historySearch").mockImplementation(async (...args) => (await new Promise((done) => setTimeout(done, 500)), answer(...args)));
    const book = new HistoryBook(host);
    book.show();
    await vi.advanceTimersByTimeAsync(100);
    book.hide();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(vi.getTimerCount()).toBe(0);
  });
  test("what is loaded needs no timer: news come by themselves", async () => {
    vi.useFakeTimers();
    const host = memoryHost("attention");
    const search = vi.spyOn(host, "historySearch");
    const book = new HistoryBook(host);
    book.show();
    await vi.advanceTimersByTimeAsync(1_000);
    const asked = search.mock.calls.length;
    await vi.advanceTimersByTimeAsync(120_000);
    expect(search.mock.calls.length).toBe(asked);
    book.hide();
  });
});

describe("the line for the shell", () => {
  test("is that of the shell that is chosen, and says when the program it calls is not there", async () => {
    const { book } = await opened();
    if (!book.here) throw new Error("not opened");
    const { rerender } = render(Hook, { here: book.here });
    expect(screen.getByTestId("hook-line").textContent).toBe('eval "$(holdfast history init zsh)"');
    await press("hook-fish");
    expect(screen.getByTestId("hook-line").textContent).toBe("holdfast history init fish | source");
    expect(screen.queryByTestId("hook-missing")).toBeNull();
    await rerender({ here: { ...book.here, has_command_line: false } });
    expect(screen.getByTestId("hook-missing").textContent).toMatch(/not on this computer's search path/);
  });
});
