import type * as pulumi from "@pulumi/pulumi";
import type { PostgresUrl } from "../../settings";
import type { Data } from "../kubernetes/config";

/** What a client needs to reach its own database. */
export interface DatabaseAccess {
  readonly host: string;
  readonly port: number;
  /** Name of the database. */
  readonly name: string;
  readonly username: string;
  readonly password: pulumi.Output<string>;
  /** How the connection is encrypted, in libpq's terms. Default: as the client does by itself, and the server takes both. */
  readonly sslMode?: PostgresUrl["sslMode"];
  /** PEM of the authority that the server's certificate is held against. Default: the client's own list. */
  readonly authority?: pulumi.Input<string>;
  /**
   * Complete once role and database are there and the password is the role's. Who can't wait for that depends on it.
   * Default: they are there.
   */
  readonly job?: pulumi.Resource;
}

const authorityFile = "postgres-authority.pem";

/** The file of the authority, for a ConfigMap of the client's; none where there is none. */
export function authorityData({ authority }: DatabaseAccess): Data {
  return authority === undefined ? {} : { [authorityFile]: authority };
}

/** Where a client finds {@link authorityData} that is mounted in `folder`; undefined where there is none. */
export function authorityPath({ authority }: DatabaseAccess, folder: string): string | undefined {
  return authority === undefined ? undefined : `${folder}/${authorityFile}`;
}

/** The variables by which libpq's clients, and asyncpg, are told how to encrypt; none where that is theirs to say. */
export function sslVariables(
  access: DatabaseAccess,
  folder: string,
): { name: string; value: string }[] {
  const path = authorityPath(access, folder);
  return [
    ...(access.sslMode === undefined ? [] : [{ name: "PGSSLMODE", value: access.sslMode }]),
    ...(path === undefined ? [] : [{ name: "PGSSLROOTCERT", value: path }]),
  ];
}
