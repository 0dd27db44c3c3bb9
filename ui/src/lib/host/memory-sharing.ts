/**
 * Sharing in memory, as the core would answer. Petra and Ben are known and have Elsa; the new person Karin can be added, and
 * gives Nora.
 * Scenarios: records-shared (Ben gave Nils to read and Vera to write) · records-alone (nobody is known) · records-ended (what Ben gave has ended)
 */
import type { AppError, RecordsDevice, RecordsGrant, RecordsNewPerson, RecordsOf, RecordsPerson, RecordsRevoked, RecordsShared, RecordsSharing, RecordsTheirPlace } from "../../bindings";
import { MemoryRecords } from "./memory-records";
import { wait } from "./memory-work";
import { HERE, MEMBERS, PHONE, sharedRecords } from "./samples-records";

const refuse = (code: AppError["code"], message: string, hint = ""): AppError => ({ kind: "ConfigError", code, message, hint, retryable: false });
export const OWN_WORDS = "harbor velvet mango orbit lantern cradle dolphin sugar copper meadow anchor ribbon";
export const KARIN = { id: "9c3ffae21b7d4c56a1e0d3b2c4f5a697", words: "timber rocket hollow canyon basket puzzle winter garlic salmon ticket frozen island" };
const PETRA: RecordsPerson = { user_id: "41aa09c27e5b4f3d8a6c1b2d3e4f5061", name: "Aunt Petra", place: "", words: "ocean tiger vivid maple cactus ladder bronze wagon silver planet jungle copper" };
const BEN: RecordsPerson = { user_id: "be200de4a1c94b7f9d8e7f6a5b4c3d2e", name: "Ben", place: "s3://berg-records/family?region=eu-north-1", words: "eagle window sunset quarter marble pigeon clever forest summit banner kitten violin" };
const grant = (id: string, member: string, member_name: string, other: RecordsPerson, write: boolean, until: string | null = null): RecordsGrant => ({ id, member, member_name, user_id: other.user_id, person: other.name, write, until, state: "holds", problem: null });
const tidy = (typed: string) => typed.trim().toLowerCase().split(/\s+/).join(" ");

export class MemorySharing extends MemoryRecords {
  private known: RecordsPerson[];
  private given: RecordsGrant[];
  private accepted: RecordsGrant[];
  private words = OWN_WORDS;
  private machines: RecordsDevice[] = [
    { id: HERE, name: "Mara's laptop", is_this: true, last_seen: "2026-11-20T14:06:00Z", revoked: false },
    { id: PHONE, name: "Jonas's phone", is_this: false, last_seen: "2026-11-19T18:40:00Z", revoked: false },
    { id: "c0ffee00-1d2f-4d7e-8a3b-90a1b2c3d4e5", name: "Old tablet", is_this: false, last_seen: "2026-06-02T09:12:00Z", revoked: false },
  ];

  constructor(scenario: string) {
    super(scenario);
    const alone = ["records-alone", "records-empty", "records-none"].includes(scenario);
    const shared = ["records-shared", "records-ended"].includes(scenario);
    this.known = alone ? [] : [PETRA, BEN];
    this.given = alone ? [] : [grant("a17e0000-0000-4000-8000-000000000001", MEMBERS.elsa, "Elsa Lindqvist", PETRA, false, "2027-01-02T00:00:00Z"), grant("b2e00000-0000-4000-8000-000000000002", MEMBERS.elsa, "Elsa Lindqvist", BEN, true)];
    this.accepted = shared ? [grant("c3e00000-0000-4000-8000-000000000003", MEMBERS.nils, "Nils Berg", BEN, false), grant("d4e00000-0000-4000-8000-000000000004", MEMBERS.vera, "Vera Berg", BEN, true)] : [];
    if (scenario === "records-ended") {
      this.accepted = this.accepted.map((one) => ({ ...one, state: "ended" }));
      this.kept = [...this.kept, ...sharedRecords()];
    }
  }
  protected override whose(member: string): RecordsOf | null {
    const found = this.accepted?.find((one) => one.member === member);
    return found ? { person: found.person, user_id: found.user_id, grant: found.id, write: found.write === true, ended: found.state !== "holds" } : null;
  }
  private grantIn(all: RecordsGrant[], id: string): RecordsGrant { this.pass(); const found = all.find((one) => one.id === id); if (!found) throw refuse("records_unknown", "this grant is not there any more"); return found; }
  private person(id: string): RecordsPerson { this.pass(); const found = this.known.find((one) => one.user_id === id || one.name === id); if (!found) throw refuse("records_person", `nobody is known as “${id}”`); return found; }

  async recordsSharing(): Promise<RecordsSharing> {
    this.pass();
    return { people: { user_id: "77aa19c0d2e34f5b8c6d7e8f90a1b2c3", words: this.words, location: "lindqvist-keep at Backblaze B2", people: this.known }, grants: { given: this.given, accepted: this.accepted }, devices: this.machines };
  }
  private at(user: string, place: RecordsTheirPlace): string {
    this.pass();
    if (!/^[0-9a-f-]{32,36}$/i.test(user.trim())) throw refuse("bad_parameter", `“${user.trim()}” is no id of a person`, "it is the id that stands under “Your words” on their computer; nothing was kept");
    if (user.trim() === "77aa19c0d2e34f5b8c6d7e8f90a1b2c3") throw refuse("bad_parameter", "this is your own id", "ask the other person for theirs; nothing was kept");
    if (!this.known.some((one) => one.user_id === user.trim()) && user.trim() !== KARIN.id) throw refuse("records_nobody", "nobody with this id keeps family records there", "look at the id and at the place once more");
    return place.url ?? place.profile ?? "lindqvist-keep at Backblaze B2";
  }
  async recordsFindPerson(user: string, place: RecordsTheirPlace) { await wait(120); return this.at(user, place); }
  async recordsAddPerson(made: RecordsNewPerson): Promise<RecordsPerson> {
    await wait(120);
    this.at(made.user_id, made.place);
    const right = this.known.find((one) => one.user_id === made.user_id.trim())?.words ?? KARIN.words;
    if (tidy(made.words) !== right) throw refuse("records_words", "the words do not belong to the key that is there", "ask the other person to read the twelve words once more from their own screen; when they still differ, somebody else put a key there. Nothing was kept");
    const added = { user_id: made.user_id.trim(), name: made.name.trim(), place: made.place.url ?? "", words: right };
    this.known = [...this.known.filter((one) => one.user_id !== added.user_id), added].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.tellOfRecords();
    return added;
  }
  async recordsPlacePerson(id: string, place: RecordsTheirPlace): Promise<RecordsPerson> { const found = { ...this.person(id), place: place.url ?? "" }; this.known = this.known.map((one) => (one.user_id === found.user_id ? found : one)); return found; }
  async recordsGive(member: string, id: string, write: boolean, until: string | null): Promise<RecordsShared> {
    await wait(120);
    const [other, who] = [this.person(id), this.members().find((one) => one.id === member)];
    if (until && Number.isNaN(Date.parse(until))) throw refuse("bad_parameter", `“${until}” is no day`, "write a day to come as 2027-12-31; nothing was given");
    const made = grant(`e5e00000-0000-4000-8000-${String(this.given.length + 10).padStart(12, "0")}`, member, who?.name ?? "", other, write, until ? new Date(Date.parse(until) + 86_400_000).toISOString() : null);
    this.given = [...this.given, made];
    this.tellOfRecords();
    return { grants: [made], unsent: this.scenario === "records-offline" ? "the place did not answer" : null };
  }
  async recordsAccept(id: string): Promise<RecordsShared> {
    await wait(120);
    const other = this.person(id);
    if (other.user_id !== KARIN.id && other.user_id !== BEN.user_id || this.accepted.some((one) => one.user_id === other.user_id)) throw refuse("records_unknown", `nothing (new) for you is there from ${other.name}`);
    const made = [grant("c3e00000-0000-4000-8000-000000000003", MEMBERS.nils, "Nils Berg", other, false), grant("d4e00000-0000-4000-8000-000000000004", MEMBERS.vera, "Vera Berg", other, true)];
    [this.accepted, this.kept] = [[...this.accepted, ...made], [...this.kept, ...sharedRecords()]];
    this.tellOfRecords();
    return { grants: made, unsent: null };
  }
  async recordsWouldKeep(id: string): Promise<RecordsRevoked> {
    const found = this.grantIn(this.given, id);
    const all = this.kept.filter((one) => one.member === found.member);
    const versions = all.flatMap((one) => one.versions);
    return { grant: id, person: found.person, member: found.member, member_name: found.member_name ?? "", records: all.length, versions: versions.length, attachments: new Set(versions.flatMap((one) => one.attachments.map((other) => other.id))).size, unsent: null };
  }
  async recordsRevoke(id: string): Promise<RecordsRevoked> {
    await wait(120);
    const kept = await this.recordsWouldKeep(id);
    this.given = this.given.map((one) => (one.id === id ? { ...one, state: "ended" } : one));
    this.tellOfRecords();
    return { ...kept, unsent: this.scenario === "records-offline" ? "the place did not answer" : null };
  }
  async recordsReseal(member: string) { await wait(120); return { versions: this.kept.filter((one) => one.member === member).length, attachments: 4, failures: [] }; }
  async recordsLetGo(id: string): Promise<RecordsShared> {
    await wait(60);
    const gone = this.grantIn(this.accepted, id);
    this.accepted = this.accepted.filter((one) => one.id !== id);
    this.kept = this.kept.filter((one) => one.member !== gone.member);
    this.tellOfRecords();
    return { grants: [gone], unsent: null };
  }
  async recordsRevokeDevice(id: string, typed: string) {
    await wait(200);
    this.pass();
    this.right(typed);
    this.machines = this.machines.map((one) => (one.id === id ? { ...one, revoked: true } : one));
    this.words = [...OWN_WORDS.split(" ")].reverse().join(" ");
    const [device] = this.machines.filter((one) => one.id === id);
    if (!device) throw refuse("records_unknown", "there is no such computer");
    this.tellOfRecords();
    return { device, stay: this.machines.filter((one) => !one.revoked), left_out: [], compare_again: this.known.map((one) => one.name), words: this.words };
  }
}
