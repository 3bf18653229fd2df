import type { Databases } from "./databases";
import { type ExternalDatabase, ExternalPostgres } from "./external";
import { Postgres, type PostgresArgs } from "./postgres";

export interface DatabaseServerArgs extends PostgresArgs {
  /** A server that is there already. Default: the stack has one of its own. */
  readonly external?: ExternalDatabase;
}

/** Where the services keep their metadata: databases in a server of the stack's own, or in another. */
export function createDatabaseServer(
  name: string,
  { external, ...args }: DatabaseServerArgs,
): Databases {
  const { databases } = external
    ? new ExternalPostgres(name, { ...args, external })
    : new Postgres(name, args);
  return databases;
}
