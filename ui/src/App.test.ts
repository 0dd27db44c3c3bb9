import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { expect, test, vi } from "vitest";
import App from "./App.svelte";
import type { OpenEvent } from "./bindings";
import { hurry, memoryHost } from "$lib/host/for-tests";
import { words } from "$lib/words";

const id = (name: string) => screen.findByTestId(name);
hurry();
const press = async (name: string) => fireEvent.click(await id(name));

test("someone without a place is asked one question, then for the first folder, and sees the plan before anything is sent", async () => {
  render(App, { host: memoryHost("fresh") });
  await press("choose-computer");
  await press("continue");
  await waitFor(async () => expect((await id("test-result")).dataset["state"]).toBe("passed"));
  await press("continue");
  await fireEvent.input(await id("folder-path"), { target: { value: "/home/mara/Documents" } });
  await press("choose-when");
  await press("preview");
  expect((await id("plan-sentence")).textContent).toContain("214 files");
  await press("run-backup");
  expect((await id("result-title")).textContent).toBe("Documents is backed up");
});

test("a notification opens the run it speaks of, and the tray its set", async () => {
  const host = memoryHost("attention") as ReturnType<typeof memoryHost> & { press: (event: OpenEvent) => void };
  render(App, { host });
  await id("headline");
  host.press({ page: "run", id: "photos-skip" });
  expect((await id("open-run")).textContent).toContain("Photos was not run this time");
  host.press({ page: "set", id: "photos" });
  expect((await id("set-detail")).textContent).toContain("Photos");
});

test("what could not be copied is left out once its names were seen, and brought back with one press", async () => {
  const host = memoryHost("attention");
  render(App, { host });
  await press("problem-leaveOut");
  expect((await id("leave-out-dialog")).textContent).toContain("Clients/Norrsken/Stems.zip");
  await press("leave-out-dialog-confirm");
  const rules = async () => (await host.listBackupSets()).find((set) => set.id === "studio")?.draft.exclude_patterns ?? [];
  await waitFor(async () => expect(await rules()).toContain("/Clients/Norrsken/Stems.zip"));
  await fireEvent.click(await screen.findByText("Undo"));
  await waitFor(async () => expect(await rules()).not.toContain("/Clients/Norrsken/Stems.zip"));
});

test("files of a server that was away are not offered to be left out, on no page", async () => {
  const host = memoryHost("attention");
  const getRun = host.getRun.bind(host);
  host.getRun = async (run) => { const detail = await getRun(run); return { ...detail, failures: detail.failures.map((one) => ({ ...one, retryable: true })) }; };
  render(App, { host });
  await press("problem-show");
  await id("retry-these");
  expect(screen.queryByTestId("leave-out")).toBeNull();
  await press("nav-overview");
  await id("problem-run");
  expect(screen.queryByTestId("problem-leaveOut")).toBeNull();
});

test("a new set is made with its schedule and shows its plan before anything is sent", async () => {
  const host = memoryHost("attention");
  render(App, { host });
  await press("nav-backup");
  await press("new-folder");
  await fireEvent.input(await id("folder-path"), { target: { value: "/home/mara/Music" } });
  await press("when-hand");
  await press("preview");
  expect((await id("plan-sentence")).textContent).toContain("214 files");
  const made = (await host.listBackupSets()).at(-1);
  expect(made?.draft).toMatchObject({ name: "Music", watch: false, schedule: { kind: "manual" } });
  expect(await host.listOperations()).toEqual([]);
});

test("a place that was just added says what its test found", async () => {
  render(App, { host: memoryHost("attention") });
  await press("nav-settings");
  await press("settings-add");
  await fireEvent.input(await id("place-name"), { target: { value: "second disk" } });
  await press("choose-computer");
  await press("save-place");
  await id("settings-place-second-disk");
  await id("edit-place");
  expect((await id("test-result")).textContent).toContain("Damage is noticed");
  expect(screen.queryByText(words.place.notTested)).toBeNull();
});

test("a folder that is not there is said at its field, and no set is made", async () => {
  const host = memoryHost("attention");
  const before = (await host.listBackupSets()).length;
  render(App, { host });
  await press("nav-backup");
  await press("new-folder");
  await fireEvent.input(await id("folder-path"), { target: { value: "/home/mara/Nowhere" } });
  await press("preview");
  const said = await id("folder-path-error");
  expect([said.textContent, said.getAttribute("role")]).toEqual(["The folder /home/mara/Nowhere is not there. Check the path, or connect the disk.", "alert"]);
  expect((await id("folder-path")).getAttribute("aria-describedby")).toContain(said.id);
  await waitFor(async () => expect(document.activeElement).toBe(await id("folder-path")));
  expect(await host.listBackupSets()).toHaveLength(before);
  await fireEvent.input(await id("folder-path"), { target: { value: "/home/mara/Music" } });
  expect(screen.queryByTestId("folder-path-error")).toBeNull();
});

test("a folder whose name another set has becomes a set of a name of its own", async () => {
  const host = memoryHost("attention");
  render(App, { host });
  await press("nav-backup");
  await press("new-folder");
  await fireEvent.input(await id("folder-path"), { target: { value: "/mnt/old laptop/Documents" } });
  expect((await id("new-set-name") as HTMLInputElement).value).toBe("Documents (old laptop)");
  await press("when-hand");
  await press("preview");
  await id("plan-sentence");
  expect((await host.listBackupSets()).at(-1)?.draft).toMatchObject({ name: "Documents (old laptop)", prefix: "Documents (old laptop)", folder: "/mnt/old laptop/Documents" });
});

test("a run that is paused says so on every page, and no time and no speed", async () => {
  const host = memoryHost("calm");
  render(App, { host });
  await id("headline");
  await host.pauseOperation(await host.runBackupSet("photos", null));
  await waitFor(async () => expect((await id("state-line")).textContent).toMatch(/Paused$/));
  expect((await id("headline")).textContent).toContain("The run of Photos is paused.");
  expect((await id("headline")).textContent).not.toContain("copied");
  await press("nav-activity");
  expect((await id("time-left")).textContent).toContain("Paused");
  expect(screen.queryByTestId("speed")).toBeNull();
  const [row] = await screen.findAllByTestId("log-row");
  await waitFor(() => expect([row?.dataset["state"], row?.textContent]).toEqual(["running", expect.stringContaining("Paused")]));
});

test("news of a set take away neither the question how to check its copies nor what was found, and ask its place nothing again", async () => {
  const host = memoryHost("calm") as ReturnType<typeof memoryHost> & { press: (event: OpenEvent) => void };
  const asked = { versioning: vi.spyOn(host, "getVersioning"), rules: vi.spyOn(host, "getLifecycle") };
  const news = async () => {
    await host.pauseSets("documents", "hour");
    await id("resume-set");
    await host.resumeSets("documents");
    await id("pause-set");
  };
  render(App, { host });
  await id("headline");
  host.press({ page: "set", id: "documents" });
  await id("plan-sentence");
  await press("tab-kept");
  await waitFor(() => expect(screen.getByTestId<HTMLButtonElement>("kept-check").disabled).toBe(false));
  const before = [asked.versioning.mock.calls.length, asked.rules.mock.calls.length];
  await news();
  expect([asked.versioning.mock.calls.length, asked.rules.mock.calls.length]).toEqual(before);
  await press("kept-check");
  await id("check-quick");
  await news();
  await press("check-start");
  await id("result-title");
  await news();
  expect((await id("result-title")).textContent).toContain("copies are there");
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

test("why a folder could not be counted is said where nothing is ticked, and stays while another file is looked at", async () => {
  const host = memoryHost("attention");
  const list = host.listObjects.bind(host);
  host.listObjects = async (input) => {
    if (input.delimiter === null) throw { kind: "NetworkError", code: "unreachable", message: "nobody answers", hint: "look at the line", retryable: true };
    return list(input);
  };
  render(App, { host });
  await press("nav-restore");
  await press("restore-open-Documents");
  await press("restore-check-Contracts");
  expect((await id("restore-error")).textContent).toContain("Nobody answers");
  expect(screen.queryByTestId("restore-total")).toBeNull();
  await press("restore-open-Taxes");
  expect((await id("restore-error")).textContent).toContain("Nobody answers");
});

test("who goes on while the window still reads stays where they went", async () => {
  const host = memoryHost("fresh");
  render(App, { host });
  await press("choose-computer");
  await press("continue");
  await waitFor(async () => expect((await id("test-result")).dataset["state"]).toBe("passed"));
  await press("continue");
  await id("later");
  let go = () => {};
  const places = host.listPlaces.bind(host);
  const held = new Promise<void>((done) => (go = done));
  const read = vi.spyOn(host, "listPlaces").mockImplementation(() => held.then(places));
  await press("later");
  await waitFor(() => expect(read).toHaveBeenCalled());
  await press("nav-settings");
  go();
  await Promise.all(read.mock.results.map((result) => result.value));
  await new Promise((done) => setTimeout(done, 50));
  await id("settings-tray");
});
