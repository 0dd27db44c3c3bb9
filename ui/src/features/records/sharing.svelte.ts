/** Sharing: who is known, what was given and what others gave, the family's computers. Nothing is taken unseen. */
import type { AppError, RecordsDeviceRevoked, RecordsGrant, RecordsPerson, RecordsResealed, RecordsRevoked, RecordsShared, RecordsSharing, RecordsTheirPlace } from "../../bindings";
import { asAppError, type Host, withoutCommands } from "$lib/host";
import { words } from "$lib/words";
import { tidyHeard } from "./share-view";

export type Work = "look" | "add" | "place" | "give" | "fetch" | "count" | "end" | "reseal" | "letgo" | "lose";
/** What the panel shows, and of whom. */
export type View =
  | { at: "all" } | { at: "add"; again: RecordsPerson | null } | { at: "place"; person: RecordsPerson }
  | { at: "give"; person: RecordsPerson; member: string | null } | { at: "end"; grant: RecordsGrant } | { at: "lose"; device: string };

export class Sharing {
  all = $state.raw<RecordsSharing | null>(null);
  view = $state.raw<View>({ at: "all" });
  busy = $state<Work | null>(null);
  error = $state.raw<AppError | null>(null);
  /** What the last deed came to, in words, below the person it was about. */
  said = $state.raw<{ about: string; text: string; next: string } | null>(null);
  kept = $state.raw<RecordsRevoked | null>(null);
  ended = $state.raw<RecordsRevoked | null>(null);
  resealed = $state.raw<RecordsResealed | null>(null);
  lost = $state.raw<RecordsDeviceRevoked | null>(null);

  constructor(private readonly host: Host, private readonly changed: () => void = () => {}) {}

  async load(): Promise<void> {
    try {
      this.all = await this.host.recordsSharing();
    } catch (reason) {
      this.all = null;
      this.error = withoutCommands(asAppError(reason));
    }
  }
  /** Nothing of anybody stays in the page. */
  forget(): void {
    this.go({ at: "all" });
    [this.all, this.said] = [null, null];
  }
  go(view: View): void {
    [this.view, this.error, this.kept, this.ended, this.resealed, this.lost] = [view, null, null, null, null, null];
    if (view.at !== "all") this.said = null;
    if (view.at === "end") void this.count(view.grant);
  }
  private async act<T>(work: Work, deed: () => Promise<T>): Promise<T | null> {
    [this.busy, this.error] = [work, null];
    try {
      return await deed();
    } catch (reason) {
      this.error = withoutCommands(asAppError(reason));
      return null;
    } finally {
      this.busy = null;
    }
  }
  /** As `act`; what it changed is shown, and told to the other devices. */
  private async change<T>(work: Work, deed: () => Promise<T>): Promise<T | null> {
    const done = await this.act(work, deed);
    if (done !== null) {
      await this.load();
      this.changed();
    }
    return done;
  }

  givenTo = (user: string): RecordsGrant[] => this.all?.grants.given.filter((one) => one.user_id === user) ?? [];
  gaveMe = (user: string): RecordsGrant[] => this.all?.grants.accepted.filter((one) => one.user_id === user) ?? [];
  /** Who sees a member, besides the owner. */
  seenBy = (member: string): RecordsGrant[] => this.all?.grants.given.filter((one) => one.member === member && one.state === "holds") ?? [];

  /** Where their key was found; null when it was not. */
  find = (user: string, place: RecordsTheirPlace): Promise<string | null> => this.act("look", () => this.host.recordsFindPerson(user.trim(), place));
  async add(user: string, name: string, place: RecordsTheirPlace, heard: string): Promise<boolean> {
    const person = await this.change("add", () => this.host.recordsAddPerson({ user_id: user.trim(), name: name.trim(), place, words: tidyHeard(heard) }));
    if (person) {
      this.go({ at: "all" });
      this.said = { about: person.user_id, text: words.records.share.known(person.name), next: words.records.share.knownNext(person.name) };
    }
    return person !== null;
  }
  async place(person: RecordsPerson, place: RecordsTheirPlace): Promise<void> {
    if (!(await this.change("place", () => this.host.recordsPlacePerson(person.user_id, place)))) return;
    this.go({ at: "all" });
    this.said = { about: person.user_id, text: words.records.share.placeKept, next: "" };
  }
  async give(member: string, name: string, person: RecordsPerson, write: boolean, until: string | null): Promise<void> {
    const given = await this.change("give", () => this.host.recordsGive(member, person.user_id, write, until));
    if (given) this.tell(person, given, words.records.share.given(name, person.name), words.records.share.givenNext(person.name));
  }
  private tell(person: RecordsPerson, done: RecordsShared, text: string, next: string): void {
    this.go({ at: "all" });
    this.said = { about: person.user_id, text, next: done.unsent === null ? next : words.records.share.later(done.unsent) };
  }
  async fetch(person: RecordsPerson): Promise<void> {
    const w = words.records.share;
    const taken = await this.change("fetch", () => this.host.recordsAccept(person.user_id));
    if (taken) {
      const names = [...new Set(taken.grants.flatMap((one) => one.member_name ?? []))];
      this.tell(person, taken, names.length === 0 ? w.fetchedLater : names.length === 1 ? w.fetched(names[0] ?? "") : w.fetchedMore(names.join(", ")), "");
    } else if ((this.error as AppError | null)?.code === "records_unknown") {
      this.error = null;
      this.said = { about: person.user_id, text: "", next: w.nothingThere(person.name) };
    }
  }
  private async count(grant: RecordsGrant): Promise<void> {
    this.kept = await this.act("count", () => this.host.recordsWouldKeep(grant.id));
  }
  async end(grant: RecordsGrant): Promise<void> {
    this.ended = await this.change("end", () => this.host.recordsRevoke(grant.id));
  }
  async reseal(member: string): Promise<void> {
    this.resealed = await this.change("reseal", () => this.host.recordsReseal(member));
  }
  /** What is here of it goes. */
  letGo = async (grant: RecordsGrant): Promise<boolean> => (await this.change("letgo", () => this.host.recordsLetGo(grant.id))) !== null;
  async lose(device: string, code: string): Promise<boolean> {
    this.lost = await this.change("lose", () => this.host.recordsRevokeDevice(device, code));
    return this.lost !== null;
  }
}
