import Module from "node:module";
import * as pulumi from "@pulumi/pulumi";

/**
 * A provider as Pulumi runs it: written to text with all that it captures, and made from that text alone. A
 * value that is not serialized with a provider fails here as it would in a deployment.
 */
export async function revive<Inputs, Outputs>(
  provider: pulumi.dynamic.ResourceProvider<Inputs, Outputs>,
): Promise<Required<Omit<pulumi.dynamic.ResourceProvider<Inputs, Outputs>, "configure">>> {
  const { text } = await pulumi.runtime.serializeFunction(() => provider);
  const module = new RunnableModule("");
  module.paths = RunnableModule._nodeModulePaths(process.cwd());
  module._compile(text, "");
  return module.exports.handler();
}

/** Node's module class, with what is not in its types; the SDK's provider host revives providers by the same means. */
const RunnableModule = Module as unknown as {
  new (
    id: string,
  ): { paths: string[]; exports: { handler(): never }; _compile(text: string, file: string): void };
  _nodeModulePaths(folder: string): string[];
};
