import type * as pulumi from "@pulumi/pulumi";
import type { PostgresUrl } from "../../settings";

/** What a client needs to reach its own database. */
export interface DatabaseAccess {
  readonly host: string;
  readonly port: number;
  /** Name of the database. */
  readonly name: string;
  readonly username: string;
  readonly password: pulumi.Output<string>;
  /** How the connection is encrypted, in libpq's terms. Default: as the client does by itself, and the stack's own server is not. */
  readonly sslMode?: PostgresUrl["sslMode"];
  /**
   * Complete once role and database are there and the password is the role's. Who can't wait for that depends on it.
   * Default: they are there.
   */
  readonly job?: pulumi.Resource;
}

/** The variable by which libpq's clients are told how to encrypt; none where that is theirs to say. */
export function sslMode({ sslMode }: DatabaseAccess): { name: string; value: string }[] {
  return sslMode === undefined ? [] : [{ name: "PGSSLMODE", value: sslMode }];
}
