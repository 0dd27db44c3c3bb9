// Takes the pictures of docs/records.md from the real window: tests/desktop/with-desktop.sh node tests/desktop/records-pictures.mjs
// An invented family is entered for real, and a second computer writes beside it; nothing on the pictures is drawn.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { CLI, chooseThisComputer, id, openApp, serveBucket, userFolders } from "./scenario.mjs";

const OUT = fileURLToPath(new URL("../../docs/images", import.meta.url));
const ROOM = mkdtempSync("/tmp/home.");
const [HOME, PHONE, BEN] = [join(ROOM, "mara"), join(ROOM, "jonas"), join(ROOM, "ben")]; // short paths that look like people's on the pictures
const endings = [];
const t = { after: (end) => endings.unshift(end), windows: new Set() };
const wanted = process.argv.slice(2);

async function picture(window, name, themes = ["light"]) {
  if (wanted.length > 0 && !wanted.includes(name)) return;
  for (const theme of themes) {
    await window.run("document.documentElement.setAttribute('data-theme', arguments[0]); document.activeElement?.blur()", theme);
    await pause(450);
    await window.screenshot(join(OUT, `records-${name}-${theme}.png`));
  }
}

/** A command of another computer: the second one of the family, or Ben's, who has a vault of his own. */
function computer(home, args, input, env) {
  return JSON.parse(execFileSync(CLI, ["records", ...args, "--json"], { input, env: { ...process.env, HOME: home, HOLDFAST_RECORDS_KEYRING: "", ...env }, encoding: "utf8" }));
}

const phone = (args, input = "", env = {}) => computer(PHONE, args, input, env);

/** Ben keeps records of his own in the same place, and knows Mara: his id, his words, and how to command his computer. */
function beginBen(bucket, mara) {
  // He has no keychain: Mara's is the one of this session.
  const alone = { DBUS_SESSION_BUS_ADDRESS: "unix:path=/nowhere", AWS_ACCESS_KEY_ID: bucket.access_key, AWS_SECRET_ACCESS_KEY: bucket.secret_key };
  const url = `s3://${bucket.bucket}/family?endpoint=${encodeURIComponent(bucket.endpoint)}&region=${bucket.region}&path_style=true`;
  const founded = computer(BEN, ["init", "--another", "--store", url, "--author", "Ben", "--print-keyring"], "", alone);
  const ben = (args, input = "") => computer(BEN, args, input, { ...alone, HOLDFAST_RECORDS_KEYRING: founded.keyring });
  ben(["recovery-code", "check"], founded.code);
  ben(["members", "add", "name=Nils Berg", "birthDate=2020-08-11", "relationship=Nephew"]);
  ben(["add", "Nils Berg", "visit", "reasonCode=Asthma check", "period=2026-09-14", "participant=Dr Lund", "note=Spray twice a day, next check in March."]);
  ben(["people", "add", mara.user, "--name", "Mara"], mara.words);
  ben(["sync"]);
  return { ...ben(["people"]), ben };
}

/** Both get to know each other, one gives, and what ending it means is read. */
async function takeSharing(window, bucket) {
  await window.click(id("open-share"));
  await window.find(id("own-words"), 60_000);
  const words = await window.run("return [...document.querySelectorAll('[data-testid=own-words] .mono')].map((word) => word.textContent).join(' ')");
  const theirs = beginBen(bucket, { user: await window.attribute(id("own-id"), "data-id"), words });
  await window.click(id("share-add"));
  await window.type(id("known-name"), "Ben");
  await window.type(id("known-id"), theirs.user_id);
  await window.click(id("known-look"));
  await window.find(id("known-words"), 60_000);
  await window.type(id("known-words"), theirs.words.split(" ").slice(0, 5).join(" "));
  await picture(window, "hear");
  await window.type(id("known-words"), theirs.words);
  await window.click(id("known-compare"));
  await window.find(id("share-said"), 60_000);
  theirs.ben(["grant", "Nils Berg", "Mara"]);
  await window.click(id("give-Ben"));
  await window.find(id("give"));
  await window.click(id("give-write"));
  await picture(window, "give");
  await window.click(id("give-go"));
  await window.find(id("share-said"), 60_000);
  await window.click(id("fetch-Ben"));
  await window.waitForText(id("share-said"), /Nils Berg/, 60_000);
  await picture(window, "share", ["dark", "light"]);
  await window.click(id(`end-${ELSA}`));
  await window.waitForText(id("may-keep"), /Nothing takes/, 60_000);
  await picture(window, "end");
  await window.press(id("share-panel"), "\uE00C");
  await window.waitUntilGone(id("share-panel"));
}

const PDF = (title, lines) => {
  const text = `BT /F1 22 Tf 60 770 Td (${title}) Tj 0 -20 Td /F1 13 Tf ${lines.map((line) => `0 -22 Td (${line}) Tj`).join(" ")} ET`;
  const objects = ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>", `<</Length ${text.length}>>stream\n${text}\nendstream`, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"];
  let body = "%PDF-1.4\n";
  const at = objects.map((object, n) => { const here = body.length; body += `${n + 1} 0 obj${object}endobj\n`; return here; });
  const xref = body.length;
  return `${body}xref\n0 6\n0000000000 65535 f \n${at.map((one) => `${String(one).padStart(10, "0")} 00000 n \n`).join("")}trailer<</Size 6/Root 1 0 R>>\nstartxref\n${xref}\n%%EOF`;
};

const ELSA = "Elsa Lindqvist";
const RECORDS = [
  [ELSA, "visit", 'reasonCode=Ear infection', "period=2026-11-12", "participant=Dr Holm", "note=Amoxicillin stopped after a rash. Changed to azithromycin."],
  [ELSA, "medication", "medicationCodeableConcept=Azithromycin", "status=active", "dosage=Once a day", "effectivePeriod=2026-11-12/2026-12-05", "reasonCode=Ear infection"],
  [ELSA, "allergy", "code=Penicillin", "criticality=high", "clinicalStatus=active", "reaction=Rash", "onsetDateTime=2026-11-12"],
  [ELSA, "vaccination", "vaccineCode=Measles, mumps, rubella", "occurrenceDateTime=2026-09-30", "doseNumberPositiveInt=2", "lotNumber=T4821", "performer=School nurse"],
  [ELSA, "visit", "reasonCode=Seven year check", "period=2026-05-02", "participant=Dr Holm", "note=122 cm, 23.4 kg. Sight and hearing fine."],
  [ELSA, "visit", "reasonCode=Broken wrist, left", "period=2025-07-19/2025-08-16", "serviceProvider=Children's hospital", "note=Cast for four weeks."],
  [ELSA, "result", "code=Pollen test", "effectiveDateTime=2025-04", "valueString=Birch positive, grass negative"],
  ["Grandpa Olle", "medication", "medicationCodeableConcept=Metformin", "status=active", "dosage=500 mg twice a day"],
];
const PEOPLE = [
  ["name=Elsa Lindqvist", "birthDate=2019-05-03", "relationship=Daughter", "bloodGroup=A+", "contact=Mara Lindqvist; 070 555 0101; Mother", "contact=Aunt Petra; 08 555 0177; Aunt", "generalPractitioner=Dr Karin Holm; 08 555 0142", "payor=Region Stockholm"],
  ["name=Jonas Lindqvist", "birthDate=1986-02-17"], ["name=Mara Lindqvist", "birthDate=1988-09-30", "condition=Asthma"], ["name=Grandpa Olle", "birthDate=1951", "relationship=Grandfather"],
];

async function takeAll() {
  for (const home of [HOME, PHONE, BEN]) userFolders(home);
  const bucket = await serveBucket(t, HOME);
  const window = await openApp(t, HOME);
  await chooseThisComputer(window);
  await window.click(id("later"));
  await window.click(id("nav-records"));
  await window.find(id("records-begin"));
  await picture(window, "begin");
  const url = `s3://${bucket.bucket}/family?endpoint=${encodeURIComponent(bucket.endpoint)}&region=${bucket.region}&path_style=true&access_key=${bucket.access_key}`;
  await window.click(id("records-url"));
  await window.type(id("records-store"), url);
  await window.type(id("records-secret"), bucket.secret_key);
  await window.type(id("records-author"), "Mara");
  await window.click(id("records-go"));
  await window.find(id("code-words"), 60_000);
  await picture(window, "code");
  const words = await window.run("return [...document.querySelectorAll('[data-testid=code-words] .mono')].map((word) => word.textContent).join(' ')");
  await window.click(id("code-written"));
  await window.type(id("code-typed"), words);
  await window.click(id("code-check"));
  await window.find(id("records-empty"), 60_000);

  const { keyring } = phone(["unlock", "--store", `${url}&secret_key=${bucket.secret_key}`, "--author", "Jonas", "--print-keyring"], words);
  const env = { HOLDFAST_RECORDS_KEYRING: keyring };
  for (const person of PEOPLE) phone(["members", "add", ...person], "", env);
  const kept = RECORDS.map(([who, kind, ...fields]) => phone(["add", who, kind, ...fields], "", env));
  const report = join(PHONE, "Lab report.pdf");
  writeFileSync(report, PDF("Blood count", ["Laboratory of the children's hospital, 12 November 2026", "", "CRP 34 mg/L (normal below 8)", "Leukocytes 14.1 (normal 5.0 to 13.0)", "Haemoglobin 121 g/L"]));
  phone(["add", ELSA, "result", "code=Blood count", "effectiveDateTime=2026-11-12", "valueQuantity=34 mg/L", "interpretation=CRP above the normal range", "--attach", report], "", env);
  phone(["sync"], "", env);
  const sync = async () => {
    await window.invoke("records_sync", { everything: true });
    await pause(800);
  };
  await sync();
  await window.click(id(`person-${ELSA}`));
  await window.find(id("record-Azithromycin"));
  await window.click(id("record-Azithromycin"));
  await window.click(id("edit-record"));
  await window.type(id("field-dosage"), "100 mg once a day");
  await window.type(id("field-note"), "With food.");
  await picture(window, "edit");
  await window.click(id("save-record"));
  await window.waitUntilGone(id("record-editor"));
  await window.press(id("record-drawer"), "\uE00C");
  await window.waitUntilGone(id("records-waiting"), 60_000);
  phone(["edit", kept[1].record, "dosage=150 mg once a day"], "", env);
  phone(["sync"], "", env);
  await sync();
  await window.find(id("record-conflict"));
  await takeSharing(window, bucket);
  await window.waitUntilGone(id("toast"), 15_000);
  await picture(window, "page", ["dark", "light"]);
  await window.click(id("choose-Azithromycin"));
  await window.find(id("decide-panel"));
  await pause(400);
  await picture(window, "decide");
  await window.press(id("record-drawer"), "\uE00C");
  await window.waitUntilGone(id("record-drawer"));
  await window.click(id("file-Lab report.pdf"));
  await window.find('[data-testid="preview-pdf"][data-pages="1"]', 60_000);
  await picture(window, "file");
  await window.click(id("preview-close"));
  await window.click(id("open-care"));
  await window.find(id("care-panel"));
  await pause(400);
  await picture(window, "care");
  await window.press(id("care-panel"), "\uE00C");
  await window.waitUntilGone(id("care-panel"));
  await window.click(id("emergency-sheet"));
  await window.find(id("sheet"));
  await picture(window, "sheet");
  await window.click(id("sheet-back"));
  await window.click(id("lock-records"));
  await window.find(id("records-shut"));
  await picture(window, "locked");
}

mkdirSync(OUT, { recursive: true });
try {
  await takeAll();
} catch (error) {
  for (const window of t.windows) await window.screenshot(join(ROOM, "..", "records-stuck.png")).catch(() => {});
  throw error;
} finally {
  for (const end of endings) await end();
  rmSync(ROOM, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}
