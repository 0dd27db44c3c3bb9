// A computer of the family is lost and shut out, and somebody lets go of what was given to them: in real windows, each at a
// desk of its own.
import assert from "node:assert/strict";
import { anotherDesk, id, newHome, scenario, serveBucket, waitUntil } from "./scenario.mjs";
import { add, addPerson, allSent, beginRecords, closed, inStep, joinRecords, meet, openShare, ownWords, RUN_MS, sitDown, storeUrl } from "./records-steps.mjs";

const ELSA = "Elsa Lindqvist";
const SCENARIO_MS = 600_000;
const place = (bucket, folder) => ({ url: storeUrl(bucket, folder), secret: bucket.secret_key });
const note = (window, title) => add(window, "note", () => window.type(id("field-title"), title));

scenario("a computer that is lost is shut out with the recovery code, keeps what it has, and gets nothing new", async (t) => {
  const bucket = await serveBucket(t, newHome(t));
  const home = place(bucket, "family");
  const here = await sitDown(t);
  const code = await beginRecords(here, home.url, home.secret, "Anna");
  await addPerson(here, ELSA);
  await note(here, "Before the loss");
  await allSent(here);
  const lost = await sitDown(t, await anotherDesk(t));
  await joinRecords(lost, home, code, "Anna");
  await lost.find(id("record-Before the loss"), RUN_MS);

  const other = '[data-testid^="lost-"]'; // the computer itself has no such button
  await inStep(here, "the other computer", async () => {
    await openShare(here);
    const there = await here.count(other);
    await closed(here, "share-panel");
    return there === 1;
  });
  await openShare(here);
  await here.click(other);
  await here.waitForText(id("lose-keeps"), /2 records|1 record/);
  await here.type(id("lose-words"), code.split(" ").reverse().join(" "));
  await here.click(id("lose-go"));
  await here.find(id("lose-error"), RUN_MS);
  await here.type(id("lose-words"), code);
  await here.click(id("lose-go"));
  await here.click(id("lose-done"), RUN_MS);
  await here.find('[data-testid^="computer-"][data-revoked="true"]');
  assert.equal(await here.count(other), 0, "nobody is shut out twice");
  await closed(here, "share-panel");
  await note(here, "After the loss");
  await allSent(here);

  await lost.click(id("open-care"));
  await lost.click(id("sync-records"));
  await lost.waitForText(id("care-offline"), /revoked/, RUN_MS);
  await closed(lost, "care-panel");
  assert.deepEqual([await lost.count(id("record-Before the loss")), await lost.count(id("record-After the loss"))], [1, 0]);
  await note(lost, "Written by whoever found it");
  await lost.find(id("records-waiting"));
  await inStep(here, "a sync after it", async () => true);
  assert.equal(await here.count(id("record-Written by whoever found it")), 0);
}, SCENARIO_MS);

scenario("who lets go of what was given has nothing of it any more, and the owner keeps it", async (t) => {
  const bucket = await serveBucket(t, newHome(t));
  const [annas, bens] = [place(bucket, "anna"), place(bucket, "ben")];
  const anna = await sitDown(t, await anotherDesk(t)); // the first desk has the keys of the family above
  const ben = await sitDown(t, await anotherDesk(t));
  await beginRecords(anna, annas.url, annas.secret, "Anna");
  await beginRecords(ben, bens.url, bens.secret, "Ben");
  await addPerson(anna, ELSA);
  await addPerson(ben, "Nils Berg");
  await note(anna, "Sleeps badly");
  await allSent(anna);
  const [annasWords, bensWords] = [await ownWords(anna), await ownWords(ben)];
  await meet(anna, "Ben", bensWords, bens, annasWords.words);
  await meet(ben, "Anna", annasWords, annas, bensWords.words);
  await openShare(anna);
  await anna.click(id("give-Ben"));
  await anna.click(id("give-go"));
  await anna.waitForText(id("share-said"), /Ben can have Elsa Lindqvist now/, RUN_MS);
  await closed(anna, "share-panel");
  await openShare(ben);
  await ben.click(id("fetch-Anna"));
  await ben.waitForText(id("share-said"), /Elsa Lindqvist is among your people now/, RUN_MS);
  await closed(ben, "share-panel");
  await ben.click(id(`person-${ELSA}`));
  await ben.find(id("record-Sleeps badly"), RUN_MS);

  await openShare(ben);
  await ben.click(id(`letgo-${ELSA}`));
  await ben.click(id("letgo-dialog-confirm"));
  await ben.waitUntilGone(id(`letgo-${ELSA}`), RUN_MS);
  await closed(ben, "share-panel");
  await waitUntil("Elsa to go from Ben's people", async () => (await ben.count(id(`person-${ELSA}`))) === 0, RUN_MS);
  await ben.type(id("records-search"), "sleeps badly");
  await ben.waitForText(id("records-found"), /Nothing has/);
  await inStep(anna, "what Ben did", async () => true);
  assert.equal(await anna.count(id("record-Sleeps badly")), 1);
}, SCENARIO_MS);
