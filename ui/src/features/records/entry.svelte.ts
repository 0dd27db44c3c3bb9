/** One record or profile that is being entered: what stands in the boxes, which files come and go. */
import type { AppError, RecordsAttachment, RecordsField, RecordsForm, RecordsRecord, RecordsSaved } from "../../bindings";
import { asAppError, type Host, withoutCommands } from "$lib/host";
import { beginning, changes, type Drawn, drawn, fault, type Fields, isFirst, today } from "./form";

/** What is handed over in one piece must fit into memory twice. */
export const MOST_DROPPED = 256 << 20;

export class EntryForm {
  kind = $state<string | null>(null);
  boxes = $state<{ [name: string]: Drawn }>({});
  /** Fields that somebody left, or all after a press on Save: their faults are shown. */
  left = $state<{ [name: string]: true }>({});
  /** Somebody typed or chose something. */
  touched = $state(false);
  all = $state(false);
  added = $state.raw<RecordsAttachment[]>([]);
  without = $state.raw<string[]>([]);
  /** The file that is being encrypted. */
  attaching = $state<string | null>(null);
  busy = $state(false);
  error = $state.raw<AppError | null>(null);
  fileError = $state.raw<AppError | null>(null);
  form = $derived.by<RecordsForm | null>(() => this.forms.find((one) => one.kind === this.kind) ?? null);
  fields = $derived.by<RecordsField[]>(() => { const form = this.form; return form ? form.fields.filter((field) => this.all || isFirst(form, field) || this.holdsSomething(field)) : []; });
  hidden = $derived((this.form?.fields.length ?? 0) - this.fields.length);
  files = $derived.by<RecordsAttachment[]>(() => [...(this.record?.attachments ?? []).filter((one) => !this.without.includes(one.id)), ...this.added]);
  faults = $derived(Object.fromEntries((this.form?.fields ?? []).flatMap((field) => { const wrong = fault(field, this.boxes[field.name] ?? ""); return wrong ? [[field.name, wrong]] : []; })));
  ready = $derived(this.form !== null && Object.keys(this.faults).length === 0 && this.attaching === null && !this.busy);
  /** Whether something would be lost with it. */
  unsaved = $derived(this.touched || this.added.length > 0);
  private before: Fields = {};

  constructor(private readonly host: Host, private readonly forms: RecordsForm[], readonly member: string | null, kind: string | null, readonly record: RecordsRecord | null = null, private readonly now: () => Date = () => new Date()) {
    if (kind !== null) this.pick(kind);
  }

  /** The title of what is entered: a person's for a profile. */
  get isPerson(): boolean { return this.kind === "profile"; }
  private holdsSomething = (field: RecordsField): boolean => JSON.stringify(this.boxes[field.name] ?? "").replace(/["{}[\],:]|value|unit|start|end|name|telecom|relationship/g, "") !== "";

  pick(kind: string): void {
    this.kind = kind;
    const form = this.forms.find((one) => one.kind === kind);
    if (!form) return;
    this.before = (this.record?.fields as Fields | undefined) ?? {};
    const shown = this.record ? this.before : beginning(form, today(this.now()));
    this.boxes = Object.fromEntries(form.fields.map((field) => [field.name, drawn(field, shown[field.name])]));
    this.left = {};
  }
  /** A fault is said when a field was left, not while it is typed. */
  faultOf = (field: RecordsField): string | null => (this.left[field.name] ? (this.faults[field.name] ?? null) : null);
  /** What somebody typed, or chose from a list. */
  enter(name: string, box: Drawn): void { [this.boxes, this.touched] = [{ ...this.boxes, [name]: box }, true]; }
  leave(name: string): void { this.left = { ...this.left, [name]: true }; }

  /** Files wait, encrypted, from now on; the record names them when it is saved. */
  async attach(title: string, deed: (member: string) => Promise<RecordsAttachment>): Promise<void> {
    const member = this.member;
    if (member === null || this.attaching !== null) return;
    this.attaching = title;
    this.fileError = null;
    try {
      const file = await deed(member);
      this.without = this.without.filter((id) => id !== file.id);
      if (!this.files.some((one) => one.id === file.id)) this.added = [...this.added, file];
    } catch (reason) {
      this.fileError = withoutCommands(asAppError(reason));
    }
    this.attaching = null;
  }
  async attachPath(path: string): Promise<void> {
    await this.attach(path.split(/[\\/]/).at(-1) ?? path, (member) => this.host.recordsAttachFile(member, path));
  }
  async attachDropped(files: Iterable<File>, tooLarge: string): Promise<void> {
    for (const file of files) {
      if (file.size > MOST_DROPPED) this.fileError = { kind: "ConfigError", code: "too_large", message: file.name, hint: tooLarge, retryable: false };
      else await this.attach(file.name, async (member) => this.host.recordsAttachBytes(member, file.name, new Uint8Array(await file.arrayBuffer())));
      if (this.fileError) return;
    }
  }
  async choose(): Promise<void> {
    const path = await this.host.pickFile(null);
    if (path !== null) await this.attachPath(path);
  }
  takeAway(id: string): void {
    if (this.added.some((one) => one.id === id)) this.added = this.added.filter((one) => one.id !== id);
    else this.without = [...this.without, id];
  }

  /** Null when something is wrong, which is then said at the field or in `error`. */
  async save(): Promise<RecordsSaved | null> {
    const form = this.form;
    if (!form) return null;
    this.left = Object.fromEntries(form.fields.map((field) => [field.name, true as const]));
    if (Object.keys(this.faults).some((name) => !this.fields.some((field) => field.name === name))) this.all = true;
    if (!this.ready) return null;
    this.busy = true;
    this.error = null;
    try {
      const fields = changes(form, this.before, this.boxes);
      return await this.host.recordsSave({ member: this.member, record: this.record?.id ?? null, kind: form.kind, fields, add: this.added, without: this.without });
    } catch (reason) {
      this.error = withoutCommands(asAppError(reason));
      return null;
    } finally {
      this.busy = false;
    }
  }
}
