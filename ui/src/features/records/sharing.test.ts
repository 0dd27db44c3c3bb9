import { describe, expect, test } from "vitest";
import type { RecordsGrant, RecordsMember } from "../../bindings";
import { type Host, hurry, memoryHost } from "$lib/host/for-tests";
import { RecordsBook } from "./records.svelte";
import { grantWords, heardIn, idInParts, isDayToCome, isId, isWritable, lastDay, seesWords, tidyHeard, untilOf } from "./share-view";

hurry();
const now = new Date(2026, 10, 20, 14, 8);
const KARIN = "9c3ffae21b7d4c56a1e0d3b2c4f5a697";
const HEARD = "timber rocket hollow canyon basket puzzle winter garlic salmon ticket frozen island";
const CODE = "abandon ability able about above absent absorb abstract absurd abuse access accident account accuse achieve acid acoustic acquire across act action actor actress actual";
const grant = (over: Partial<RecordsGrant> = {}): RecordsGrant => ({ id: "g", member: "m", member_name: "Elsa", user_id: "u", person: "Ben", write: false, until: null, state: "holds", problem: null, ...over });

describe("how sharing is said", () => {
  test.each([[KARIN, true], ["9c3ffae2-1b7d-4c56-a1e0-d3b2c4f5a697", true], [` ${KARIN} `, true], ["9c3f", false], [`${KARIN}0`, false], ["", false]])("“%s” is an id: %s", (typed, is) => expect(isId(typed)).toBe(is));
  test("an id is shown in parts", () => expect(idInParts(KARIN)).toBe("9c3ffae2 1b7d4c56 a1e0d3b2 c4f5a697"));
  test("words count however they were typed", () => expect([heardIn(""), heardIn(" Timber,  rocket\nhollow. "), tidyHeard(" Timber,  rocket\nhollow. ")]).toEqual([0, 3, "timber rocket hollow"]));
  test.each([[new Date(2026, 11, 25).toISOString(), "24 Dec"], [new Date(2027, 0, 2).toISOString(), "1 Jan 2027"], ["soon", "soon"]])("until %s is the day before", (until, said) => expect(lastDay(until, now)).toBe(said));
  test.each([["2026-11-20", true], ["2026-11-19", false], ["2027-02-29", false], ["2028-02-29", true], ["2027-1-1", false], ["tomorrow", false]])("%s is to come: %s", (day, is) => expect(isDayToCome(day, now)).toBe(is));
  test("how long becomes a last day", () => expect(["good", "week", "month", "year"].map((long) => untilOf(long, "", now))).toEqual([null, "2026-11-27", "2026-12-20", "2027-11-20"]));
  test("what a grant allows and how it stands", () => {
    expect([grantWords(grant(), now), grantWords(grant({ write: true, until: new Date(2027, 0, 2).toISOString() }), now), grantWords(grant({ state: "over" }), now), grantWords(grant({ write: null, state: "closed" }), now)]).toEqual(["to read", "to read and write, until 1 Jan 2027", "to read, its time is over", "could not be opened here yet"]);
    expect([seesWords(grant(), now), seesWords(grant({ write: true }), now)]).toEqual(["can read", "can edit"]);
  });
  test("what may only be read, or has ended, is not written", () => {
    const of = (write: boolean, ended: boolean): RecordsMember => ({ id: "m", name: "Nils", profile: {}, conflict: false, of: { person: "Ben", user_id: "u", grant: "g", write, ended } });
    expect([isWritable({ ...of(true, false), of: null }), isWritable(of(true, false)), isWritable(of(false, false)), isWritable(of(true, true)), isWritable(null)]).toEqual([true, true, false, false, true]);
  });
});

async function opened(scenario = "attention"): Promise<[RecordsBook, Host & Record<string, unknown>]> {
  const host = memoryHost(scenario) as Host & Record<string, unknown>;
  const book = new RecordsBook(host);
  await book.refresh();
  return [book, host];
}
const named = (book: RecordsBook, name: string) => book.sharing.all!.people.people.find((one) => one.name === name)!;

describe("sharing", () => {
  test("nobody is known before the words they read out are the same", async () => {
    const [book] = await opened("records-alone");
    const { sharing } = book;
    expect(await sharing.find("not an id", {})).toBeNull();
    expect(sharing.error?.code).toBe("bad_parameter");
    expect(await sharing.find(KARIN, {})).toBe("lindqvist-keep at Backblaze B2");
    expect(await sharing.add(KARIN, "Karin", {}, HEARD.replace("puzzle", "puddle"))).toBe(false);
    expect([sharing.error?.code, sharing.all?.people.people.length]).toEqual(["records_words", 0]);
    expect(await sharing.add(KARIN, " Karin ", {}, HEARD.toUpperCase().replaceAll(" ", "\n"))).toBe(true);
    expect([sharing.view.at, named(book, "Karin").user_id, sharing.said?.about]).toEqual(["all", KARIN, KARIN]);
  });
  test("gives, and says what is not sent yet", async () => {
    const [book] = await opened("records-offline");
    const { sharing } = book;
    const [elsa, petra] = [book.members.find((one) => one.name.startsWith("Jonas"))!, named(book, "Aunt Petra")];
    await sharing.give(elsa.id, elsa.name, petra, true, "2027-12-31");
    expect(sharing.seenBy(elsa.id).map((one) => [one.person, one.write])).toEqual([["Aunt Petra", true]]);
    expect(sharing.said?.next).toContain("not sent yet");
  });
  test("fetches what somebody gave, and says it when there is nothing", async () => {
    const [book] = await opened();
    const { sharing } = book;
    await sharing.fetch(named(book, "Aunt Petra"));
    expect([sharing.error, sharing.said?.text]).toEqual([null, ""]);
    await sharing.fetch(named(book, "Ben"));
    expect(sharing.gaveMe(named(book, "Ben").user_id).map((one) => one.member_name)).toEqual(["Nils Berg", "Vera Berg"]);
    const [nils, vera] = ["Nils", "Vera"].map((name) => book.members.find((one) => one.name.startsWith(name))!);
    expect([book.mayWrite(nils!.id), book.mayWrite(vera!.id)]).toEqual([false, true]);
    await book.choose(nils!.id);
    expect(book.writable).toBe(false);
    expect(await sharing.letGo(sharing.gaveMe(named(book, "Ben").user_id)[0]!)).toBe(true);
    expect(book.members.some((one) => one.name.startsWith("Nils"))).toBe(false);
  });
  test("counts what the other may have kept before and after the end", async () => {
    const [book] = await opened();
    const { sharing } = book;
    const given = sharing.givenTo(named(book, "Ben").user_id)[0]!;
    sharing.go({ at: "end", grant: given });
    await expect.poll(() => sharing.kept?.records).toBe(11);
    await sharing.end(given);
    expect([sharing.ended?.records, sharing.givenTo(given.user_id)[0]?.state]).toEqual([11, "ended"]);
    await sharing.reseal(given.member);
    expect(sharing.resealed?.versions).toBe(11);
  });
  test("shuts out a computer with the recovery code alone", async () => {
    const [book] = await opened();
    const { sharing } = book;
    const phone = sharing.all!.devices[1]!;
    expect(await sharing.lose(phone.id, CODE.replace("able", "zebra"))).toBe(false);
    expect([sharing.error?.code, sharing.all?.devices[1]?.revoked]).toEqual(["records_code", false]);
    expect(await sharing.lose(phone.id, CODE)).toBe(true);
    expect([sharing.all?.devices[1]?.revoked, sharing.lost?.compare_again]).toEqual([true, ["Aunt Petra", "Ben"]]);
  });
  test("keeps nobody while it is locked", async () => {
    const [book] = await opened("records-shared");
    book.sharing.go({ at: "give", person: named(book, "Ben"), member: null });
    await book.lock();
    expect([book.sharing.all, book.sharing.view.at]).toEqual([null, "all"]);
  });
});
