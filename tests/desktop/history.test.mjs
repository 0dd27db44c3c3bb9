// What a shell told of is on the page: searched as it is typed, looked at, deleted for good, and new commands come by themselves.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { CLI, chooseThisComputer, id, newHome, openApp, scenario, waitUntil } from "./scenario.mjs";

const line = id("history-line");

/** A command as the hook of a shell tells of it. */
function typed(home, command, exit = 0) {
  const env = { ...process.env, HOME: home, HOLDFAST_HISTORY_OFF: "" };
  const entry = randomUUID();
  execFileSync(CLI, ["history", "start", "--id", entry, "--session", "scenario", "--shell", "zsh", "--cwd", join(home, "Documents")], { env, input: command });
  execFileSync(CLI, ["history", "end", "--id", entry, "--exit", String(exit)], { env });
}
/** The first row; the driver does not read text that an ellipsis may cut. */
const first = (window, wanted) => waitUntil(`${wanted} in the first row`, async () => wanted.test(await window.run("return document.querySelector(arguments[0])?.textContent ?? ''", line)));
/** What the command line finds. */
const found = (home, text) => JSON.parse(execFileSync(CLI, ["--json", "history", "find", text], { env: { ...process.env, HOME: home }, encoding: "utf8" }));

scenario("a command is found on the page, deleted there, and gone for the command line too", async (t) => {
  const home = newHome(t);
  for (const [command, exit] of [["git push origin main", 0], ["make test", 2], ["echo tulip-42-north", 0], ["git status", 0]]) typed(home, command, exit);
  const window = await openApp(t, home);
  await chooseThisComputer(window);
  await window.click(id("later"));
  await window.click(id("nav-history"));
  await waitUntil("all commands in the list", async () => (await window.count(line)) === 4);
  await window.waitForText(id("history-count"), /^4 commands/);

  await window.type(id("history-search"), "git push");
  await waitUntil("the one that fits", async () => (await window.count(line)) === 1);
  await first(window, /git push origin main/);
  await window.click(id("history-delete"));
  await window.click(id("history-delete-dialog-confirm"));
  await window.find(id("history-none"));
  assert.deepEqual(found(home, "push"), [], "the command line still finds it");

  await window.click(id("history-reset"));
  await waitUntil("the others are still there", async () => (await window.count(line)) === 3);
  await window.click(id("history-failed"));
  await first(window, /make test\s*exit 2/);
  await window.click(id("history-failed"));

  await window.type(id("history-search"), "tulip");
  await window.click(id("history-redact"));
  await window.type(id("redact-part"), "tulip-42-north");
  await window.waitForText(id("redact-preview"), /echo\s*redacted/);
  await window.click(id("redact-replace"));
  await window.find(id("history-none"));
  assert.equal(found(home, "echo")[0].command, "echo [redacted]");

  await window.click(id("history-reset"));
  typed(home, "echo typed while the page is open");
  await first(window, /typed while the page is open/);
});

scenario("a history is shared over the place that is set up, and a deletion on the page is sent", async (t) => {
  const home = newHome(t);
  for (const command of ["first of all", "second of all"]) typed(home, command);
  const window = await openApp(t, home, { env: { HOLDFAST_HISTORY_SECRET: "" } });
  await chooseThisComputer(window);
  await window.click(id("later"));
  await window.click(id("nav-history"));
  await window.click(id("history-share"));
  await window.click(`label:has(${id("hook-bash")})`);
  const shell = ["--norc", "--noprofile", "-ic", `${await window.text(id("hook-line"))}\ntype -t __holdfast_preexec`];
  const hooked = spawnSync("bash", shell, { env: { HOME: home, PATH: "/usr/bin:/bin" }, encoding: "utf8" });
  assert.match(hooked.stdout, /^function$/m, `the line that is shown does nothing in a shell: ${shell.at(-1)}: ${hooked.stderr}`);
  await window.click(id("join"));
  await window.waitForText(id("history-joined"), /kept in/, 60_000);
  await window.click(id("join-done"));
  await window.find(`${id("history-sync")}[data-state="ok"]`, 30_000);
  const status = await window.invoke("history_status", { storage: true });
  assert.deepEqual([status.backend, status.entries, status.waiting, status.devices.length], ["s3", 2, 0, 1]);
  assert.ok(status.storage.objects > 0, "nothing is in the bucket");

  await window.type(id("history-search"), "first");
  await window.click(id("history-delete"));
  await window.click(id("history-delete-dialog-confirm"));
  await window.find(id("history-none"));
  const synced = await window.invoke("history_sync", {});
  assert.equal(synced.sent_deletions, 1);
  assert.ok(synced.requests > 0 && synced.failures.length === 0);
});
