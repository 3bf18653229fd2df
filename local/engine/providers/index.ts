import type { ProviderFactory } from "../provider-registry";
import { createDynamicProvider, type DynamicHostOptions } from "./dynamic";

/** The packages that the embedded engine has providers for. */
export function providerFactories(host: DynamicHostOptions): Record<string, ProviderFactory> {
  return {
    "pulumi-nodejs": async () => createDynamicProvider(host),
    docker: async () => (await import("./docker/index.js")).createDockerProvider(),
    kubernetes: async () => (await import("./kubernetes/index.js")).createKubernetesProvider(),
    random: async () => (await import("./random.js")).createRandomProvider(),
  };
}
