import assert from "node:assert/strict";
import Module from "node:module";
import type { dynamic } from "@pulumi/pulumi";
import { providerText } from "../dynamic-resource";
import { providers } from "../providers";

/** A provider as Pulumi runs it: made from the text that states hold, in the project's folder. */
export async function revive<Inputs, Outputs>(
  provider: dynamic.ResourceProvider<Inputs, Outputs>,
): Promise<Required<Omit<dynamic.ResourceProvider<Inputs, Outputs>, "configure">>> {
  const [kind] = Object.entries(providers).find(([, one]) => Object.is(one, provider)) ?? [];
  assert.ok(kind, "providers.ts lacks the provider");
  const module = new RunnableModule("");
  module.paths = RunnableModule._nodeModulePaths(process.cwd());
  module._compile(providerText(kind), "");
  return module.exports.handler();
}

/** Node's module class, with what is not in its types; the SDK's provider host runs the texts by the same means. */
const RunnableModule = Module as unknown as {
  new (
    id: string,
  ): { paths: string[]; exports: { handler(): never }; _compile(text: string, file: string): void };
  _nodeModulePaths(folder: string): string[];
};
