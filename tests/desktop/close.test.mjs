// The window is closed by its button, as a person closes it: the app ends by itself, in the middle of a run too, also when
// a disk answers no more, and loses nothing. The message is the one that a window manager sends when the button is pressed.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { assertSameTree, backUp, chooseThisComputer, id, keysIn, look, newHome, openApp, restore, resultOf, scenario, waitUntil, writeTree } from "./scenario.mjs";

const MANY_FILES = 1200;
const MANY = Object.fromEntries(Array.from({ length: MANY_FILES }, (_, n) => [`Album ${n % 30}/IMG_${n}.jpg`, 40_000 + n]));

/** Presses the button and waits for the app to end by itself. */
async function closeByButton(window) {
  const pids = window.pids();
  const shown = execFileSync("xdotool", ["search", "--onlyvisible", "--name", "^Holdfast$"], { encoding: "utf8" }).trim().split("\n");
  assert.equal(shown.length, 1, `one window is open: ${shown}`);
  execFileSync("python3", [fileURLToPath(new URL("close_window.py", import.meta.url)), shown[0]]);
  await waitUntil("the app to end", () => pids.every(hasEnded));
}

const hasEnded = (pid) => !existsSync(`/proc/${pid}/stat`) || /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));

scenario("a window that is closed by its button at rest opens again as it was", async (t) => {
  const home = newHome(t);
  const letters = writeTree(join(home, "Documents"), { "one.txt": "1", "two.txt": "22" });
  const window = await openApp(t, home);
  await chooseThisComputer(window);
  await look(window, letters);
  assert.equal(await backUp(window), "complete");
  await window.click(id("nav-activity"));
  await closeByButton(window);
  await window.end();

  const again = await openApp(t, home);
  await again.waitForText(id("log-row"), "Complete");
  await again.click(id("nav-backup"));
  await again.click(id("folder-Documents"));
  await again.waitForText(id("plan-sentence"), /Everything is already backed up/);
});

scenario("a window that is closed by its button during a run loses nothing", async (t) => {
  const home = newHome(t);
  const photos = writeTree(join(home, "Pictures"), MANY);
  const window = await openApp(t, home);
  await chooseThisComputer(window);
  await look(window, photos);
  await window.click(id("run-backup"));
  await waitUntil("confirmed files", async () => Number((await window.text(`${id("files-done")} b`)).split(" ")[0].replaceAll(",", "")) > 20);
  await closeByButton(window);
  await window.end();

  const again = await openApp(t, home);
  await again.click(id("folder-Pictures"));
  await again.waitForText(id("plan-sentence"), /copies [\d,]+ files? up and leaves [\d,]+ alone/);
  assert.equal(await backUp(again), "complete");
  assert.equal((await keysIn(again, "Pictures/")).length, MANY_FILES);
  assert.deepEqual((await again.invoke("list_unfinished_uploads", { profile: null })).uploads, []);
  const back = join(home, "back");
  assert.equal(await restore(again, "Pictures", back), "complete");
  assertSameTree(photos, back);
});

scenario("a disk that answers no more keeps neither a run nor the app from ending", async (t) => {
  const home = newHome(t);
  const photos = writeTree(join(home, "Pictures"), { "one.jpg": 4_000, "two.jpg": 5_000, "film.stuck": 6_000 });
  const library = join(home, "never_answers.so");
  execFileSync("cc", ["-shared", "-fPIC", "-o", library, fileURLToPath(new URL("../never_answers.c", import.meta.url))]);
  const window = await openApp(t, home, { env: { LD_PRELOAD: library } });
  await chooseThisComputer(window);
  await look(window, photos);
  await window.click(id("run-backup"));
  await window.waitForText(id("progress"), /Reading film\.stuck; nothing was sent for/);
  await window.click(id("cancel"));
  assert.equal(await resultOf(window), "cancelled");

  await window.click(id("look-again"));
  await window.waitForText(id("plan-sentence"), /copies 1 file up/);
  await window.click(id("run-backup"));
  await window.waitForText(id("progress"), /Reading film\.stuck/);
  await closeByButton(window);
  await window.end();

  const again = await openApp(t, home);
  await again.click(id("folder-Pictures"));
  await again.waitForText(id("plan-sentence"), /copies 1 file up and leaves 2 alone/);
  assert.equal(await backUp(again), "complete");
  assert.deepEqual((await keysIn(again, "Pictures/")).sort(), ["Pictures/film.stuck", "Pictures/one.jpg", "Pictures/two.jpg"]);
});
