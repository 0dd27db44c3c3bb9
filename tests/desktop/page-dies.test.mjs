// The page lives in a process of its own. When that dies (a graphics driver, no memory) the window is drawn anew by itself.
// WebDriver's session dies with the page, so what is seen here is the process that draws the next one.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { chooseThisComputer, newHome, openApp, scenario, waitUntil } from "./scenario.mjs";

const DRAWN_MS = 3_000;

scenario("a window whose page died is drawn anew", async (t) => {
  const home = newHome(t);
  const window = await openApp(t, home);
  await chooseThisComputer(window);
  const [dead] = window.webViews();
  process.kill(dead, "SIGKILL");
  const next = await waitUntil("another process for the page", () => window.webViews().find((pid) => pid !== dead));
  await pause(DRAWN_MS);
  assert.deepEqual(window.webViews(), [next], "it stays");
});
