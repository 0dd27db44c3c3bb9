import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { expect, test } from "vitest";
import App from "./App.svelte";
import { memoryHost } from "$lib/host/for-tests";

const id = (name: string) => screen.findByTestId(name, {}, { timeout: 4000 });
const press = async (name: string) => fireEvent.click(await id(name));

test("someone without a place is asked one question, then for the first folder, and sees the plan before anything is sent", async () => {
  render(App, { host: memoryHost("fresh") });
  await press("choose-computer");
  await press("continue");
  await waitFor(async () => expect((await id("test-result")).dataset["state"]).toBe("passed"), { timeout: 4000 });
  await press("continue");
  await fireEvent.input(await id("folder-path"), { target: { value: "/home/mara/Documents" } });
  await press("choose-when");
  await press("preview");
  expect((await id("plan-sentence")).textContent).toContain("214 files");
  await press("run-backup");
  expect((await id("result-title")).textContent).toBe("Documents is backed up");
});

test("a backup with failures names each file and is not called backed up", async () => {
  render(App, { host: memoryHost("partial") });
  await press("nav-backup");
  await press("new-folder");
  await fireEvent.input(await id("folder-path"), { target: { value: "/home/mara/Studio" } });
  await press("preview");
  await press("run-backup");
  expect((await id("result")).dataset["state"]).toBe("partial");
  expect(screen.getByTestId("result-title").textContent).not.toMatch(/backed up/);
  expect(screen.getAllByTestId("failure")).toHaveLength(2);
});
