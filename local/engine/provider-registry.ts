import { UnsupportedError } from "./goal";
import type { Provider } from "./provider";
import { packageOfType, parseProviderReference, parseUrn } from "./urn";
import { containsUnknown, type PropertyMap } from "./values";

/** Makes the provider of a package; loaded when it is first needed, to keep the start lean. */
export type ProviderFactory = () => Promise<Provider>;

interface Entry {
  provider: Promise<Provider>;
  configured?: Promise<Provider>;
  inputs: PropertyMap;
}

/** The providers of a run, by reference (URN::id). Configured when first used. */
export class ProviderRegistry {
  private readonly entries = new Map<string, Entry>();
  private readonly unattached = new Map<string, Promise<Provider>>();

  constructor(private readonly factories: Record<string, ProviderFactory>) {}

  /** Throws {@link UnsupportedError} for a package without a provider. */
  refuseUnknown(packageName: string, type: string): void {
    if (!Object.hasOwn(this.factories, packageName)) {
      const known = Object.keys(this.factories).sort().join(", ");
      throw new UnsupportedError(
        `${type} is of the package "${packageName}", and there are providers for ${known} only`,
      );
    }
  }

  /** A provider without configuration, for checkConfig. */
  bare(packageName: string): Promise<Provider> {
    let provider = this.unattached.get(packageName);
    provider ??= this.create(packageName);
    this.unattached.set(packageName, provider);
    return provider;
  }

  /** Loads a package's provider ahead. A failure is told by what needs the provider. */
  async load(packageName: string): Promise<Provider | undefined> {
    if (!Object.hasOwn(this.factories, packageName)) return undefined;
    return this.bare(packageName).catch(() => undefined);
  }

  /** Has a provider start ahead what it needs, see {@link Provider.warmUp}. */
  async warmUp(packageName: string): Promise<void> {
    const provider = await this.load(packageName);
    provider?.warmUp?.();
  }

  set(reference: string, inputs: PropertyMap): void {
    const { urn } = parseProviderReference(reference);
    const packageName = packageOfType(parseUrn(urn).type);
    const provider = this.bare(packageName);
    this.unattached.delete(packageName);
    this.entries.set(reference, { provider, inputs });
  }

  has(reference: string): boolean {
    return this.entries.has(reference);
  }

  inputs(reference: string): PropertyMap | undefined {
    return this.entries.get(reference)?.inputs;
  }

  /**
   * The configured provider, or undefined when its configuration is not known yet (in a preview).
   * Throws when the reference was never set.
   */
  async get(reference: string): Promise<Provider | undefined> {
    const entry = this.entries.get(reference);
    if (!entry) throw new Error(`the provider ${reference} is not registered`);
    const { __internal: _, ...config } = entry.inputs;
    if (containsUnknown(config)) return undefined;
    entry.configured ??= entry.provider.then(async (provider) => {
      await provider.configure(config);
      return provider;
    });
    return entry.configured;
  }

  async close(): Promise<void> {
    const all = [...this.entries.values()]
      .map((e) => e.provider)
      .concat(...this.unattached.values());
    for (const starting of all) {
      const provider = await starting.catch(() => undefined);
      await provider?.close?.();
    }
  }

  private create(packageName: string): Promise<Provider> {
    this.refuseUnknown(packageName, packageName);
    const factory = this.factories[packageName] as ProviderFactory;
    return factory();
  }
}
