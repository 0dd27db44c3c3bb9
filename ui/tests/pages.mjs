// Serves ui/dist with the app's own content policy, walks the pages in the in-memory scenarios, takes pictures and runs axe.
// Fails on an axe violation, a policy violation, a page error, a window that scrolls sideways, or what moves although the
// system asks for reduced motion. Pictures: tests/artifacts/.
//   npm run ui:pages [-- SCENE…] [-- --all]   Each scene is seen in two views, taken in turn from all; --all takes every view.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openBrowser, root, serve } from "./browser.mjs";
import { scenes } from "./scenes.mjs";

const out = join(root, "tests/artifacts/ui");
const axe = readFileSync(join(root, "node_modules/axe-core/axe.min.js"), "utf8");
mkdirSync(out, { recursive: true });
const { origin, server } = await serve();

const asked = process.argv.slice(2);
const all = asked.includes("--all");
const only = asked.filter((word) => !word.startsWith("--"));
const problems = [];
const browser = await openBrowser();

/** What would take its time to change, or moves by itself. */
const whatMoves = () => {
  const lasts = (times) => times.split(",").some((time) => Number.parseFloat(time) > 0);
  const styled = [...document.querySelectorAll("*")].filter((e) => { const s = getComputedStyle(e); return lasts(s.transitionDuration) || (s.animationName !== "none" && lasts(s.animationDuration)) || s.scrollBehavior === "smooth"; });
  return [...styled.map((e) => e.dataset?.testid ?? `${e.tagName.toLowerCase()}.${e.getAttribute("class") ?? ""}`), ...document.getAnimations().map((one) => one.animationName ?? one.transitionProperty ?? "an animation")];
};

/** Who asked for less motion gets none (every scene); who did not, has some: else the look above could not fail. */
async function motion() {
  const context = await browser.newContext({ viewport: usual, reducedMotion: "no-preference" });
  const page = await context.newPage();
  await page.goto(`${origin}/?scenario=attention`);
  await page.locator('[data-testid="headline"]').waitFor();
  if ((await page.evaluate(whatMoves)).length === 0) problems.push("motion: nothing moves where motion is welcome, so that its absence proves nothing");
  await context.close();
}

async function shoot(scene, size, theme) {
  const name = `${scene.name}-${size.width}-${theme}`;
  const context = await browser.newContext({ viewport: size, colorScheme: theme, reducedMotion: "reduce", timezoneId: "UTC", locale: "en-GB", bypassCSP: false });
  const page = await context.newPage();
  await page.addInitScript(() => Object.freeze(Object.prototype)); // as the desktop app does (freezePrototype)
  page.setDefaultTimeout(15_000);
  page.on("pageerror", (error) => problems.push(`${name}: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("404")) problems.push(`${name}: ${message.text()}`);
  });
  // The page tells a person of what nobody caught, and keeps it from the console: here it is a mistake all the same.
  if (!scene.complains) await page.addInitScript(() => addEventListener("unhandledrejection", (event) => console.error(`nobody caught ${event.reason?.message ?? event.reason}`)));
  await page.clock.install({ time: new Date("2026-11-20T14:08:00Z") });
  if (scene.storage) await page.addInitScript((entries) => { for (const [key, value] of Object.entries(entries)) if (!localStorage.getItem(key)) localStorage.setItem(key, value); }, scene.storage);
  await page.goto(`${origin}/?scenario=${scene.scenario}`);
  await page.clock.resume();
  const id = (testid) => page.locator(`[data-testid="${testid}"]`);
  try {
    await scene.act({ page, id });
    await page.waitForTimeout(120);
    await page.screenshot({ path: join(out, `${name}.png`) });
    // In the page's own world the policy would refuse an injected script; the debugger's world is not bound by it.
    const found = await page.evaluate(`${axe}; axe.run(document, { resultTypes: ["violations"] })`);
    for (const violation of found.violations) problems.push(`${name}: axe ${violation.id}: ${violation.nodes.slice(0, 3).map((node) => `${node.target} ${node.any[0]?.message ?? node.all[0]?.message ?? ""}`).join(" | ")}`);
    const outside = await page.evaluate(() => [...document.querySelectorAll("button,input,textarea,h1,h2")].filter((e) => { const r = e.getBoundingClientRect(); return r.width > 2 && r.right > innerWidth + 1 && getComputedStyle(e).visibility === "visible"; }).map((e) => e.dataset.testid ?? e.textContent.trim().slice(0, 30)));
    if (outside.length > 0) problems.push(`${name}: outside the window: ${outside.join(", ")}`);
    const moving = await page.evaluate(whatMoves);
    if (moving.length > 0) problems.push(`${name}: moves although reduced motion is asked for: ${moving.slice(0, 3).join(", ")}`);
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    if (sideways) problems.push(`${name}: scrolls sideways`);
    // A strip that scrolls sideways alone is meant to.
    const wide = await page.evaluate(() => [...document.querySelectorAll(".scroll")].filter((e) => e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1 && ["auto", "scroll"].includes(getComputedStyle(e).overflowX) && getComputedStyle(e).overflowY !== "hidden").map((e) => e.getAttribute("aria-label") ?? e.className));
    if (wide.length > 0) problems.push(`${name}: a column scrolls sideways: ${wide.join(", ")}`);
  } catch (error) {
    problems.push(`${name}: ${error.message.split("\n").slice(0, 4).join(" ")}`);
    await page.screenshot({ path: join(out, `${name}-stuck.png`) }).catch(() => {});
  }
  await context.close();
}

const usual = { width: 1280, height: 800 };
const small = { width: 900, height: 640 };
const twice = { width: 640, height: 400 }; // the default window at 200 % text
const others = [[usual, "dark"], [small, "light"], [twice, "light"], [small, "dark"]];
const viewsOf = (n) => [[usual, "light"], ...(all ? others : [others[n % others.length]])];
const chosen = scenes.filter((scene) => only.length === 0 || only.some((word) => scene.name.startsWith(word)));
const queue = chosen.flatMap((scene, n) => viewsOf(n).map((view) => [scene, ...view]));
const views = queue.length;
const worker = async () => { for (let next = queue.shift(); next; next = queue.shift()) await shoot(...next); };
await Promise.all([worker(), worker(), worker()]);
await motion();

await browser.close();
server.close();
for (const problem of new Set(problems)) console.log(problem);
const failed = new Set(problems.map((problem) => problem.split(":")[0])).size;
console.log(`${views - failed} passed, ${failed} failed`);
process.exit(failed === 0 && views > 0 ? 0 : 1);
