// A person hears of a set's first complete backup and of what needs them, once, from the system itself; pressing the
// notification opens the run that it is about, also when the window was closed.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CLI, chooseThisComputer, id, keepInTray, newHome, openApp, pythonHelper, scenario, waitUntil, writeTree } from "./scenario.mjs";

const MS = 60_000;
/** Its key is longer than any bucket takes. */
const TOO_LONG = `${Array.from({ length: 4 }, (_, n) => `${n}-${"folder-with-a-long-name-".repeat(10)}`.slice(0, 240)).join("/")}/${"n".repeat(200)}.txt`;
const windows = () => spawnSync("xdotool", ["search", "--onlyvisible", "--name", "^Holdfast$"], { encoding: "utf8" }).stdout.split("\n").filter(Boolean);
const runsOf = (window) => window.invoke("list_runs", { filter: { set_id: null, kind: "backup", result: "all", before: null, limit: 10 } }).then(({ runs }) => runs);

scenario("the first success and a lasting problem are told once each, and pressing one opens its run", async (t) => {
  const desktop = await pythonHelper(t, "notifications.py");
  await pythonHelper(t, "tray_host.py");
  const shown = (count) => waitUntil(`${count} notifications`, async () => { const all = await desktop("shown"); return all.length === count && all; }, MS);
  const home = newHome(t);
  keepInTray(home);
  const documents = writeTree(join(home, "Documents"), { "Letter.docx": "Dear", "Ledger.ods": "1 2 3" });
  const window = await openApp(t, home);
  await chooseThisComputer(window);
  await window.type(id("folder-path"), documents);
  await window.click(id("choose-when"));
  await window.click(id("when-change"));
  await window.click(id("preview"));
  await window.click(id("run-backup"));

  const [first] = await shown(1);
  assert.equal(first.title, "Documents is backed up");
  assert.match(first.body, /^2 files are in /);
  assert.deepEqual([first.app, first.actions], ["Holdfast", ["default"]]);
  writeTree(documents, { [TOO_LONG]: "far down" });
  const [, problem] = await shown(2);
  assert.equal(problem.title, "Documents is backed up in part");
  assert.match(problem.body, /^1 file could not be copied\./);
  writeFileSync(join(documents, "Offer.pdf"), "another round");
  await waitUntil("the round after it", async () => (await runsOf(window)).some((run) => run.result === "complete" && run.trigger === "watch" && run.files === 1), MS);
  assert.equal((await desktop("shown")).length, 2, "it is told once");

  const inPart = (await runsOf(window)).find((run) => run.result === "partial");
  await window.click(id("nav-settings"));
  await desktop(`press ${problem.number}`);
  await window.find(`${id("log-row")}[data-run="${inPart.id}"][data-state="partial"]`);
  await window.waitForText(id("open-run"), "1,024 is the most");

  execFileSync("python3", [fileURLToPath(new URL("close_window.py", import.meta.url)), windows()[0]]);
  await waitUntil("the window to go", () => windows().length === 0);
  await desktop(`press ${first.number}`);
  await waitUntil("the window to come back", () => windows().length === 1);
});

scenario("what keeps Back up now of the tray from beginning is told", async (t) => {
  const desktop = await pythonHelper(t, "notifications.py");
  const panel = await pythonHelper(t, "tray_host.py");
  const home = newHome(t);
  keepInTray(home);
  const env = { ...process.env, HOME: home };
  const agent = spawn(CLI, ["--json", "agent"], { stdio: ["ignore", "pipe", "inherit"], env });
  t.after(async () => {
    if (agent.exitCode === null) agent.kill(), await once(agent, "exit");
  });
  await once(agent.stdout, "data"); // it is ready
  const documents = writeTree(join(home, "Documents"), { "Letter.docx": "Dear" });
  const window = await openApp(t, home);
  await chooseThisComputer(window);
  for (const name of ["Documents", "Again"]) execFileSync(CLI, ["set", "add", name, documents, name.toLowerCase()], { env });
  assert.equal(await panel("click Back up now"), 1);
  const [refused] = await waitUntil("the notification", async () => { const all = await desktop("shown"); return all.length > 0 && all; }, MS);
  assert.equal(refused.title, "Nothing is being backed up");
  assert.match(refused.body, /^Another Holdfast on this computer looks after the sets already\./);
  assert.equal((await desktop("shown")).length, 1, "once, not for each set");
});
