import * as pulumi from "@pulumi/pulumi";
import type { PostgresUrl } from "../../settings";
import { App } from "../kubernetes/app";
import { createDatabases, type Databases } from "./databases";
import type { PostgresArgs } from "./postgres";

/** A server that is there already, and a user who may make roles and databases in it. */
export interface ExternalDatabase extends PostgresUrl {
  readonly password: pulumi.Output<string>;
  /** PEM of the authority that its certificate is held against. */
  readonly authority?: string;
}

export interface ExternalPostgresArgs extends PostgresArgs {
  readonly external: ExternalDatabase;
}

/** PostgreSQL cuts longer names off. */
const longestName = 63;

/**
 * Databases and roles in a PostgreSQL server that is none of the stack's. Their names begin with the project's and the
 * stack's, so that stacks can share a server. A destroy leaves them: only their owner can tell what else uses them.
 */
export class ExternalPostgres extends pulumi.ComponentResource {
  readonly databases: Databases;

  constructor(name: string, args: ExternalPostgresArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:ExternalPostgres", name, {}, opts);
    const { external, namespace, ...rest } = args;
    const version = args.values.image.tag;
    const app = new App({ name: "postgres", version, namespace, parent: this, resourceName: name });
    this.databases = createDatabases(app, {
      ...rest,
      administrator: external,
      nameOf: nameInStack,
    });
    this.registerOutputs({ host: external.host });
  }
}

/** @throws Error when the names of project, stack and client together are too long for PostgreSQL */
function nameInStack(client: string): string {
  const name = [pulumi.getProject(), pulumi.getStack(), client]
    .join("_")
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]/g, "_");
  if (name.length > longestName) {
    throw new Error(`${name} is longer than a role's name may be, ${longestName} characters`);
  }
  return name;
}
