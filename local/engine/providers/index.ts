import type { ProviderFactory } from "../provider-registry";
import { createDynamicProvider, type DynamicHostOptions } from "./dynamic";

/** The packages that the embedded engine has providers for. */
export function providerFactories(host: DynamicHostOptions): Record<string, ProviderFactory> {
  return {
    "pulumi-nodejs": async () => createDynamicProvider(host),
    random: async () => (await import("./random.js")).createRandomProvider(),
  };
}
