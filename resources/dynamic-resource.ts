import { CustomResource, type CustomResourceOptions, type Inputs } from "@pulumi/pulumi";

/**
 * A resource whose provider is TypeScript of this project, run by the SDK's host of dynamic providers.
 *
 * `dynamic.Resource` is the same but for the provider's text, which the state keeps: there it is the provider's whole
 * code. Writing that takes a third of a run's time, every edit of it is an update of each resource, and it makes up
 * most of the state. Here the text loads the code from the project's folder.
 */
export abstract class DynamicResource extends CustomResource {
  /**
   * @param kind of those in providers.ts, such as `kafka:Topic`
   * @param props inputs, and as undefined the outputs that the provider adds
   */
  constructor(kind: string, name: string, props: Inputs, options?: CustomResourceOptions) {
    super(
      `pulumi-nodejs:dynamic/${kind}`,
      name,
      { ...props, __provider: providerText(kind) },
      options,
    );
  }
}

/** A module whose `handler` returns the provider. The SDK's host runs it in the project's folder. */
export function providerText(kind: string): string {
  return `exports.handler = () => require(require("node:path").resolve("resources/load-provider.cjs"))("${kind}");\n`;
}
