/** psql within the server's own pod, and the passwords that the stack has made for PostgreSQL's roles. */
import type { StackOutputs } from "../../verify/outputs";
import { execInPod, secretOf } from "./kubernetes";

const secrets = {
  postgres: ["postgres-databases-secret", "PGPASSWORD"],
  superset: ["superset-secret", "DATABASE_PASSWORD"],
} as const;

export type Role = keyof typeof secrets;

export async function passwordOf(outputs: StackOutputs, role: Role): Promise<string> {
  const [name, key] = secrets[role];
  return (await secretOf(outputs, name))[key] ?? "";
}

export interface PsqlLogin {
  readonly role: Role;
  readonly database: string;
  /** Default: the role's own. */
  readonly password?: string;
  /** Default: disable. */
  readonly sslMode?: string;
}

export const superset: PsqlLogin = { role: "superset", database: "superset" };
export const superuser: PsqlLogin = { role: "postgres", database: "postgres" };

/** psql's answer to a query. */
export async function psql(
  outputs: StackOutputs,
  { role, database, password, sslMode = "disable" }: PsqlLogin,
  query = "SELECT 1",
): Promise<{ ok: boolean; output: string }> {
  const login = `${role}:${password ?? (await passwordOf(outputs, role))}`;
  return execInPod(outputs.namespace, "postgres-0", "postgres", [
    "/usr/lib/postgresql/15/bin/psql",
    `postgresql://${login}@127.0.0.1:5432/${database}?sslmode=${sslMode}`,
    "--tuples-only",
    "--no-align",
    `--command=${query}`,
  ]);
}
