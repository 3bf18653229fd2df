import type * as pulumi from "@pulumi/pulumi";
import type { PostgresUrl } from "../../settings";

/** What a client needs to reach its own database. */
export interface DatabaseAccess {
  host: string;
  port: number;
  /** Name of the database. */
  name: string;
  username: string;
  password: pulumi.Output<string>;
  /** How the connection is encrypted, in libpq's terms. Default: as the client does by itself, and the stack's own server is not. */
  sslMode?: PostgresUrl["sslMode"];
  /** What makes role and database, where that isn't the server. Default: they are there once the server runs. */
  maker?: pulumi.Resource;
}

/** A PostgreSQL server with a database and a role for each of its clients. */
export interface DatabaseServer {
  /** Who may make roles and databases: for what makes its own in a running server. */
  readonly superuser: DatabaseAccess;
  /** Name of a client's role and database, whether the server makes them or the client does. */
  nameOf(client: string): string;
  /**
   * How `client` reaches its database.
   *
   * @throws Error when it isn't one that the server was told of
   */
  access(client: string): DatabaseAccess;
}

/** The databases that a server was told to make, by client. */
export class Databases {
  constructor(private readonly byClient: ReadonlyMap<string, DatabaseAccess>) {}

  access(client: string): DatabaseAccess {
    const access = this.byClient.get(client);
    if (!access) {
      throw new Error(`postgres has no client ${client}; it has: ${[...this.byClient.keys()]}`);
    }
    return access;
  }
}

/** The variable by which libpq's clients are told how to encrypt; none where that is theirs to say. */
export function sslMode({ sslMode }: DatabaseAccess): { name: string; value: string }[] {
  return sslMode === undefined ? [] : [{ name: "PGSSLMODE", value: sslMode }];
}
