/** What the page Family records shows, and the lock before it. It keeps nothing of a record while it is locked. */
import type { AppError, RecordsDecision, RecordsFormer, RecordsFound, RecordsForm, RecordsHere, RecordsMember, RecordsMemberPage, RecordsProgress, RecordsRecord, RecordsSynced, RecordsWhole } from "../../bindings";
import { toasts } from "$lib/components/toasts.svelte";
import { asAppError, type Host, withoutCommands } from "$lib/host";
import { words } from "$lib/words";
import { EntryForm } from "./entry.svelte";
import { Preview } from "./preview.svelte";
import { isWritable } from "./share-view";
import { Sharing } from "./sharing.svelte";
import { Thumbnails } from "./thumbnails.svelte";
import { held, nextStep } from "./timing";

const PAGE = 60;
const TICK_MS = 5_000;
/** A search waits for the end of a word. */
const TYPING_MS = 120;

export class RecordsBook {
  here = $state.raw<RecordsHere | null>(null);
  forms = $state.raw<RecordsForm[]>([]);
  memberId = $state<string | null>(null);
  page = $state.raw<RecordsMemberPage | null>(null);
  kind = $state<string | null>(null);
  text = $state("");
  found = $state.raw<RecordsFound | null>(null);
  whole = $state.raw<RecordsWhole | null>(null);
  form = $state.raw<EntryForm | null>(null);
  preview = $state.raw<Preview | null>(null);
  /** The record whose conflict is looked at. */
  deciding = $state(false);
  /** The emergency sheet stands in place of the page. */
  sheet = $state(false);
  error = $state.raw<AppError | null>(null);
  /** What was wrong with the last deed in an open record. */
  deedError = $state.raw<AppError | null>(null);
  opening = $state(false);
  syncing = $state(false);
  /** How far the exchange is that is under way. */
  progress = $state.raw<RecordsProgress | null>(null);
  stopping = $state(false);
  synced = $state.raw<RecordsSynced | null>(null);
  /** Those who were removed. */
  former = $state.raw<RecordsFormer[]>([]);
  /** In so many minutes the page locks, and what was entered is gone. */
  locksIn = $state<number | null>(null);

  open = $derived(this.here?.state === "open");
  members = $derived(this.here?.members ?? []);
  member = $derived(this.members.find((one) => one.id === this.memberId) ?? null);
  offline = $derived(this.here?.problem ?? null);
  conflict = $derived(this.whole?.entry.record.conflict ?? null);
  /** Whether the one who is looked at may be written for. */
  writable = $derived(isWritable(this.member));
  readonly sharing: Sharing;
  readonly thumbs: Thumbnails;

  private visible = false;
  private used = 0;
  private told = 0;
  private asked = 0;
  private question = 0;
  private count = PAGE;
  private timer: ReturnType<typeof setInterval> | undefined;
  private typing: ReturnType<typeof setTimeout> | undefined;

  /** What the last exchange could not do, and what the place had lost. */
  get troubles(): string[] {
    const { failures, shared, set_back } = this.synced ?? { failures: [], shared: [], set_back: [] };
    return [...failures, ...shared, ...set_back.map(words.records.careFor.setBack)];
  }

  constructor(readonly host: Host, private readonly clock: () => number = Date.now) {
    this.sharing = new Sharing(host, () => void this.changedSharing());
    this.thumbs = new Thumbnails(host);
    host.onRecordsProgress((event) => { if (this.syncing) this.progress = event; });
    host.onChanged((event) => {
      if (event.what === "records" && this.visible && this.open) void this.refresh();
    });
  }

  show(): void {
    this.visible = true;
    this.touch();
    clearInterval(this.timer);
    this.timer = setInterval(() => void this.step(), TICK_MS);
    void this.refresh();
  }
  /** Nobody looks: the minutes until it locks itself go on. */
  hide(): void {
    this.visible = false;
  }
  /** A key, a pointer, a finger. */
  touch = (): void => void ([this.used, this.locksIn] = [this.clock(), null]);

  /** What the timer does, decided in `timing`. */
  async step(): Promise<void> {
    if (!this.here || !this.open) return;
    const { used, told, asked } = this;
    const moment = { now: this.clock(), visible: this.visible, used, told, asked, busy: this.syncing, entering: this.form?.unsaved ?? false, lockAfterMinutes: this.here.lock_after_minutes };
    this.locksIn = held(moment);
    const step = nextStep(moment);
    if (step === "lock") await this.rest();
    if (step === "ask") await this.sync(false);
    if (step === "tell") {
      this.told = this.clock();
      await this.host.recordsUsed().catch(() => null);
    }
  }

  async refresh(): Promise<void> {
    try {
      if (this.forms.length === 0) this.forms = await this.host.recordsForms();
      this.here = await this.host.recordsHere();
      this.error = null;
      if (this.here.state !== "open") return this.forget();
      if (!this.member) this.memberId = this.members[0]?.id ?? null;
      await this.load();
      this.former = await this.host.recordsFormerMembers();
      await this.sharing.load();
      if (this.text.trim() !== "") await this.ask();
      if (this.whole) await this.lookAgain(this.whole.entry.record.id);
    } catch (reason) {
      this.fail(reason);
    }
  }
  /** Somebody else's record is written only where they allow it. */
  mayWrite = (member: string): boolean => isWritable(this.members.find((one) => one.id === member));
  /** What was decided about sharing is shown, and told to the other devices. */
  private async changedSharing(): Promise<void> {
    await this.refresh();
    void this.sync(false);
  }
  private async load(): Promise<void> {
    const asked = ++this.question;
    if (this.memberId === null) { this.page = null; return; }
    const page = await this.host.recordsMember(this.memberId, this.kind, 0, this.count);
    if (asked === this.question && this.open) this.page = page;
  }
  /** What a command was refused with; one that locked itself shows the lock. */
  private fail(reason: unknown): void {
    const error = asAppError(reason);
    if (error.code === "records_locked" && this.open) { void this.rest(); return; }
    this.error = withoutCommands(error);
  }

  /** Nothing of any record stays in the page. */
  private forget(): void {
    this.question++;
    clearTimeout(this.typing);
    this.preview?.close();
    this.sharing.forget();
    this.thumbs.forget();
    [this.page, this.found, this.whole, this.form, this.preview, this.synced, this.deedError] = [null, null, null, null, null, null, null];
    this.former = [];
    [this.text, this.kind, this.deciding, this.sheet, this.count, this.locksIn] = ["", null, false, false, PAGE, null];
  }
  /** By hand: nothing of this computer opens the vault until somebody opens it again. */
  lock = (forget = false): Promise<void> => this.shut(() => this.host.recordsLock(forget));
  /** Nobody is there: the page shows nothing any more. */
  rest = (): Promise<void> => this.shut(() => this.host.recordsRest());
  private async shut(deed: () => Promise<unknown>): Promise<void> {
    this.forget();
    if (this.here) this.here = { ...this.here, state: "shut", members: [] };
    try {
      await deed();
      this.here = await this.host.recordsHere();
    } catch (reason) {
      this.error = withoutCommands(asAppError(reason));
    }
  }
  async setLockAfter(minutes: number): Promise<void> {
    await this.host.recordsSetLockAfter(minutes).catch((reason: unknown) => this.fail(reason));
    await this.refresh();
  }
  async unlockHere(): Promise<void> {
    this.opening = true;
    this.error = null;
    try {
      await this.host.recordsOpen();
      this.touch();
      await this.refresh();
      void this.sync(false);
    } catch (reason) {
      this.error = withoutCommands(asAppError(reason));
      this.here = await this.host.recordsHere().catch(() => this.here);
    }
    this.opening = false;
  }

  async choose(id: string): Promise<void> {
    [this.memberId, this.kind, this.text, this.found, this.whole, this.count] = [id, null, "", null, null, PAGE];
    await this.load().catch((reason: unknown) => this.fail(reason));
  }
  async filter(kind: string | null): Promise<void> {
    [this.kind, this.count] = [kind, PAGE];
    await this.load().catch((reason: unknown) => this.fail(reason));
  }
  async more(): Promise<void> {
    this.count += PAGE * 2;
    await this.load().catch((reason: unknown) => this.fail(reason));
  }

  search(text: string): void {
    this.text = text;
    clearTimeout(this.typing);
    if (text.trim() === "") { this.found = null; return; }
    this.typing = setTimeout(() => void this.ask(), TYPING_MS);
  }
  private async ask(): Promise<void> {
    const asked = this.text;
    try {
      const found = await this.host.recordsSearch(asked.trim());
      if (asked === this.text && this.open) this.found = found;
    } catch (reason) {
      this.fail(reason);
    }
  }

  /** Opens a record beside the timeline. */
  async look(id: string, decide = this.deciding): Promise<void> {
    this.deedError = null;
    try {
      const whole = await this.host.recordsRecord(id);
      if (!this.open) return;
      this.whole = whole;
      this.deciding = decide && whole.entry.record.conflict !== null;
    } catch (reason) {
      this.whole = null;
      this.fail(reason);
    }
  }
  /** News of the record that is open; one that was closed meanwhile stays closed. */
  private async lookAgain(id: string): Promise<void> {
    const whole = await this.host.recordsRecord(id).catch(() => null);
    if (this.whole?.entry.record.id !== id) return;
    this.whole = whole;
    this.deciding &&= whole?.entry.record.conflict != null;
  }
  close(): void {
    [this.whole, this.deciding, this.deedError] = [null, false, null];
  }

  add(kind: string | null): void {
    this.form = new EntryForm(this.host, this.forms, this.memberId, kind);
  }
  addPerson(): void {
    this.form = new EntryForm(this.host, this.forms, null, "profile");
  }
  edit(record: RecordsRecord): void {
    this.form = new EntryForm(this.host, this.forms, record.member, record.kind, record);
  }
  /** Keeps what was entered, and shows it. */
  async save(): Promise<boolean> {
    const form = this.form;
    const saved = await form?.save();
    if (!form || !saved) return false;
    this.form = null;
    if (form.kind === "profile") this.memberId = saved.member;
    if (this.kind !== null && form.kind !== "profile" && form.kind !== this.kind) this.kind = null;
    toasts.say(words.records.record.saved);
    await this.refresh();
    void this.sync(false);
    return true;
  }

  async remove(record: RecordsRecord): Promise<void> {
    await this.deed(async () => {
      const before = record.version;
      await this.host.recordsDelete(record.id);
      this.close();
      toasts.say(words.records.record.deletedDone(record.title), { action: { words: words.records.record.undo, run: () => void this.bringBack(record.id, before) } });
    });
  }
  /** Somebody goes from all devices, with all records; nothing is erased. */
  async removePerson(person: RecordsMember): Promise<void> {
    const w = words.records.former;
    await this.deed(async () => {
      await this.host.recordsRemoveMember(person.id);
      this.close();
      this.memberId = null;
      toasts.say(w.done(person.name), { action: { words: w.undo, run: () => void this.bringBackPerson(person.id, person.name) } });
    });
  }
  async bringBackPerson(id: string, name: string): Promise<void> {
    await this.deed(async () => {
      this.memberId = (await this.host.recordsBringBackMember(id)).member;
      toasts.say(words.records.former.back(name));
    });
  }
  async bringBack(record: string, version: string): Promise<void> {
    await this.deed(async () => {
      await this.host.recordsBringBack(record, version);
      toasts.say(words.records.record.broughtBack);
    });
  }
  async resolve(record: string, decision: RecordsDecision): Promise<void> {
    await this.deed(async () => {
      const saved = await this.host.recordsResolve(record, decision);
      this.deciding = false;
      const w = words.records.conflict;
      if (saved.length > 0) toasts.say(w.done, { detail: w.doneText });
      else toasts.say(w.gone);
    });
  }
  private async deed(act: () => Promise<void>): Promise<void> {
    this.deedError = null;
    try {
      await act();
    } catch (reason) {
      this.deedError = withoutCommands(asAppError(reason));
    }
    await this.refresh();
    void this.sync(false);
  }

  async sync(everything: boolean): Promise<void> {
    if (this.syncing || !this.open) return;
    [this.syncing, this.stopping, this.progress] = [true, false, null];
    this.asked = this.clock();
    try {
      this.synced = await this.host.recordsSync(everything);
      this.thumbs.resume();
    } catch {
      this.synced = null; // `here` says why
    }
    this.asked = this.clock();
    [this.syncing, this.stopping, this.progress] = [false, false, null];
    if (this.open) await this.refresh();
  }

  /** What was sent counts; the rest waits. */
  async stopSync(): Promise<void> {
    this.stopping = true;
    await this.host.recordsStopSync().catch((reason: unknown) => this.fail(reason));
  }

  /** Shows a file without any other program, from memory. */
  showFile(record: string, file: RecordsRecord["attachments"][number]): void {
    this.preview?.close();
    this.preview = new Preview(this.host, record, file);
    void this.preview.load();
  }
  endPreview(): void {
    this.preview?.close();
    this.preview = null;
  }
}
