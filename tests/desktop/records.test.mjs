// A family's records in the real window: begun, the code typed back, somebody and something added, a picture shown from
// memory, searched, locked and opened again; what another computer wrote meanwhile is decided field by field.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { CLI, chooseThisComputer, id, newHome, openApp, scenario, serveBucket, waitUntil } from "./scenario.mjs";
import { KEYS } from "./webdriver.mjs";

const RUN_MS = 60_000;
const MARKER = "marker-inside-the-picture";
const NAME = "Elsa Lindqvist";

/** A computer of the family that has only the command line; its keyring is in its environment. */
class Computer {
  constructor(home) {
    this.env = { ...process.env, HOME: home, HOLDFAST_RECORDS_KEYRING: "" };
  }
  async records(args, input = "") {
    const child = spawn(CLI, ["records", ...args, "--json"], { env: this.env, stdio: ["pipe", "pipe", "pipe"] });
    const [out, err] = [[], []];
    child.stdout.on("data", (part) => out.push(part));
    child.stderr.on("data", (part) => err.push(part));
    child.stdin.on("error", () => {}); // a program that refuses before it reads closes its end
    child.stdin.end(input);
    const [code] = await once(child, "close");
    assert.equal(code, 0, `holdfast records ${args[0]}: ${Buffer.concat(err)}${Buffer.concat(out)}`);
    return JSON.parse(Buffer.concat(out));
  }
  async join(url, words) {
    const opened = await this.records(["unlock", "--store", url, "--author", "Ben", "--print-keyring"], words);
    this.env.HOLDFAST_RECORDS_KEYRING = opened.keyring;
  }
}

/** A picture with a text in it that no other file has. */
function picture(width, height) {
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
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk("IHDR", head), chunk("tEXt", Buffer.from(`Comment\0${MARKER}`)), chunk("IDAT", deflateSync(lines)), chunk("IEND", Buffer.alloc(0))]);
}

/** Drops a file on the form, as a file manager does. */
const drop = (window, name, type, content) => window.run(`
  const bytes = Uint8Array.from(atob(arguments[2]), (sign) => sign.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], arguments[0], { type: arguments[1] }));
  const at = document.querySelector("[data-testid=drop-files]");
  for (const kind of ["dragover", "drop"]) at.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data }));
`, name, type, content.toString("base64"));

function filesWith(folder, text) {
  if (!existsSync(folder)) return [];
  const contentOf = (file) => { try { return readFileSync(file); } catch { return ""; } };
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  return files.filter((file) => contentOf(file).includes(text));
}

async function begin(window, url, secret) {
  await window.click(id("nav-records"));
  await window.click(id("records-url"));
  await window.type(id("records-store"), url);
  await window.type(id("records-secret"), secret);
  await window.type(id("records-author"), "Ana");
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

async function add(window, kind, fill) {
  await window.click(id("add-record"));
  await window.click(id(`kind-${kind}`));
  await fill();
  await window.click(id("save-record"));
  await window.waitUntilGone(id("record-editor"), RUN_MS);
}

/** Closes what lies over the page, as Esc does. */
async function closed(window, drawer) {
  await window.press(id(drawer), KEYS.escape);
  await window.waitUntilGone(id(drawer));
}

const allSent = (window) => window.waitUntilGone(id("records-waiting"), RUN_MS);
const refusal = (window, command, args) => window.invoke(command, args).then(() => assert.fail(`${command} was not refused`), (reason) => reason.thrown.code);

scenario("a family begins, adds, looks, locks and decides what two computers wrote", async (t) => {
  const home = newHome(t);
  const bucket = await serveBucket(t, home);
  const window = await openApp(t, home);
  await chooseThisComputer(window);
  await window.click(id("later"));
  const url = `s3://${bucket.bucket}/family?endpoint=${encodeURIComponent(bucket.endpoint)}&region=${bucket.region}&path_style=true&access_key=${bucket.access_key}`;
  const words = await begin(window, url, bucket.secret_key);

  await window.click(id("add-first-person"));
  await window.type(id("field-name"), NAME);
  await window.type(id("field-birthDate"), "2019-05-03");
  await window.click(id("save-record"));
  await window.find(id("records-none"), RUN_MS);
  await add(window, "allergy", async () => {
    await window.type(id("field-code"), "Penicillin");
    await window.click(id("field-criticality"));
    await window.click(id("field-criticality-high"));
  });
  await window.waitForText(id("glance-allergy"), /Allergic to Penicillin/);

  const image = picture(61, 47);
  await add(window, "document", async () => {
    await window.type(id("field-description"), "School health form");
    await drop(window, "Form page 1.png", "image/png", image);
    await window.find(`${id("record-editor")} ${id("file-chip")}`);
  });
  await window.click(id("file-Form page 1.png"));
  await window.find(id("preview-image"), RUN_MS);
  await waitUntil("the picture itself", async () => (await window.run("const image = document.querySelector('[data-testid=preview-image]'); return `${image.naturalWidth} ${image.naturalHeight}`")) === "61 47");
  await window.click(id("preview-close"));
  await allSent(window);
  await window.click(id("file-Form page 1.png"));
  await window.find(id("preview-image"), RUN_MS); // out of the bucket now
  await window.click(id("preview-close"));
  assert.notDeepEqual(filesWith(home, "user_id"), [], "the search of the disk finds nothing at all");
  for (const text of [MARKER, "Penicillin", NAME, words.split(" ").slice(0, 4).join(" ")]) assert.deepEqual(filesWith(home, text), [], `“${text}” lies on the disk`);

  await window.type(id("records-search"), "form page");
  await window.find(id("found-School health form"));
  await window.type(id("records-search"), "nothing like it");
  await window.waitForText(id("records-found"), /Nothing has/);
  await window.press(id("records-search"), KEYS.escape);

  await window.click(id("emergency-sheet"));
  assert.match(await window.text(id("sheet")), /Elsa Lindqvist[\s\S]*Danger to life\s*Penicillin/);
  await window.click(id("sheet-back"));

  const other = new Computer(newHome(t));
  await other.join(`${url}&secret_key=${bucket.secret_key}`, words);
  const [allergy] = (await other.records(["search", "penicillin"])).rows;
  await window.click(id("record-Penicillin"));
  await window.click(id("edit-record"));
  await window.type(id("field-reaction"), "Rash");
  await window.click(id("save-record"));
  await window.waitUntilGone(id("record-editor"), RUN_MS);
  await closed(window, "record-drawer");
  await allSent(window);
  await other.records(["edit", allergy.id, "reaction=Swelling", "note=Seen at the hospital"]);
  await other.records(["sync"]);
  await window.click(id("open-care"));
  await window.click(id("sync-records"));
  await window.waitForText(id("records-synced"), /received/, RUN_MS);
  await closed(window, "care-panel");
  await window.waitForText(id("record-conflict"), /Edited on two devices[\s\S]*Reactions differs: (Rash, Swelling|Swelling, Rash)/, RUN_MS);
  await window.click(id("choose-Penicillin"));
  assert.equal(await window.attribute(id("merge"), "disabled"), "true", "a choice is asked for");
  const mine = await window.run("return [...document.querySelectorAll('[data-testid=differs-reaction] label')].findIndex((one) => one.textContent.includes('Rash'))");
  await window.run("document.querySelector(`[data-testid=pick-reaction-${arguments[0]}]`).click()", mine);
  await window.click(id("merge"));
  await window.waitForText(id("value-reaction"), "Rash", RUN_MS);
  await window.waitForText(id("value-note"), "Seen at the hospital");
  await allSent(window);
  await other.records(["sync"]);
  const decided = await other.records(["show", allergy.id]);
  assert.deepEqual([decided.conflict, decided.fields.reaction, decided.fields.note], [null, ["Rash"], "Seen at the hospital"]);
  await closed(window, "record-drawer");

  const member = decided.member;
  await window.click(id("lock-records"));
  await window.find(id("records-shut"));
  assert.doesNotMatch(await window.run("return document.querySelector('main').textContent"), /Elsa|Penicillin|School/);
  assert.equal(await refusal(window, "records_member", { member, kind: null, from: 0, count: 10 }), "records_locked");
  await window.click(id("records-open"));
  await window.find(id(`person-${NAME}`), RUN_MS);
  await window.click(id("lock-records"));
  await window.click(id("records-forget"));
  await window.click(id("forget-dialog-confirm"));
  await window.type(id("records-words"), words);
  await window.click(id("records-go"));
  await window.find(id("record-Penicillin"), RUN_MS);

  await window.end();
  const again = await openApp(t, home);
  await again.find(id("records-shut"), RUN_MS);
  assert.equal(await refusal(again, "records_record", { record: allergy.id }), "records_locked");
  await again.click(id("records-open"));
  await again.find(id("record-Penicillin"), RUN_MS);
});
