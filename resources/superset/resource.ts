import * as pulumi from "@pulumi/pulumi";
import { DynamicResource } from "../dynamic-resource";
import type { Registration } from "./registration";

/** What an object's resource takes: the provider's inputs, of which each may be known only later. */
export type Args<I extends Registration> = { readonly [K in keyof I]: pulumi.Input<I[K]> };

/** The resource of an object of Superset, with its password kept secret. */
export abstract class SupersetObject extends DynamicResource {
  declare readonly uuid: pulumi.Output<string>;

  /** @param type also names the output that has Superset's own number: `chartId` of a `Chart` */
  constructor(
    type: "Database" | "Dataset" | "Chart" | "Dashboard",
    name: string,
    args: Args<Registration>,
    options?: pulumi.CustomResourceOptions,
  ) {
    const number = { [`${type.toLowerCase()}Id`]: undefined };
    const props = { ...args, password: pulumi.secret(args.password), ...number };
    const secrets = { additionalSecretOutputs: ["password"] };
    super(`superset:${type}`, name, props, pulumi.mergeOptions(options, secrets));
  }
}
