import { describe, expect, test, vi } from "vitest";
import type { RecordsConflict, RecordsEntry, RecordsField, RecordsForm, RecordsRecord } from "../../bindings";
import { type Host, hurry, memoryHost } from "$lib/host/for-tests";
import forms from "$lib/host/records-forms.json";
import { words } from "$lib/words";
import { Beginning, codeOf, isWhole, NewCode } from "./begin.svelte";
import { Care } from "./care.svelte";
import { merge, sideWords, startPicks, toChoose, whose } from "./conflict";
import { EntryForm } from "./entry.svelte";
import { beginning, changes, choiceName, drawn, fault, fieldName, kept } from "./form";
import { RecordsBook } from "./records.svelte";
import { ASK_MS, held, HOLD_MS, type Moment, nextStep, type Step, TELL_MS } from "./timing";
import { ageWords, brief, byYear, checkedWords, dateOf, dateWords, dayOf, firstName, hue, initials, signOf, valueWords } from "./view";

hurry();
const FORMS = forms as RecordsForm[];
const form = (kind: string): RecordsForm => FORMS.find((one) => one.kind === kind) ?? FORMS[0]!;
const field = (kind: string, name: string): RecordsField => form(kind).fields.find((one) => one.name === name) ?? FORMS[0]!.fields[0]!;
const now = new Date(2026, 10, 20, 14, 8);
const record = (over: Partial<RecordsRecord> = {}): RecordsRecord => ({ id: "r", member: "m", kind: "visit", title: "Ear infection", deleted: false, fields: {}, attachments: [], version: "1.a", time: "2026-11-12T17:20:00Z", author: "Mara", conflict: null, ...over });
const CODE = "abandon ability able about above absent absorb abstract absurd abuse access accident account accuse achieve acid acoustic acquire across act action actor actress actual";

describe("when the page locks, tells and asks", () => {
  const at = { now: 1_000_000, visible: true, used: 990_000, told: 990_000, asked: 990_000, busy: false, entering: false, lockAfterMinutes: 10 };
  test.each<[string, Partial<Moment>, Step, Partial<Moment>?]>([
    ["nothing is due", {}, "wait"],
    ["ten minutes without use", { used: at.now - 600_000 }, "lock"],
    ["nobody looks, for ten minutes", { visible: false, used: at.now - 600_000 }, "lock"],
    ["it never locks", { lockAfterMinutes: 0, used: 0 }, "ask", { asked: 0 }],
    ["others are due to be asked", { asked: at.now - ASK_MS }, "ask"],
    ["others are being asked", { asked: 0, busy: true }, "wait"],
    ["nobody looks", { visible: false, asked: 0 }, "wait"],
    ["somebody is there", { used: at.now, told: at.now - TELL_MS }, "tell"],
    ["something was entered and is not saved", { entering: true, used: at.now - 600_000, told: at.now }, "wait"],
    ["so the core is told, also while nobody looks", { entering: true, visible: false, used: at.now - 600_000, told: at.now - TELL_MS }, "tell"],
    ["it waits no longer than that", { entering: true, used: at.now - 600_000 - HOLD_MS }, "lock"],
    ["somebody is there and the core knows", { used: at.now, told: at.now - TELL_MS + 1 }, "wait"],
  ])("%s", (_, over, step, more = {}) => expect(nextStep({ ...at, ...over, ...more })).toBe(step));
  test("says how long what was entered still waits", () => {
    const gone = (ms: number, entering = true) => held({ ...at, entering, used: at.now - ms });
    expect([gone(599_000), gone(600_000), gone(600_000, false), gone(600_000 + HOLD_MS - 1)]).toEqual([null, 5, null, 1]);
  });
});

describe("fields in boxes", () => {
  test.each<[string, string, unknown]>([
    ["visit", "period", { start: "2024-03-05", end: "2024-03-07" }], ["visit", "diagnosis", ["a", "b"]], ["result", "valueQuantity", { value: 5.4, unit: "mmol/l" }], ["vaccination", "doseNumberPositiveInt", 2],
    ["profile", "contact", [{ name: "Jo", telecom: "1" }]], ["profile", "generalPractitioner", { name: "Dr Holm" }], ["note", "text", "x\ny"], ["allergy", "criticality", "high"],
  ])("%s.%s comes out of its boxes as it went in", (kind, name, value) => expect(kept(field(kind, name), drawn(field(kind, name), value as never))).toEqual(value));
  test("what is empty is no value", () => {
    for (const one of FORMS.flatMap((form) => form.fields)) expect(kept(one, drawn(one, undefined))).toBeNull();
  });
  test.each([
    ["result", "effectiveDateTime", "", "needed"], ["result", "effectiveDateTime", "yesterday", "Write 2024"], ["result", "effectiveDateTime", "2024-02-30", "Write 2024"], ["result", "effectiveDateTime", "2024-13", "Write 2024"], ["result", "effectiveDateTime", "2024-02", null], ["result", "effectiveDateTime", "2024-02-29", null],
    ["vaccination", "doseNumberPositiveInt", "0", "from 1 to 99"], ["vaccination", "doseNumberPositiveInt", "2", null], ["vaccination", "doseNumberPositiveInt", "2,5", "from 1 to 99"],
    ["result", "valueQuantity", { value: "5,4", unit: "" }, null], ["result", "valueQuantity", { value: "much", unit: "" }, "number"], ["result", "valueQuantity", { value: "", unit: "mg" }, "number"],
    ["visit", "period", { start: "2024-03", end: "2024-02" }, "before it begins"], ["visit", "period", { start: "2024-03-05", end: "2024-03" }, null], ["visit", "period", { start: "", end: "" }, "needed"],
    ["profile", "contact", [{ name: "", telecom: "1", relationship: "" }], "name"], ["profile", "contact", [{ name: "", telecom: "", relationship: "" }], null],
  ])("%s.%s with %j is %s", (kind, name, box, wrong) => {
    const said = fault(field(kind, name), box as never);
    if (wrong === null) expect(said).toBeNull();
    else expect(said).toContain(wrong);
  });
  test("an edit names what was changed, and takes away what was emptied", () => {
    const before = { title: "x", text: "y", time: "2024", later: { kept: true } };
    const boxes = Object.fromEntries(form("note").fields.map((one) => [one.name, drawn(one, (before as never)[one.name])]));
    expect(changes(form("note"), before, boxes)).toEqual({});
    expect(changes(form("note"), before, { ...boxes, title: " z ", text: "" })).toEqual({ title: "z", text: null });
  });
  test("parts that no box shows stay when nobody touched the field", () => {
    const before = { valueQuantity: { value: 1, unit: "g", code: "g" } };
    expect(changes(form("result"), before, { valueQuantity: drawn(field("result", "valueQuantity"), before.valueQuantity) })).toEqual({});
  });
  test("a new record begins with today where a date is needed", () => {
    expect(beginning(form("visit"), "2026-11-20")).toEqual({ period: { start: "2026-11-20" } });
    expect(beginning(form("allergy"), "2026-11-20")).toEqual({});
    expect(beginning(form("medication"), "2026-11-20")).toEqual({ status: "active" });
  });
  test("every field and every choice of the core has words", () => {
    for (const one of FORMS) for (const { name, choices } of one.fields) {
      expect(words.records.fields[name] ?? words.records.kindFields[`${one.kind}.${name}`], `${one.kind}.${name}`).toBeDefined();
      for (const code of choices) expect(/^(0|A|B|AB)[+-]$/.test(code) || choiceName(code) !== code, code).toBe(true);
    }
    expect(fieldName("allergy", "code")).toBe("Allergic to");
    expect(fieldName("note", "unheardOf")).toBe("unheardOf");
  });
});

describe("how people and records are said", () => {
  test("two people of one letter have two", () => expect(["Elsa Lindqvist", "Emil Berg", "Olle"].map((name, _, all) => initials(name, all))).toEqual(["EL", "EB", "O"]));
  test("the first four people have four colours, whatever order they stand in", () => expect(["c", "a", "d", "b"].map((id, _, all) => hue(id, [...all].reverse()))).toEqual([2, 0, 3, 1]));
  test("nobody is a question mark", () => expect(initials(" ", [" "])).toBe("?"));
  test.each([["Elsa Lindqvist", "Elsa"], ["Grandpa Olle", "Grandpa Olle"], ["Aunt Petra Ek", "Aunt Petra"], ["Olle", "Olle"]])("%s is called %s", (name, called) => expect(firstName(name)).toBe(called));
  test.each([["2019-05-03", "7 years old, born 3 May 2019"], ["2019-11-21", "6 years old, born 21 November 2019"], ["2026-01-20", "10 months old, born 20 January 2026"], ["1951", "about 75 years old, born 1951"], ["1951-03", "75 years old, born March 1951"], ["", ""], ["2030-01-01", "born 1 January 2030"]])("born %s", (born, said) => expect(ageWords(born, now)).toBe(said));
  test.each([["2024", "2024"], ["2024-03", "Mar 2024"], ["2024-03-05", "5 Mar 2024"], ["2024-03-05T10:00:00+01:00", "5 Mar 2024, 10:00"], ["soon", "soon"]])("%s is %s", (text, said) => expect(dateWords(text)).toBe(said));
  test.each<[unknown, string]>([["high", "Danger to life"], [["a", "b"], "a, b"], [{ start: "2024-03-05", end: "2024-04" }, "5 Mar 2024 – Apr 2024"], [{ end: "2024" }, "– 2024"], [{ value: 5.4, unit: "mmol/l" }, "5.4 mmol/l"], [[{ name: "Jo", telecom: "1" }, { name: "Mo" }], "Jo, 1; Mo"], [null, ""], [{ other: { deep: "x" } }, "x"], [2, "2"]])("%j is “%s”", (value, said) => expect(valueWords(value as never)).toBe(said));
  test("below a title stands what matters", () => {
    expect(brief(record({ fields: { participant: "Dr Holm", note: "Better.", status: "finished", reasonCode: "x" } }))).toBe("Dr Holm. Better.");
    expect(brief(record({ kind: "later", fields: { a: "b" } }))).toBe("");
    expect(brief(record({ kind: "note", fields: { text: "x".repeat(400) } })).length).toBeLessThan(222);
  });
  test("each year is named once, by what the record says, else by when it was written", () => {
    const entry = (when: string, fields: RecordsRecord["fields"]): RecordsEntry => ({ record: record({ id: when, fields }), when, waiting: false });
    const years = byYear([entry("2026-11-12T00:00:00Z", { period: { start: "2026-11-12" } }), entry("2026-01-01T00:00:00Z", { period: { start: "2026" } }), entry("2025-07-01T12:00:00Z", {})], FORMS);
    expect(years.map((one) => [one.year, one.lines.map((line) => dayOf(line.date))])).toEqual([["2026", ["12 Nov", ""]], ["2025", ["1 Jul"]]]);
    expect(dateOf(entry("x", {}), undefined)).toBe("");
  });
  test.each([["image/jpeg", "image"], ["image/heic", "image"], ["image/tiff", "other"], ["image/svg+xml", "other"], ["application/pdf", "pdf"], ["text/plain", "text"], ["text/html", "other"]])("%s is shown as %s", (type, sign) => expect(signOf(type)).toBe(sign));
  test("how long ago the code was typed", () => expect([checkedWords(null, now), checkedWords(new Date(2026, 6, 20).toISOString(), now), checkedWords(new Date(2024, 10, 1).toISOString(), now)]).toEqual([null, "4 months ago", "2 years ago"]));
});

describe("what two devices wrote", () => {
  const conflict: RecordsConflict = { sides: ["2.a", "2.b"], deleting: [], keeping: ["2.a", "2.b"], attachments_differ: false, fields: [{ field: "dosage", base: "x", sides: ["100 mg", "150 mg"], merged: null }, { field: "note", base: null, sides: ["With food", null], merged: 0 }] };
  test("what one side alone changed is chosen by itself, the rest is asked", () => {
    const picks = startPicks(conflict);
    expect([picks, toChoose(conflict, picks)]).toEqual([{ note: "2.a" }, 1]);
    expect(merge(conflict, { ...picks, dosage: "2.b" })).toEqual({ how: "merge", picks: [{ field: "dosage", side: "2.b" }, { field: "note", side: "2.a" }] });
    expect(toChoose(conflict, { note: "2.a", dosage: "1.gone" })).toBe(1);
  });
  test("a side that says nothing says so, and each is somebody's", () => {
    expect([sideWords(null), sideWords("a")]).toEqual(["Nothing", "a"]);
    expect(whose(undefined, null, now).who).toBe("another device");
    expect(whose({ id: "2.a", number: 2, device: "a", time: now.toISOString(), author: "Mara", deleted: false, parents: [], fields: {}, attachments: [], shown: true }, "a", now)).toEqual({ who: "Mara, this computer", when: "today 14:08", here: true });
  });
});

async function opened(scenario = "attention", clock?: () => number): Promise<[RecordsBook, Host & Record<string, unknown>]> {
  const host = memoryHost(scenario) as Host & Record<string, unknown>;
  const book = new RecordsBook(host, clock);
  await book.refresh();
  return [book, host];
}
const byName = (book: RecordsBook, name: string) => book.members.find((one) => one.name.startsWith(name))?.id ?? "";

describe("the page", () => {
  test("shows somebody, one kind of record, and what a search finds", async () => {
    const [book] = await opened();
    await book.choose(byName(book, "Elsa"));
    expect([book.page?.total, book.page?.kinds.visit]).toEqual([10, 3]);
    await book.filter("visit");
    expect(book.page?.entries.every((one) => one.record.kind === "visit")).toBe(true);
    book.search("lab report");
    await vi.waitFor(() => expect(book.found?.rows.map((row) => row.title)).toEqual(["Blood count"]));
    book.search("");
    expect(book.found).toBeNull();
  });
  test("keeps nothing of a record while it is locked", async () => {
    const [book] = await opened();
    await book.choose(byName(book, "Elsa"));
    await book.look(book.page?.entries[0]?.record.id ?? "");
    book.edit(book.whole!.entry.record);
    await book.lock();
    expect([book.here?.state, book.page, book.whole, book.form, book.found, book.members.length]).toEqual(["shut", null, null, null, null, 0]);
    expect(JSON.stringify(book.here)).not.toContain("Elsa");
    await book.unlockHere();
    expect([book.here?.state, book.members.length]).toEqual(["open", 4]);
  });
  test("locks itself after its minutes without use, and not while somebody is there", async () => {
    let time = 1_000_000;
    const [book] = await opened("attention", () => time);
    book.show();
    time += 9 * 60_000;
    book.touch();
    time += 9 * 60_000;
    await book.step();
    expect(book.here?.state).toBe("open");
    time += 61_000;
    await book.step();
    expect([book.here?.state, book.page]).toEqual(["shut", null]);
  });
  test("what was entered and not saved waits a little longer, and says so", async () => {
    let time = 1_000_000;
    const [book] = await opened("attention", () => time);
    book.show();
    book.add("note");
    expect(book.form!.unsaved).toBe(false);
    book.form!.enter("title", "Fever since Monday");
    time += 11 * 60_000;
    await book.step();
    expect([book.here?.state, book.locksIn]).toEqual(["open", 4]);
    book.touch();
    expect(book.locksIn).toBeNull();
    time += 15 * 60_000;
    await book.step();
    expect([book.here?.state, book.form]).toEqual(["shut", null]);
  });
  test("a command that says it is locked locks the page", async () => {
    const [book, host] = await opened();
    await host.recordsRest();
    await book.choose(byName(book, "Elsa"));
    await vi.waitFor(() => expect(book.here?.state).toBe("shut"));
  });
  test("says that it is offline, and goes on", async () => {
    const [book] = await opened("records-offline");
    await book.sync(false);
    expect([book.offline?.code, book.syncing, book.here?.waiting, book.error]).toEqual(["timeout", false, 1, null]);
    expect(book.page).not.toBeNull();
  });
  test("says how far an exchange is, and stops it", async () => {
    const [book] = await opened("records-sending");
    const done = book.sync(true);
    await vi.waitFor(() => expect(book.progress).toEqual({ to_send: 240, sent: 96, to_fetch: 1_200, fetched: 1_200 }));
    await book.stopSync();
    await done;
    expect([book.syncing, book.stopping, book.progress, book.synced?.stopped]).toEqual([false, false, null, true]);
  });
  test("decides field by field, keeps both, takes one", async () => {
    for (const [how, left] of [["merge", 1], ["keep_both", 2], ["take", 1]] as const) {
      const [book] = await opened();
      await book.choose(byName(book, "Elsa"));
      const id = book.page?.entries.find((one) => one.record.conflict)?.record.id ?? "";
      await book.look(id, true);
      expect(book.deciding).toBe(true);
      const conflict = book.conflict!;
      const side = conflict.keeping[1] ?? "";
      await book.resolve(id, how === "merge" ? merge(conflict, { ...startPicks(conflict), dosage: side }) : how === "take" ? { how, side } : { how });
      const kept = book.page?.entries.filter((one) => one.record.title === "Azithromycin") ?? [];
      expect([kept.length, kept.some((one) => one.record.conflict), book.deciding]).toEqual([left, false, false]);
      if (how === "merge") expect(kept[0]?.record.fields).toMatchObject({ dosage: "150 mg once a day", note: "With food." });
    }
  });
  test("a record that was closed while news of it came stays closed", async () => {
    const [book, host] = await opened();
    await book.choose(byName(book, "Elsa"));
    await book.look(book.page!.entries[0]!.record.id);
    const ask = host.recordsRecord.bind(host);
    host.recordsRecord = async (id: string) => { const whole = await ask(id); book.close(); return whole; };
    await book.refresh();
    expect(book.whole).toBeNull();
  });
  test("somebody who is removed is gone from the page and from what is found, and comes back as before", async () => {
    const [book] = await opened();
    const elsa = book.members.find((one) => one.name.startsWith("Elsa"))!;
    await book.choose(elsa.id);
    const before = book.page?.total;
    await book.look(elsa.id);
    await book.removePerson(elsa);
    expect([book.members.length, book.whole, book.member?.name, book.former.map((one) => one.name)]).toEqual([3, null, "Grandpa Olle", ["Elsa Lindqvist"]]);
    book.search("penicillin");
    await vi.waitFor(() => expect(book.found?.total).toBe(0));
    await book.bringBackPerson(elsa.id, elsa.name);
    expect([book.members.length, book.member?.name, book.page?.total, book.former]).toEqual([4, "Elsa Lindqvist", before, []]);
    await book.lock();
    expect(book.former).toEqual([]);
  });
  test("what was deleted can be brought back", async () => {
    const [book] = await opened();
    await book.choose(byName(book, "Elsa"));
    const gone = book.page!.entries.find((one) => one.record.title === "Pollen test")!.record;
    await book.remove(gone);
    expect(book.page?.entries.some((one) => one.record.id === gone.id)).toBe(false);
    await book.bringBack(gone.id, gone.version);
    expect(book.page?.entries.some((one) => one.record.id === gone.id)).toBe(true);
  });
});

describe("entering", () => {
  test("saves what was entered with its files, and says what is missing first", async () => {
    const [book] = await opened();
    await book.choose(byName(book, "Elsa"));
    book.add("document");
    const entry = book.form!;
    expect(await book.save()).toBe(false);
    expect(entry.faultOf(field("document", "description"))).toBe(words.records.form.missing);
    entry.boxes = { ...entry.boxes, description: "Passport" };
    await entry.attachDropped([new File([new Uint8Array(10)], "Passport.png")], "");
    await entry.attachPath("/home/mara/Scans/Visa.pdf");
    expect(entry.files.map((one) => one.title)).toEqual(["Passport.png", "Visa.pdf"]);
    entry.takeAway(entry.files[1]!.id);
    expect(await book.save()).toBe(true);
    const saved = book.page?.entries.find((one) => one.record.title === "Passport");
    expect([saved?.record.attachments.map((one) => one.title), saved?.waiting]).toEqual([["Passport.png"], true]);
  });
  test("an edit takes files away and keeps those that stay", async () => {
    const [book, host] = await opened();
    await book.choose(byName(book, "Elsa"));
    const before = book.page!.entries.find((one) => one.record.title === "School health form")!.record;
    const entry = new EntryForm(host, FORMS, before.member, before.kind, before);
    entry.takeAway(before.attachments[0]!.id);
    expect(entry.files.length).toBe(2);
    await entry.save();
    expect((await host.recordsRecord(before.id)).entry.record.attachments.length).toBe(2);
  });
  test("a file that is too large to be dropped says so, and none after it is taken", async () => {
    const [book] = await opened();
    await book.choose(byName(book, "Elsa"));
    book.add("document");
    const huge = Object.defineProperty(new File([], "Scan.tiff"), "size", { value: 300 << 20 });
    await book.form!.attachDropped([huge, new File([], "b.png")], "choose it");
    expect([book.form!.fileError?.message, book.form!.files.length]).toEqual(["Scan.tiff", 0]);
  });
  test("a new person is looked at", async () => {
    const [book] = await opened("records-empty");
    book.addPerson();
    book.form!.boxes = { ...book.form!.boxes, name: "Ada Weaver" };
    expect(await book.save()).toBe(true);
    expect([book.member?.name, book.page?.total]).toEqual(["Ada Weaver", 0]);
  });
});

describe("the recovery code", () => {
  test.each([[CODE, true], [`${CODE.split(" ").slice(0, 12).join(" ")}\n${CODE.split(" ").slice(12).join(" ")}`, true], ["abandon", false], [`${"a ".repeat(33)}\n${"b ".repeat(33)}`, true], ["a ".repeat(33), false]])("%# is whole or not", (typed, whole) => expect(isWhole(typed)).toBe(whole));
  test("the code is one line however it was typed, and shares keep theirs", () => {
    expect(codeOf(`  ${CODE.toUpperCase().replace(" able", "\nable")} `)).toBe(CODE);
    expect(codeOf(`${"a ".repeat(33)}\n${"b ".repeat(33)}`).split("\n").length).toBe(2);
  });
  test("a vault begins, and is not used before the words were typed back", async () => {
    const [book, host] = await opened("records-none");
    const begin = new Beginning(host);
    [begin.where, begin.profile] = ["profile", "b2"];
    const code = await begin.begin();
    await book.refresh();
    expect(book.here?.state).toBe("unconfirmed");
    const made = new NewCode(host, code);
    made.typed = CODE.replace("able", "zebra");
    expect([await made.check(), made.wrong]).toEqual([false, true]);
    made.typed = CODE;
    expect([await made.check(), made.words, made.typed]).toEqual([true, [], ""]);
    await book.refresh();
    expect(book.here?.state).toBe("open");
  });
  test("a place where somebody keeps records asks whose they are", async () => {
    const [, host] = await opened("records-exist");
    const begin = new Beginning(host);
    [begin.where, begin.folder] = ["folder", "/mnt/nas"];
    expect(begin.order().url).toBe("file:///mnt/nas");
    expect([await begin.begin(), begin.exist, begin.error]).toEqual([null, true, null]);
    expect(await begin.begin(true)).toBe(CODE);
  });
  test("what was typed is forgotten when it opened, and stays when it did not", async () => {
    const [, host] = await opened("records-nokey");
    const begin = new Beginning(host);
    [begin.have, begin.where, begin.typed] = [true, "set", CODE.split(" ").reverse().join(" ")];
    expect([await begin.unlock(), begin.error?.code, begin.typed !== ""]).toEqual([false, "records_code", true]);
    begin.typed = CODE;
    expect([await begin.unlock(), begin.typed]).toEqual([true, ""]);
  });
  test("the drill says whether it is the code, and shares are made of it", async () => {
    const [, host] = await opened();
    const care = new Care(host);
    care.typed = CODE.replace("able", "zebra");
    await care.drill();
    expect([care.drilled, care.errors.drill?.code, care.errors.drill?.hint.includes("holdfast")]).toEqual([false, "records_code", false]);
    care.typed = CODE;
    await care.drill();
    expect([care.drilled, care.typed]).toEqual([true, ""]);
    care.typed = CODE;
    await care.split();
    expect(care.shares.map((one) => one.split(" ").length)).toEqual([33, 33, 33]);
  });
  test("a folder that is not empty is asked for once more", async () => {
    const [, host] = await opened();
    const care = new Care(host);
    await care.pickExport();
    await care.export(false);
    expect(care.errors.export?.code).toBe("records_folder");
    await care.export(true);
    expect([care.exported?.files, care.errors.export]).toEqual([4, undefined]);
  });
});
