/**
 * Family records that live in memory, as the core would answer.
 * Scenarios: records-none (nothing here) · records-unconfirmed · records-nokey · records-shut · records-empty (nobody yet) · records-offline · records-due (code typed long ago) · records-exist (somebody keeps some there) · records-long (somebody takes forty things) · records-profile-conflict · records-shared (Ben gave two people) · records-setback (the place lost something) · records-camera (photos as a telephone makes them) · records-sending (an exchange that goes on until it is stopped)
 */
import type {
  AppError, EmergencySheet, FieldValue, RecordsConflict, RecordsDecision, RecordsDraft, RecordsEntry, RecordsForm, RecordsFormer, RecordsFound, RecordsHere, RecordsMember, RecordsMemberPage,
  RecordsOf, RecordsOrder, RecordsProgress, RecordsRecord, RecordsRow, RecordsSaved, RecordsState, RecordsSynced, RecordsVersion, RecordsVerified, RecordsWhole,
} from "../../bindings";
import { MemoryHistory } from "./memory-history";
import { subscribe, wait } from "./memory-work";
import forms from "./records-forms.json";
import { cameraRecords, file, HERE, type Kept, manyMedications, pdf, photo, picture, PHONE, sampleRecords, sharedRecords, version, WORDS } from "./samples-records";

const problem = (code: AppError["code"], message: string, hint = ""): AppError => ({ kind: "ConfigError", code, message, hint, retryable: false });
const FORMS = forms as RecordsForm[];
const text = (value: FieldValue | undefined): string => (typeof value === "string" ? value : "");
const list = (value: FieldValue | undefined): string[] => (Array.isArray(value) ? value.map(text) : []);
const person = (value: FieldValue | undefined) => { const parts = typeof value === "object" && !Array.isArray(value) ? value : {}; return { name: text(parts.name), telecom: text(parts.telecom), relationship: text(parts.relationship) }; };
const iso = (ms = 0) => new Date(Date.now() + ms).toISOString();
const STATES: { [scenario: string]: RecordsState } = { "records-none": "none", "records-exist": "none", "records-unconfirmed": "unconfirmed", "records-nokey": "no_key", "records-shut": "shut" };
const NONE = ["bare", "empty", "fresh", "started", "local", "refused"];

export class MemoryRecords extends MemoryHistory {
  private state: RecordsState;
  protected kept: Kept[];
  private code = WORDS;
  private checked: string | null;
  private heard: string | null = iso(-20_000);
  private minutes = 10;
  private made = 0;

  constructor(scenario: string) {
    super(scenario);
    this.state = STATES[scenario] ?? (NONE.includes(scenario) ? "none" : "open");
    this.kept = ["records-empty", "records-none", "records-exist", "records-unconfirmed"].includes(scenario) || NONE.includes(scenario) ? [] : sampleRecords();
    if (scenario === "records-shared") this.kept = [...this.kept, ...sharedRecords()];
    if (scenario === "records-camera") this.kept = [...this.kept, ...cameraRecords()];
    if (scenario === "records-long") this.kept = [...this.kept, ...manyMedications()];
    if (scenario === "records-profile-conflict") this.arrive(this.kept[0]?.id ?? "", { bloodGroup: "A-" });
    this.checked = this.state === "unconfirmed" || this.state === "none" ? null : iso(-(scenario === "records-due" ? 400 : 122) * 86_400_000);
  }
  protected tellOfRecords = () => this.changed.forEach((listener) => listener({ what: "records" }));
  protected pass() { if (this.state !== "open") throw problem("records_locked", "the family records are locked in this window", "open them again"); }

  private offline = () => (this.scenario === "records-offline" ? { ...problem("timeout", "s3.eu-central-003.backblazeb2.com did not answer within 30 s", "look at the network, or try again later"), retryable: true } : null);
  async recordsHere(): Promise<RecordsHere> {
    const open = this.state === "open";
    return {
      state: this.state, location: this.state === "none" ? "" : "lindqvist-keep at Backblaze B2", user_id: this.state === "none" ? null : "u-77aa", device: open ? HERE : null, code_checked: this.checked,
      code_due: this.scenario === "records-due" && this.checked !== null && Date.parse(this.checked) < Date.now() - 365 * 86_400_000,
      members: open ? this.members() : [], records: open ? this.kept.filter((one) => !this.gone(one.member) && one.kind !== "profile" && !this.shown(one).deleted).length : 0, conflicts: open ? this.kept.filter((one) => one.heads.length > 1 && !this.gone(one.member)).map((one) => one.id) : [],
      waiting: open ? this.kept.filter((one) => one.waiting).length : 0, missing: 0, unread: [], synced: this.offline() ? iso(-2 * 3_600_000) : this.heard, problem: this.offline(), lock_after_minutes: this.minutes,
    };
  }
  recordsForms = async () => FORMS;
  async recordsBegin(order: RecordsOrder) {
    await wait(150);
    if (this.scenario === "records-exist" && !order.another) throw problem("records_exist", "somebody keeps family records there already", "`holdfast records unlock` opens them with their recovery code; --another begins a second vault beside them");
    this.state = "unconfirmed";
    return { location: "lindqvist-keep at Backblaze B2", user_id: "u-77aa", code: this.code, keyring: null };
  }
  protected right(words: string) { if (words.trim().toLowerCase().replace(/\s+/g, " ") !== this.code) throw problem("records_code", "the recovery code is not right: the checksum does not fit", "it is 24 words, in their order; nothing was changed"); }
  async recordsUnlock(_order: RecordsOrder, words: string) {
    await wait(200);
    this.right(words);
    [this.state, this.checked] = ["open", iso()];
    if (this.kept.length === 0) this.kept = sampleRecords();
    return { location: "lindqvist-keep at Backblaze B2", user_id: "u-77aa", members: 4, records: 14, failures: [], keyring: null };
  }
  async recordsCheckCode(words: string) { await wait(150); this.right(words); this.checked = iso(); if (this.state === "unconfirmed") this.state = "open"; return null; }
  async recordsNewCode() { await wait(100); this.code = WORDS.split(" ").reverse().join(" "); [this.state, this.checked] = ["unconfirmed", null]; return this.code; }
  async recordsSplitCode(words: string, _needed: number, count: number) { this.right(words); return Array.from({ length: count }, (_, n) => [...WORDS.split(" "), ...WORDS.split(" ").slice(n, n + 9)].join(" ")); }
  async recordsOpen() { await wait(60); if (this.state === "no_key") throw problem("records_locked", "the family records on this computer are locked"); this.state = "open"; return null; }
  async recordsLock(forget: boolean) { this.state = forget ? "no_key" : "shut"; return null; }
  async recordsRest() { this.state = "shut"; return null; }
  async recordsUsed() { return null; }
  async recordsSetLockAfter(minutes: number) { this.minutes = minutes; return null; }

  protected shown = (one: Kept): RecordsVersion => { const found = one.versions.find((other) => other.id === one.heads[0]); if (!found) throw problem("records_unknown", "this record is not there any more"); return found; };
  private form = (kind: string) => FORMS.find((one) => one.kind === kind);
  /** Whose a member is. */
  protected whose(_member: string): RecordsOf | null { return null; }
  protected members(): RecordsMember[] {
    return this.kept.filter((one) => one.kind === "profile" && !this.gone(one.id)).map((one) => ({ id: one.id, name: text(this.shown(one).fields.name), profile: this.shown(one).fields, conflict: one.heads.length > 1, of: this.whose(one.id) })).sort((a, b) => (a.name < b.name ? -1 : 1));
  }
  /** Whether somebody was removed. */
  private gone = (member: string): boolean => this.kept.some((one) => one.id === member && this.shown(one).deleted);
  protected recordOf(id: string): Kept { this.pass(); const found = this.kept.find((one) => one.id === id); if (!found) throw problem("records_unknown", "this record is not there any more", "look at the page again"); return found; }
  private conflictOf(one: Kept): RecordsConflict | null {
    if (one.heads.length < 2) return null;
    const sides = one.heads.flatMap((id) => one.versions.find((other) => other.id === id) ?? []);
    const base = one.versions.find((other) => other.id === sides[0]?.parents[0]);
    const names = [...new Set(sides.flatMap((side) => Object.keys(side.fields)))].sort();
    const differ = names.filter((name) => new Set(sides.map((side) => JSON.stringify(side.fields[name]))).size > 1);
    return { sides: one.heads, deleting: [], keeping: one.heads, attachments_differ: false, fields: differ.map((field) => {
      const changed = sides.flatMap((side, n) => (JSON.stringify(side.fields[field]) === JSON.stringify(base?.fields[field]) ? [] : [n]));
      return { field, base: base?.fields[field] ?? null, sides: sides.map((side) => side.fields[field] ?? null), merged: changed.length === 1 ? (changed[0] ?? null) : null };
    }) };
  }
  private view(one: Kept): RecordsRecord {
    const shown = this.shown(one);
    return { id: one.id, member: one.member, kind: one.kind, title: text(shown.fields[this.form(one.kind)?.title ?? ""]), deleted: shown.deleted, fields: shown.fields, attachments: shown.attachments, version: shown.id, time: shown.time, author: shown.author, conflict: this.conflictOf(one) };
  }
  private when(one: Kept): string {
    const { fields, time } = this.shown(one);
    for (const name of this.form(one.kind)?.dates ?? []) {
      const value = fields[name];
      const day = text(value) || (typeof value === "object" && !Array.isArray(value) ? text(value.start) || text(value.end) : "");
      if (day) return new Date(day).toISOString();
    }
    return time;
  }
  private entry = (one: Kept): RecordsEntry => ({ record: this.view(one), when: this.when(one), waiting: one.waiting });
  private of(member: string): Kept[] { return this.kept.filter((one) => one.member === member && one.kind !== "profile" && !this.shown(one).deleted).sort((a, b) => (this.when(a) > this.when(b) ? -1 : 1)); }

  async recordsMember(member: string, kind: string | null, from: number, count: number): Promise<RecordsMemberPage> {
    const all = this.of(this.recordOf(member).id);
    const asked = all.filter((one) => kind === null || one.kind === kind);
    const kinds: { [kind: string]: number } = {};
    for (const one of all) kinds[one.kind] = (kinds[one.kind] ?? 0) + 1;
    const who = this.members().find((one) => one.id === member);
    if (!who) throw problem("records_unknown", "this person is not there any more");
    return { member: who, profile: this.view(this.recordOf(member)), entries: asked.slice(from, from + count).map(this.entry), total: asked.length, kinds, emergency: await this.recordsEmergency(member) };
  }
  async recordsRecord(id: string): Promise<RecordsWhole> {
    const one = this.recordOf(id);
    return { entry: this.entry(one), versions: one.versions.map((other) => ({ ...other, shown: other.id === one.heads[0] })) };
  }
  async recordsSearch(query: string): Promise<RecordsFound> {
    this.pass();
    const wanted = query.toLowerCase().split(/\s+/);
    const hits = this.kept.filter((one) => { const shown = this.shown(one); const all = JSON.stringify([Object.values(shown.fields), shown.attachments.map((other) => other.title)]).toLowerCase(); return !shown.deleted && !this.gone(one.member) && one.kind !== "profile" && wanted.every((word) => all.includes(word)); });
    const row = (one: Kept): RecordsRow => { const { record, when } = this.entry(one); return { id: one.id, member: one.member, kind: one.kind, title: record.title, when, attachments: record.attachments.length, conflict: record.conflict !== null }; };
    return { rows: hits.map(row).sort((a, b) => (a.when > b.when ? -1 : 1)), total: hits.length };
  }
  async recordsEmergency(member: string): Promise<EmergencySheet> {
    const profile = this.shown(this.recordOf(member)).fields;
    const items = (kind: string, open: (fields: RecordsVersion["fields"]) => boolean, details: (fields: RecordsVersion["fields"]) => string[], title: string) =>
      this.of(member).filter((one) => one.kind === kind).flatMap((one) => one.heads.flatMap((id) => one.versions.find((other) => other.id === id) ?? []).filter(({ fields }) => open(fields)).map(({ fields }) => ({ record: one.id, title: text(fields[title]), details: details(fields).filter(Boolean), high: fields.criticality === "high", conflict: one.heads.length > 1 })));
    const doctor = person(profile.generalPractitioner);
    return {
      name: text(profile.name), birth_date: text(profile.birthDate), blood_group: text(profile.bloodGroup), conditions: list(profile.condition),
      allergies: items("allergy", (fields) => fields.clinicalStatus !== "resolved", (fields) => list(fields.reaction), "code"), medication: items("medication", (fields) => fields.status === "active", (fields) => [text(fields.dosage)], "medicationCodeableConcept"),
      contacts: (Array.isArray(profile.contact) ? profile.contact : []).map(person), doctor: doctor.name ? doctor : null, insurer: text(profile.payor), insurance_number: text(profile.subscriberId), profile_conflict: false,
    };
  }

  private write(one: Kept, fields: RecordsVersion["fields"], attachments: RecordsVersion["attachments"], deleted = false): RecordsSaved {
    const number = 1 + Math.max(0, ...one.versions.map((other) => other.number));
    const next = { ...version(number, HERE, "Mara", iso(), fields, one.heads, attachments), deleted };
    [one.versions, one.heads, one.waiting] = [[next, ...one.versions], [next.id], true];
    this.tellOfRecords();
    return { member: one.member, record: one.id, version: next.id };
  }
  async recordsSave(draft: RecordsDraft): Promise<RecordsSaved> {
    await wait(60);
    this.pass();
    const id = `10000000-0000-4000-8000-${String(++this.made).padStart(12, "0")}`;
    const known = draft.record ?? (draft.kind === "profile" ? draft.member : null);
    const one: Kept = known ? this.recordOf(known) : { id, member: draft.member ?? id, kind: draft.kind, versions: [], heads: [], waiting: true };
    if (!known) this.kept = [...this.kept, one];
    const before = one.heads.length > 0 ? this.shown(one) : null;
    const fields = { ...before?.fields };
    for (const [name, value] of Object.entries(draft.fields)) if (value === null) delete fields[name]; else fields[name] = value;
    const stays = (before?.attachments ?? []).filter((other) => !draft.without.includes(other.id));
    return this.write(one, fields, [...stays, ...draft.add.filter((other) => !stays.some((there) => there.id === other.id))]);
  }
  async recordsDelete(id: string) { const one = this.recordOf(id); this.write(one, this.shown(one).fields, this.shown(one).attachments, true); return null; }
  async recordsRemoveMember(id: string) {
    const { name = "" } = this.members().find((one) => one.id === id) ?? {};
    await this.recordsDelete(id);
    return { member: id, name, removed: true, records: this.of(id).length, shared_with: [] };
  }
  async recordsFormerMembers(): Promise<RecordsFormer[]> {
    return this.kept.filter((one) => one.id === one.member && this.gone(one.id)).map((one) => ({ id: one.id, name: text(this.shown(one).fields.name), removed: this.shown(one).time, by: this.shown(one).author, records: this.of(one.id).length }));
  }
  async recordsBringBackMember(id: string) { const one = this.recordOf(id); return this.write(one, this.shown(one).fields, []); }
  async recordsBringBack(id: string, wanted: string) { const one = this.recordOf(id); const old = one.versions.find((other) => other.id === wanted) ?? this.shown(one); return this.write(one, old.fields, old.attachments); }
  async recordsResolve(id: string, decision: RecordsDecision): Promise<RecordsSaved[]> {
    const one = this.recordOf(id);
    const side = (name: string) => one.versions.find((other) => other.id === name) ?? this.shown(one);
    if (one.heads.length < 2) return [];
    if (decision.how === "take") return [this.write(one, side(decision.side).fields, side(decision.side).attachments)];
    if (decision.how === "keep_both") {
      const [first = "", ...others] = one.heads;
      for (const other of others) this.kept = [...this.kept, { ...one, id: `${one.id.slice(0, 8)}-${other.slice(-8, -4)}-4000-8000-${String(++this.made).padStart(12, "0")}`, versions: [side(other)], heads: [other], waiting: true }];
      return [this.write(one, side(first).fields, side(first).attachments)];
    }
    const fields = { ...this.shown(one).fields };
    for (const pick of decision.picks) { const value = side(pick.side).fields[pick.field]; if (value === undefined) delete fields[pick.field]; else fields[pick.field] = value; }
    return [this.write(one, fields, this.shown(one).attachments)];
  }

  private attached = async (title: string, size: number) => { await wait(60); this.pass(); const ends = title.split(".").at(-1)?.toLowerCase() ?? ""; const known: { [end: string]: string } = { pdf: "application/pdf", jpg: "image/jpeg", jpeg: "image/jpeg", png: "image/png", txt: "text/plain" }; return file(100 + this.made++, title, known[ends] ?? "application/octet-stream", size); };
  recordsAttachFile = (_member: string, path: string) => this.attached(path.split("/").at(-1) ?? path, 48_000);
  recordsAttachBytes = (_member: string, title: string, content: Uint8Array) => this.attached(title, content.byteLength);
  async recordsBytes(record: string, id: string): Promise<ArrayBuffer> {
    await wait(60);
    const found = this.recordOf(record).versions.flatMap((one) => one.attachments).find((one) => one.id === id);
    if (this.scenario === "records-offline") throw this.offline();
    return found?.content_type === "application/pdf" ? pdf("Blood count") : photo(found?.title ?? "") ?? picture(Number.parseInt(id.slice(-4), 16));
  }
  async recordsSaveCopy() { return null; }

  private setBack = () => (this.scenario === "records-setback" ? [{ device: PHONE, name: "Jonas's phone", is_this: false, missing: 14 }] : []);
  async recordsSync(_everything: boolean): Promise<RecordsSynced> {
    await wait(120);
    this.pass();
    const stuck = this.offline();
    if (stuck) throw stuck;
    const sent = this.kept.filter((one) => one.waiting).length;
    this.progress.forEach((tell) => tell({ to_send: 240, sent: 96, to_fetch: 1_200, fetched: 1_200 }));
    if (this.scenario === "records-sending") await new Promise<void>((done) => { this.stop = done; });
    this.heard = iso();
    if (this.scenario !== "attention" && this.scenario !== "default") this.kept.forEach((one) => { one.waiting = false; });
    return { received: 0, sent, sent_attachments: 0, waiting: 0, failures: [], set_back: this.setBack(), shared: [], requests: 6, cost_usd: 0.00001, stopped: this.scenario === "records-sending" };
  }
  private progress = new Set<(event: RecordsProgress) => void>();
  private stop: () => void = () => {};
  onRecordsProgress = (listener: (event: RecordsProgress) => void) => subscribe(this.progress, listener);
  async recordsStopSync() { this.stop(); return null; }

  async recordsVerify(): Promise<RecordsVerified> {
    await wait(200);
    return { versions: 214, attachments: 31, bytes: 84_000_000, unproven: this.setBack().length > 0 ? ["family-members/5e15a000/records/77aa.v3.blob", "family-members/5e15a000/records/91c0.v1.blob"] : [], set_back: this.setBack(), put_back: 0, completed: 0, waiting: 1, requests: 246, cost_usd: 0.0001, wrong: this.scenario === "records-due" ? [{ object: "family-members/5e15a000/attachments/9f2c/data.blob", record: null, why: "it was changed or cut" }] : [] };
  }
  async recordsExport(folder: string, over: boolean) {
    await wait(150);
    if (folder.endsWith("Documents") && !over) throw problem("records_folder", `${folder} is not empty`, "choose a new folder, or add --over to write beside what is there");
    return { folder, members: 4, records: 14, files: 4, failures: [] };
  }
  async recordsImport() { await wait(150); return { added: 12, known: 3, failures: [] }; }
  /** For tests: another device wrote something. */
  arrive(id: string, fields: RecordsVersion["fields"]) { const one = this.recordOf(id); const now = this.shown(one); const other = version(now.number, PHONE, "Jonas", iso(), { ...now.fields, ...fields }, now.parents); [one.versions, one.heads] = [[other, ...one.versions], [...one.heads, other.id]]; this.tellOfRecords(); }
}
