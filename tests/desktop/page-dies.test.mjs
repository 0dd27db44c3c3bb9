// The page lives in a process of its own. When that dies (a graphics driver, no memory) the window is drawn anew by itself.
import { chooseThisComputer, id, newHome, openApp, scenario, waitUntil } from "./scenario.mjs";

scenario("a window whose page died is drawn anew", async (t) => {
  const home = newHome(t);
  const window = await openApp(t, home);
  await chooseThisComputer(window);
  const [dead] = window.webViews();
  process.kill(dead, "SIGKILL");
  await waitUntil("another process for the page", () => window.webViews().some((pid) => pid !== dead));
  await window.find(id("nav-overview"));
});
