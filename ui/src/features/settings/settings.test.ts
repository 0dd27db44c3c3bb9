import { fireEvent, render, screen } from "@testing-library/svelte";
import { expect, test, vi } from "vitest";
import { memoryHost } from "$lib/host/for-tests";
import PricesPage from "./PricesPage.svelte";
import { SettingsBook } from "./settings.svelte";
import { holds, limitAt, weekOf, type Hours } from "./timetable";

const hours = (over: Partial<Hours>): Hours => ({ days: ["monday"], from: "08:00", to: "18:00", bytes_per_second: 1000, ...over });

test.each<[Partial<Hours>, "monday" | "tuesday", number, boolean]>([
  [{}, "monday", 8, true], [{}, "monday", 18, false], [{}, "tuesday", 9, false],
  [{ from: "22:00", to: "07:00" }, "monday", 23, true], [{ from: "22:00", to: "07:00" }, "tuesday", 6, true], [{ from: "22:00", to: "07:00" }, "monday", 6, false],
])("%j on %s at %i: %s", (over, day, hour, yes) => expect(holds(hours(over), day, hour)).toBe(yes));

const at = (text: string) => new Date(text); // local, as the hours are
test.each([
  ["2026-11-23T08:00", 1000], ["2026-11-23T17:59", 1000], ["2026-11-23T18:00", 5], ["2026-11-24T09:00", 5],
])("at %s the limit is %s", (now, limit) => expect(limitAt({ bytes_per_second: 5, timetable: [hours({})] }, at(now))).toBe(limit));
test.each([["2026-11-24T06:59", 1000], ["2026-11-24T07:00", null], ["2026-11-23T06:00", null]])("hours across midnight at %s: %s", (now, limit) =>
  expect(limitAt({ bytes_per_second: null, timetable: [hours({ from: "22:00", to: "07:00" })] }, at(now))).toBe(limit));

test("outside the timetable the usual limit holds, inside it may be none", () => {
  const week = weekOf({ bytes_per_second: 5, timetable: [hours({ bytes_per_second: null })] });
  expect([week[0]?.[9], week[0]?.[20], week[1]?.[9]]).toEqual([null, 5, 5]);
});
test("what could not be saved is taken back and said", async () => {
  const host = memoryHost("attention");
  const book = new SettingsBook(host);
  await book.load();
  vi.spyOn(host, "saveSettings").mockRejectedValue(new Error("disk full"));
  expect(await book.change({ start_at_login: false })).toBe(false);
  expect(book.value?.start_at_login).toBe(true);
  expect(book.error).not.toBeNull();
});
test("a price of one’s own is marked, and goes back to the list", async () => {
  const book = new SettingsBook(memoryHost("attention"));
  await book.load();
  const row = book.prices.find((price) => price.id === "b2")!;
  await book.setPrice({ ...row, storage_gb_month: 0.005 });
  expect(book.prices.find((price) => price.id === "b2")).toMatchObject({ storage_gb_month: 0.005, edited: true });
  await book.resetPrice("b2");
  expect(book.prices.find((price) => price.id === "b2")).toMatchObject({ storage_gb_month: 0.006, edited: false });
});
test("what a storage class costs, and bringing back from it, is edited where the base prices are", async () => {
  const host = memoryHost("attention");
  const saved = vi.spyOn(host, "savePrice");
  const book = new SettingsBook(host);
  await book.load();
  const presets = await host.listProviders();
  render(PricesPage, { book, presets });
  expect([screen.getByTestId("price-b2"), screen.getByTestId("price-aws-eu-north-1")].map((row) => row.querySelector("th")?.textContent.trim())).toEqual(["Backblaze B2", expect.stringContaining("AWS S3 Stockholm")]);
  const [fold] = screen.getAllByRole("button", { name: "Storage classes of AWS S3, Stockholm" });
  expect(screen.queryByTestId("class-prices")).toBeNull();
  await fireEvent.click(fold!);
  const back = screen.getByRole<HTMLInputElement>("textbox", { name: "GB brought back, Glacier Flexible Retrieval of AWS S3, Stockholm" });
  expect(back.value).toBe("0.01");
  await fireEvent.change(back, { target: { value: "nothing" } });
  expect(saved).not.toHaveBeenCalled();
  expect(screen.getByRole("alert").textContent).toBe("A price is a number such as 0.023.");
  await fireEvent.change(back, { target: { value: "0.02" } });
  const [row] = saved.mock.calls[0]!;
  expect(row.classes.map((one) => [one.id, one.back_gb])).toEqual([["STANDARD_IA", null], ["GLACIER_IR", null], ["GLACIER", 0.02], ["DEEP_ARCHIVE", 0.02]]);
  expect(screen.queryByRole("textbox", { name: /GB brought back, Infrequent Access/ })).toBeNull();
});
