/** What a person fills in to name a place, the test of it, and saving it. Saves nothing that failed its test. */
import type { AppError, ConnectionTest, GatewayForm, ProviderPreset, S3ConfigView } from "../../bindings";
import { asAppError, type Host, type PlaceInput } from "$lib/host";
import { words } from "$lib/words";

export type Choice = "computer" | "provider" | "gateway";
export type SignsIn = "key" | "profile";
export const ANOTHER_REGION = "another";
export type Missing = Partial<Record<"bucket" | "keyId" | "secret" | "region" | "address" | "apiKey", string>>;

const noPreset: ProviderPreset = {
  id: "other", name: "", endpoint_template: "", regions: [], path_style: true, key_id_label: words.place.fields.keyId, secret_label: words.place.fields.secret,
  keys_help: "", usd_per_100gb_month: null,
};

/** The template's region filled in; "" where the address has to be asked for. */
export function addressOf(template: string, region: string): string {
  const address = template.replaceAll("{region}", region.trim());
  return address.includes("{") ? "" : address;
}

type Outcome = { said: string; test: ConnectionTest | null; error: AppError | null };
/** The way to a server. A provider and a gateway have each their own, so that what is typed for one is not sent to the other. */
/** Who encrypts at the place: it does as it does, by its own keys, or by a key of its key service. */
export type Encryption = "place" | "AES256" | "kms";
type Way = { address: string; prefix: string; caFile: string; allowHttp: boolean };
const noWay = (): Way => ({ address: "", prefix: "", caFile: "", allowHttp: false });

export class PlaceForm {
  /** Which place it is; null until there is one. */
  profile = $state<string | null>(null);
  choice = $state<Choice | null>(null);
  provider = $state("aws");
  region = $state("");
  otherRegion = $state(false);
  private toProvider = $state(noWay());
  private toGateway = $state(noWay());
  private way = $derived(this.choice === "gateway" ? this.toGateway : this.toProvider);
  bucket = $state("");
  keyId = $state("");
  secret = $state("");
  folder = $state("");
  apiKey = $state("");
  /** The keychain has the gateway's key: an empty field goes on with it. */
  keyKept = $state(false);
  /** The key whose secret the keychain has. */
  private keptOf = $state<string | null>(null);
  /** An empty secret goes on with the one in the keychain. */
  secretKept = $derived(this.keptOf !== null && this.keptOf === this.keyId.trim());
  /** Who signs in: a key that is typed here, or a profile of the AWS configuration files. */
  signsIn = $state<SignsIn>("key");
  awsProfile = $state("");
  awsProfiles = $state.raw<string[]>([]);
  encryption = $state<Encryption>("place");
  /** Key of the key service; empty for the account's own. */
  kmsKey = $state("");

  presets = $state.raw<ProviderPreset[]>([]);
  busy = $state<"test" | "save" | null>(null);
  showMissing = $state(false);
  /** What came of the last test, with what the form said then: it says nothing about any other values. */
  private outcome = $state.raw<Outcome | null>(null);
  /** What the form said when it was saved. */
  private stored = $state<string | null>(null);

  preset = $derived(this.presets.find((p) => p.id === this.provider) ?? noPreset);
  asksAddress = $derived(addressOf(this.preset.endpoint_template, this.region || "x") === "");
  asksRegion = $derived(this.preset.regions.length === 0 || this.otherRegion);
  private sse = $derived(this.encryption === "place" ? "" : this.encryption === "kms" && this.kmsKey.trim() ? `kms:${this.kmsKey.trim()}` : this.encryption);
  private byProfile = $derived(this.signsIn === "profile");
  private said = $derived.by(() => JSON.stringify([this.choice, this.folder, this.choice === "computer" ? null : this.choice === "gateway" ? this.gateway : this.input]));
  input = $derived<PlaceInput>({
    endpoint: this.asksAddress ? this.address.trim() : addressOf(this.preset.endpoint_template, this.region),
    region: this.region.trim() || (this.asksAddress ? "us-east-1" : ""), bucket_name: this.bucket.trim(), access_key_id: this.byProfile ? "" : this.keyId.trim(),
    secret_access_key: this.byProfile ? "" : this.secret.trim(), aws_profile: this.byProfile ? this.awsProfile : null, path_prefix: this.prefix.trim() || null, profile: this.profile, provider: this.preset.id,
    ca_file: this.caFile.trim() || null, allow_http: this.allowHttp, sse: this.sse,
  });
  gateway = $derived<GatewayForm>({
    url: this.address.trim(), api_key: this.apiKey.trim(), path_prefix: this.prefix.trim() || null, ca_file: this.caFile.trim() || null, allow_http: this.allowHttp,
  });
  missing = $derived<Missing>(this.choice === "provider" ? this.findMissing() : this.choice === "gateway" ? this.missingOfGateway() : {});
  fits = $derived(this.choice !== null && Object.keys(this.missing).length === 0);
  private current = $derived(this.outcome?.said === this.said ? this.outcome : null);
  test = $derived(this.current?.test ?? null);
  error = $derived(this.current?.error ?? null);
  isPassed = $derived(this.test !== null);
  isStored = $derived(this.stored !== null && this.stored === this.said);

  constructor(private readonly host: Host) {}

  get address(): string { return this.way.address; }
  set address(value: string) { this.way.address = value; }
  get prefix(): string { return this.way.prefix; }
  set prefix(value: string) { this.way.prefix = value; }
  get caFile(): string { return this.way.caFile; }
  set caFile(value: string) { this.way.caFile = value; }
  get allowHttp(): boolean { return this.way.allowHttp; }
  set allowHttp(value: boolean) { this.way.allowHttp = value; }

  async load(config: S3ConfigView | null): Promise<void> {
    [this.presets, this.awsProfiles] = await Promise.all([this.host.listProviders().catch(() => []), this.host.listAwsProfiles().catch(() => [])]);
    this.awsProfile = this.awsProfiles[0] ?? "";
    if (config?.is_configured) this.fill(config);
    else this.pickProvider(this.presets[0]?.id ?? "other");
  }

  pickProvider(id: string): void {
    this.provider = id;
    this.otherRegion = false;
    this.region = this.preset.regions[0]?.id ?? "";
  }

  pickRegion(id: string): void {
    this.otherRegion = id === ANOTHER_REGION;
    this.region = this.otherRegion ? "" : id;
  }

  /** Tests what is in the form and keeps nothing. A folder on this computer can only be tested once it is a place. */
  async tryOut(): Promise<void> {
    if (!this.ready()) return;
    const said = this.said;
    await this.work("test", async () => {
      const test = await (this.choice === "computer" || this.isStored ? this.host.testS3Connection(this.profile) : this.tryIt());
      this.take(test, said);
    });
  }

  /** True when the place is saved. */
  async save(): Promise<boolean> {
    if (!this.ready()) return false;
    const said = this.said;
    await this.work("save", async () => {
      if (this.choice === "computer") await this.saveFolder(said);
      else await this.saveTested(said);
    });
    return this.stored === said;
  }

  private async saveFolder(said: string): Promise<void> {
    await this.host.useThisComputer(this.folder.trim() || null, this.profile);
    const test = await this.host.testS3Connection(this.profile);
    if (this.take(test, said)) this.stored = said;
  }

  private async saveTested(said: string): Promise<void> {
    if (!this.isPassed && !this.take(await this.tryIt(), said)) return;
    if (this.choice === "gateway") await this.host.configureGateway(this.gateway, this.profile);
    else await this.host.configureS3(this.input);
    this.stored = said;
  }
  private tryIt = (): Promise<ConnectionTest> => (this.choice === "gateway" ? this.host.tryGateway(this.gateway, this.profile) : this.host.tryS3Connection(this.input));

  private take(test: ConnectionTest, said: string): boolean {
    const ok = test.connected && test.bucket_accessible;
    this.outcome = { said, test: ok ? test : null, error: ok ? null : (test.error ?? asAppError(new Error(test.error_message ?? words.place.failed))) };
    return ok;
  }

  private ready(): boolean {
    this.showMissing = !this.fits;
    return this.fits && this.busy === null;
  }

  private async work(what: "test" | "save", act: () => Promise<void>): Promise<void> {
    const said = this.said;
    this.busy = what;
    if (this.error) this.outcome = null;
    try {
      await act();
    } catch (reason) {
      this.outcome = { said, test: null, error: asAppError(reason) };
    } finally {
      this.busy = null;
    }
  }

  private findMissing(): Missing {
    const need = words.place.needs;
    const found: Missing = {};
    if (!this.bucket.trim()) found.bucket = need.bucket;
    if (!this.byProfile && !this.keyId.trim()) found.keyId = need.keyId;
    if (!this.byProfile && !this.secret.trim() && !this.secretKept) found.secret = need.secret;
    if (!this.asksAddress && !this.region.trim()) found.region = need.region;
    const address = this.asksAddress ? this.missingAddress() : null;
    return address ? { ...found, address } : found;
  }

  private missingOfGateway(): Missing {
    const address = this.missingAddress();
    const needsKey = !this.apiKey.trim() && !this.keyKept;
    return { ...(address ? { address } : {}), ...(needsKey ? { apiKey: words.place.needs.apiKey } : {}) };
  }

  private missingAddress(): string | null {
    const address = this.address.trim();
    if (!address) return words.place.needs.address;
    return /^[a-z]+:\/\//i.test(address) && !/^https?:\/\//i.test(address) ? words.place.needs.addressForm : null;
  }

  /** A profile stays what it was also where the files do not name it any more. */
  private fillProfile(name: string): void {
    this.signsIn = "profile";
    this.awsProfile = name;
    if (!this.awsProfiles.includes(name)) this.awsProfiles = [name, ...this.awsProfiles];
  }

  private fillEncryption(sse: string): void {
    const [, key] = /^(?:aws:)?kms:?(.*)$/.exec(sse) ?? [];
    this.encryption = sse === "" ? "place" : key === undefined ? "AES256" : "kms";
    this.kmsKey = key ?? "";
  }

  private fill(config: S3ConfigView): void {
    this.profile = config.profile;
    this.choice = config.kind === "local" ? "computer" : config.kind === "gateway" ? "gateway" : "provider";
    this.keyKept = config.kind === "gateway";
    this.folder = config.local_folder ?? "";
    this.provider = config.provider ?? "other";
    this.region = config.region;
    this.otherRegion = this.preset.regions.length > 0 && !this.preset.regions.some((r) => r.id === config.region);
    if (config.kind !== "s3") this.pickProvider(this.presets[0]?.id ?? "other");
    if (config.kind === "local") return;
    this.bucket = config.bucket_name;
    this.keyId = config.access_key_id;
    this.keptOf = config.access_key_id || null;
    if (config.aws_profile !== null) this.fillProfile(config.aws_profile);
    this.fillEncryption(config.sse ?? "");
    this.address = config.endpoint;
    this.caFile = config.ca_file ?? "";
    this.allowHttp = config.allow_http;
    this.prefix = config.path_prefix ?? "";
  }
}
