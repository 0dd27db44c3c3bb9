// What the scenarios of family records share: the steps a person takes on that page.
import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import { chooseThisComputer, id, newHome, openApp, waitUntil } from "./scenario.mjs";
import { KEYS } from "./webdriver.mjs";

export const RUN_MS = 60_000;

/** A folder of a bucket as a store URL; the secret key is typed into a field of its own. */
export const storeUrl = (bucket, folder) => `s3://${bucket.bucket}/${folder}?endpoint=${encodeURIComponent(bucket.endpoint)}&region=${bucket.region}&path_style=true&access_key=${bucket.access_key}`;

/** Begins a vault in a bucket: the words are shown, typed back wrongly, then rightly. Returns them. */
export async function beginRecords(window, url, secret, author) {
  await window.click(id("nav-records"));
  await window.click(id("records-url"));
  await window.type(id("records-store"), url);
  await window.type(id("records-secret"), secret);
  await window.type(id("records-author"), author);
  await window.click(id("records-go"));
  await window.find(id("code-words"), RUN_MS);
  const words = await window.run("return [...document.querySelectorAll('[data-testid=code-words] .mono')].map((word) => word.textContent).join(' ')");
  assert.equal(words.split(" ").length, 24);
  await window.click(id("code-written"));
  await window.type(id("code-typed"), words.split(" ").reverse().join(" "));
  await window.click(id("code-check"));
  await window.waitForText(id("records-code"), /not the words/, RUN_MS);
  await window.type(id("code-typed"), words);
  await window.click(id("code-check"));
  await window.find(id("records-empty"), RUN_MS);
  return words;
}

/** Opens a vault with its recovery code on a computer that has none. */
export async function joinRecords(window, place, code, author) {
  await window.click(id("nav-records"));
  await window.click(id("records-have"));
  await window.click(id("records-url"));
  await window.type(id("records-store"), place.url);
  await window.type(id("records-secret"), place.secret);
  await window.type(id("records-words"), code);
  await window.type(id("records-author"), author);
  await window.click(id("records-go"));
}

/** The first person of a family, sent. */
export async function addPerson(window, name) {
  await window.click(id("add-first-person"));
  await window.type(id("field-name"), name);
  await window.click(id("save-record"));
  await window.find(id("records-none"), RUN_MS);
  await allSent(window);
}

/** Enters a record of a kind; `fill` types into its fields. */
export async function add(window, kind, fill) {
  await window.click(id("add-record"));
  await window.click(id(`kind-${kind}`));
  await fill();
  await window.click(id("save-record"));
  await window.waitUntilGone(id("record-editor"), RUN_MS);
}

/** Closes what lies over the page, as Esc does. */
export async function closed(window, drawer) {
  await window.press(id(drawer), KEYS.escape);
  await window.waitUntilGone(id(drawer));
}

export const allSent = (window) => window.waitUntilGone(id("records-waiting"), RUN_MS);

/** Somebody at a desk, with nothing set up. */
export async function sitDown(t, env = {}) {
  const home = newHome(t);
  const window = await openApp(t, home, { env });
  await chooseThisComputer(window);
  await window.click(id("later"));
  return window;
}

/** Opens “People and sharing”. */
export async function openShare(window) {
  await window.click(id("open-share"));
  await window.find(id("own-words"), RUN_MS);
}

/** What somebody reads out from their own screen, and the id they send. */
export async function ownWords(window) {
  await openShare(window);
  const words = await window.run("return [...document.querySelectorAll('[data-testid=own-words] .mono')].map((word) => word.textContent).join(' ')");
  const user = await window.attribute(id("own-id"), "data-id");
  await closed(window, "share-panel");
  assert.equal(words.split(" ").length, 12);
  return { words, user };
}

/** Gets to know somebody: words that are not theirs are refused, those that they read out are taken. */
export async function meet(window, name, theirs, place, wrong) {
  await openShare(window);
  await window.click(id("share-add"));
  await window.type(id("known-name"), name);
  await window.type(id("known-id"), theirs.user);
  await window.click(id("their-url"));
  await window.type(id("their-store"), place.url);
  await window.type(id("their-secret"), place.secret);
  await window.click(id("known-look"));
  await window.find(id("known-words"), RUN_MS);
  assert.ok(!(await window.text(id("share-panel"))).includes(theirs.words.split(" ").slice(0, 3).join(" ")), "the words that were found are shown");
  await window.type(id("known-words"), wrong);
  await window.click(id("known-compare"));
  await window.waitForText(id("add-known"), /These are not the words/, RUN_MS);
  await window.type(id("known-words"), theirs.words);
  await window.click(id("known-compare"));
  await window.waitForText(id("share-said"), /the words are the same/, RUN_MS);
  await closed(window, "share-panel");
}

/** Asks the place until the page says what was waited for. */
export function inStep(window, what, isThere) {
  return waitUntil(what, async () => {
    await window.click(id("open-care"));
    await window.click(id("sync-records"));
    await window.waitForText(id("records-synced"), /received/, RUN_MS);
    await closed(window, "care-panel");
    return isThere();
  }, RUN_MS * 3);
}

/** A picture with a text in it that no other file has. */
export function picture(width, height, text) {
  const crcOf = (bytes) => {
    let crc = ~0;
    for (const byte of bytes) for (let bit = 0, mixed = (crc ^= byte); bit < 8; bit++) crc = mixed = mixed & 1 ? (mixed >>> 1) ^ 0xedb88320 : mixed >>> 1;
    return ~crc >>> 0;
  };
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(data.length, 0);
    ends.writeUInt32BE(crcOf(body), 4);
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const lines = Buffer.concat(Array.from({ length: height }, (_, y) => Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, y % 2 ? 0x9f : 0x5d)])));
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk("IHDR", head), chunk("tEXt", Buffer.from(`Comment\0${text}`)), chunk("IDAT", deflateSync(lines)), chunk("IEND", Buffer.alloc(0))]);
}

/** Drops a file on the form, as a file manager does. */
export const drop = (window, name, type, content) => window.run(`
  const bytes = Uint8Array.from(atob(arguments[2]), (sign) => sign.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], arguments[0], { type: arguments[1] }));
  const at = document.querySelector("[data-testid=drop-files]");
  for (const kind of ["dragover", "drop"]) at.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data }));
`, name, type, content.toString("base64"));
