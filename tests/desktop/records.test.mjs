// A family's records in the real window: begun, the code typed back, somebody and something added, a picture shown from
// memory, searched, locked and opened again; what another computer wrote meanwhile is decided field by field.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { CLI, chooseThisComputer, id, newHome, openApp, scenario, serveBucket, waitUntil } from "./scenario.mjs";
import { add, allSent, beginRecords, closed, drop, picture, RUN_MS, storeUrl } from "./records-steps.mjs";
import { KEYS } from "./webdriver.mjs";

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

function filesWith(folder, text) {
  if (!existsSync(folder)) return [];
  const contentOf = (file) => { try { return readFileSync(file); } catch { return ""; } };
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  return files.filter((file) => contentOf(file).includes(text));
}

const refusal = (window, command, args) => window.invoke(command, args).then(() => assert.fail(`${command} was not refused`), (reason) => reason.thrown.code);

scenario("a family begins, adds, looks, locks and decides what two computers wrote", async (t) => {
  const home = newHome(t);
  const bucket = await serveBucket(t, home);
  const window = await openApp(t, home);
  await chooseThisComputer(window);
  await window.click(id("later"));
  const url = storeUrl(bucket, "family");
  const words = await beginRecords(window, url, bucket.secret_key, "Ana");

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

  const image = picture(61, 47, MARKER);
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
