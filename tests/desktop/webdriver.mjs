// Drives a WebKitGTK window through WebKitWebDriver in the W3C protocol. One session is one process of the app.
// Elements are named by CSS selectors; `byTestId` makes one. Every wait has an end and names what it waited for.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
const WAIT_MS = 15_000;
const OPEN_MS = 25_000;
const ANSWER_MS = 60_000; // no single request to the driver takes longer

export const byTestId = (id) => `[data-testid="${id}"]`;

/** Opens the app and returns its window. `env` is what the app sees beside our environment. */
export async function openWindow(binary, options = {}) {
  try {
    return await openOnce(binary, options);
  } catch (error) {
    if (error.name !== "TimeoutError") throw error;
    return openOnce(binary, options); // an app that sees one of its kind still ending gives way to it, and the driver waits in vain
  }
}

async function openOnce(binary, { args = [], env = {} }) {
  const driver = await startDriver(env);
  try {
    const capabilities = { alwaysMatch: { "webkitgtk:browserOptions": { binary, args } } };
    const { sessionId } = await driver.call("POST", "/session", { capabilities }, OPEN_MS);
    return new Window(driver, `/session/${sessionId}`);
  } catch (error) {
    await driver.stop();
    throw error;
  }
}

/** Tries until the answer is truthy and returns it; a throwing try counts as not yet. */
export async function waitUntil(what, attempt, ms = WAIT_MS) {
  const deadline = Date.now() + ms;
  let last;
  do {
    try {
      last = await attempt();
      if (last) return last;
    } catch (error) {
      last = error.message;
    }
    await pause(50);
  } while (Date.now() < deadline);
  throw new Error(`waited ${ms} ms for ${what}; last: ${JSON.stringify(last)}`);
}

export class Window {
  #driver;
  #session;

  constructor(driver, session) {
    this.#driver = driver;
    this.#session = session;
  }

  /** Ends the app and its driver. */
  async close() {
    const [app, family] = [this.pids(), this.#driver.family()];
    await this.#call("DELETE", "").catch(() => {}); // the app may have ended by itself
    await endWithin(8000, app); // runs have five seconds to write down what they did
    await endWithin(5000, family); // the web view's processes end after the app, and write into its home until then
    await this.#driver.stop();
  }

  /** The processes that the driver started for this window: the app's, for tests that kill it. */
  pids = () => this.#driver.children();

  /** The processes in which its pages run. */
  webViews = () => this.#driver.family().filter((pid) => isAlive(pid) && readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("WebKitWebProces"));

  open = (url) => this.#call("POST", "/url", { url });
  url = () => this.#call("GET", "/url");
  title = () => this.#call("GET", "/title");

  /** The element's id once it is there. */
  find(css, ms) {
    return waitUntil(css, async () => (await this.#call("POST", "/element", { using: "css selector", value: css }))[ELEMENT], ms);
  }

  async count(css) {
    return (await this.#call("POST", "/elements", { using: "css selector", value: css })).length;
  }

  /** Clicks once the element is there, enabled and not covered. */
  click(css, ms) {
    return waitUntil(`a click on ${css}`, async () => {
      const path = await this.#element(css, ms);
      if (!(await this.#call("GET", `${path}/enabled`))) return false;
      await this.#call("POST", `${path}/click`, {});
      return true;
    }, ms);
  }

  /** Replaces what a field holds; begins again when the page drew the field anew meanwhile. */
  type(css, text) {
    return waitUntil(`typing into ${css}`, async () => {
      const path = await this.#element(css);
      await this.#call("POST", `${path}/clear`, {});
      await this.#call("POST", `${path}/value`, { text });
      const holds = await this.#call("GET", `${path}/property/value`);
      return holds === text || !holds?.endsWith(text); // clearing tells the page nothing, so it may write what stood there again
    });
  }

  /** Sends keys to an element as they are; see KEYS for those without a letter. */
  async press(css, keys) {
    await this.#call("POST", `${await this.#element(css)}/value`, { text: keys });
  }

  text = async (css) => this.#call("GET", `${await this.#element(css)}/text`);
  value = async (css) => this.#call("GET", `${await this.#element(css)}/property/value`);
  isChecked = async (css) => this.#call("GET", `${await this.#element(css)}/property/checked`);
  attribute = async (css, name) => this.#call("GET", `${await this.#element(css)}/attribute/${name}`);
  isShown = async (css) => (await this.count(css)) > 0 && this.#call("GET", `${await this.#element(css)}/displayed`);

  /** Waits until the element's text matches a string (contained) or an expression, and returns the text. */
  waitForText(css, wanted, ms) {
    const matches = (text) => (wanted instanceof RegExp ? wanted.test(text) : text.includes(wanted));
    return waitUntil(`${wanted} in ${css}`, async () => {
      const text = await this.text(css);
      if (matches(text)) return { text };
      throw new Error(text);
    }, ms).then(({ text }) => text);
  }

  waitUntilGone(css, ms) {
    return waitUntil(`${css} to go away`, async () => (await this.count(css)) === 0, ms);
  }

  /** Runs a function body in the page and returns what it returns; `arguments` holds `args`. */
  run(body, ...args) {
    return this.#call("POST", "/execute/sync", { script: body, args });
  }

  /** Runs an async function body in the page; a rejection is thrown here. */
  async runAsync(body, ...args) {
    const script = `const done = arguments[arguments.length - 1];
      (async (...args) => { ${body} })(...[...arguments].slice(0, -1)).then((value) => done({ value }), (error) => done({ error }));`;
    const { value, error } = await this.#call("POST", "/execute/async", { script, args });
    if (error !== undefined) throw Object.assign(new Error(`in the page: ${JSON.stringify(error)}`), { thrown: error });
    return value;
  }

  /** Calls a Tauri command as the page does. */
  invoke(command, args = {}) {
    return this.runAsync("return window.__TAURI_INTERNALS__.invoke(args[0], args[1])", command, args);
  }

  /** Writes a PNG of the page. */
  async screenshot(file) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, Buffer.from(await this.#call("GET", "/screenshot"), "base64"));
  }

  setSize(width, height) {
    return this.#call("POST", "/window/rect", { width, height });
  }

  #call(method, path, body) {
    return this.#driver.call(method, this.#session + path, body);
  }

  async #element(css, ms) {
    return `/element/${await this.find(css, ms)}`;
  }
}

export const KEYS = { enter: "\uE007", escape: "\uE00C", tab: "\uE004", space: " ", up: "\uE013", down: "\uE015", backspace: "\uE003" };

async function startDriver(env) {
  const port = await freePort();
  const child = spawn("WebKitWebDriver", [`--port=${port}`, "--host=127.0.0.1"], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...env, TAURI_WEBVIEW_AUTOMATION: "true" }, // without it the app refuses to be driven
  });
  const failed = new Promise((_, reject) => child.once("error", (error) => reject(new Error(`WebKitWebDriver: ${error.message}`))));
  const end = () => child.kill("SIGKILL");
  process.once("exit", end);
  const call = (method, path, body, ms) => callDriver(port, method, path, body, ms);
  const stop = () => endWithin(3000, [child.pid]).finally(() => process.off("exit", end));
  await Promise.race([failed, waitUntil("WebKitWebDriver", () => call("GET", "/status").then(() => true))]);
  return { call, stop, children: () => childrenOf(child.pid), family: () => familyOf(child.pid) };
}

async function callDriver(port, method, path, body, ms = ANSWER_MS) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body === undefined ? undefined : JSON.stringify(body), signal: AbortSignal.timeout(ms) });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
  return value;
}

function childrenOf(pid) {
  const file = `/proc/${pid}/task/${pid}/children`;
  return existsSync(file) ? readFileSync(file, "utf8").split(" ").filter(Boolean).map(Number) : [];
}

/** All processes below one, whichever of its threads began them. */
function familyOf(pid) {
  const threads = existsSync(`/proc/${pid}/task`) ? readdirSync(`/proc/${pid}/task`) : [];
  const files = threads.map((thread) => `/proc/${pid}/task/${thread}/children`).filter((file) => existsSync(file));
  const children = files.flatMap((file) => readFileSync(file, "utf8").split(" ").filter(Boolean).map(Number));
  return children.flatMap((child) => [child, ...familyOf(child)]);
}

/** Asks processes to end, and ends them when they have not after that time. */
async function endWithin(ms, pids) {
  for (const pid of pids) signal(pid, "SIGTERM");
  await waitUntil("the end", () => !pids.some(isAlive), ms).catch(() => {});
  for (const pid of pids.filter(isAlive)) signal(pid, "SIGKILL");
}

function isAlive(pid) {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/\) Z /.test(readFileSync(stat, "utf8"));
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
