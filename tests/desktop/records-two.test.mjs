// Two families at two desks, each with a window, a home and a keychain of its own, in two folders of one bucket: they get to
// know each other by twelve words, one gives the other somebody's records, both edit the same one, it is decided, sharing
// ends, and the recovery code brings everything onto a third computer.
import assert from "node:assert/strict";
import { anotherDesk, id, newHome, scenario, serveBucket, waitUntil } from "./scenario.mjs";
import { add, addPerson, allSent, beginRecords, closed, drop, inStep, joinRecords, meet, openShare, ownWords, picture, RUN_MS, sitDown, storeUrl } from "./records-steps.mjs";
import { signedRequest } from "../servers/signed.mjs";

const ELSA = "Elsa Lindqvist";
const SCENARIO_MS = 900_000;
const endpoints = JSON.parse(process.env.HOLDFAST_TEST_ENDPOINTS ?? "[]");

/** A new bucket of a real server. */
async function bucketOf(server) {
  const bucket = `holdfast-two-${process.pid}`;
  const answer = await signedRequest(server, "PUT", `${server.endpoint}/${bucket}`);
  assert.equal(answer.status, 200, await answer.text());
  return { ...server, bucket };
}

async function edit(window, title, field, text) {
  await window.click(id(`record-${title}`));
  await window.click(id("edit-record"));
  await window.type(id(`field-${field}`), text);
}

async function saved(window) {
  await window.waitUntilGone(id("record-editor"), RUN_MS);
  await closed(window, "record-drawer");
}

async function shareAndRecover(t, bucket) {
  const anna = await sitDown(t);
  const bensDesk = await anotherDesk(t);
  const ben = await sitDown(t, bensDesk);
  const [annas, bens] = ["anna", "ben"].map((folder) => ({ url: storeUrl(bucket, folder), secret: bucket.secret_key }));
  const code = await beginRecords(anna, annas.url, annas.secret, "Anna");
  await beginRecords(ben, bens.url, bens.secret, "Ben");
  await addPerson(anna, ELSA);
  await addPerson(ben, "Nils Berg");
  await add(anna, "allergy", async () => {
    await anna.type(id("field-code"), "Penicillin");
    await drop(anna, "Rash.png", "image/png", picture(53, 31, "of a rash"));
    await anna.find(`${id("record-editor")} ${id("file-chip")}`);
  });
  await allSent(anna);

  const [annasWords, bensWords] = [await ownWords(anna), await ownWords(ben)];
  assert.notEqual(annasWords.words, bensWords.words);
  await meet(anna, "Ben", bensWords, bens, annasWords.words);
  await meet(ben, "Anna", annasWords, annas, bensWords.words);

  await openShare(anna);
  await anna.click(id("give-Ben"));
  await anna.click(id("give-write"));
  await anna.click(id("give-go"));
  await anna.waitForText(id("share-said"), /Ben can have Elsa Lindqvist now/, RUN_MS);
  await closed(anna, "share-panel");
  await waitUntil("Ben among those who see Elsa", async () => /Ben\s*can edit/.test(await anna.run("return document.querySelector('[data-testid=who-sees]').textContent")));

  await openShare(ben);
  await ben.click(id("fetch-Anna"));
  await ben.waitForText(id("share-said"), /Elsa Lindqvist is among your people now/, RUN_MS);
  await closed(ben, "share-panel");
  await ben.click(id(`person-${ELSA}`));
  assert.equal(await ben.attribute(id(`person-${ELSA}`), "title"), `${ELSA}, of Anna`);
  await ben.find(id("record-Penicillin"), RUN_MS);
  await ben.click(id("file-Rash.png"));
  await ben.find(id("preview-image"), RUN_MS);
  await waitUntil("Anna's picture on Ben's screen", async () => (await ben.run("const image = document.querySelector('[data-testid=preview-image]'); return `${image.naturalWidth} ${image.naturalHeight}`")) === "53 31");
  await ben.click(id("preview-close"));

  await edit(anna, "Penicillin", "reaction", "Rash");
  await edit(ben, "Penicillin", "reaction", "Swelling");
  await Promise.all([anna.click(id("save-record")), ben.click(id("save-record"))]); // before either heard of the other
  await Promise.all([saved(anna), saved(ben)]);
  await Promise.all([allSent(anna), allSent(ben)]);
  await inStep(anna, "what both wrote", () => anna.isShown(id("record-conflict")));
  await anna.click(id("choose-Penicillin"));
  await waitUntil("Ben's side to press", () => anna.run(`
    const label = [...document.querySelectorAll("[data-testid=differs-reaction] label")].find((one) => one.textContent.includes("Swelling"));
    label?.querySelector("input").click();
    return label !== undefined;
  `));
  await anna.click(id("merge"));
  await anna.waitForText(id("value-reaction"), "Swelling", RUN_MS);
  await closed(anna, "record-drawer");
  await add(anna, "note", () => anna.type(id("field-title"), "Decided on the telephone"));
  await allSent(anna);
  await inStep(ben, "the decision", () => ben.isShown(id("record-Decided on the telephone")));
  assert.equal(await ben.count(id("record-conflict")), 0, "it is decided for both");
  await ben.click(id("record-Penicillin"));
  await ben.waitForText(id("value-reaction"), "Swelling");
  await closed(ben, "record-drawer");

  await openShare(anna);
  await anna.click(id(`end-${ELSA}`));
  await anna.waitForText(id("may-keep"), /3 records in \d+ versions, and 1 file/, RUN_MS);
  await anna.click(id("end-go"));
  await anna.waitForText(id("end-kept"), /Ben may have kept[\s\S]*3 records/, RUN_MS);
  await anna.click(id("end-done"));
  await closed(anna, "share-panel");
  await add(anna, "note", () => anna.type(id("field-title"), "After the end"));
  await allSent(anna);
  await inStep(ben, "the end", () => ben.isShown(id("read-only")));
  await ben.waitForText(id("read-only"), /Anna has ended sharing/);
  assert.deepEqual([await ben.count(id("record-Penicillin")), await ben.count(id("record-After the end")), await ben.count(id("add-record"))], [1, 0, 0]);

  await anna.end();
  const third = await sitDown(t, await anotherDesk(t));
  await joinRecords(third, annas, code, "Anna");
  await third.find(id("record-After the end"), RUN_MS);
  await third.click(id("record-Penicillin"));
  await third.waitForText(id("value-reaction"), "Swelling");
  await closed(third, "record-drawer");
  await openShare(third);
  await third.find(id("known-Ben")); // who is known came with the code
}

scenario("two families share at the embedded bucket, and a third computer recovers", async (t) => shareAndRecover(t, await serveBucket(t, newHome(t))), SCENARIO_MS);
for (const server of endpoints) scenario(`two families share at ${server.name}, and a third computer recovers`, async (t) => shareAndRecover(t, await bucketOf(server)), SCENARIO_MS);
