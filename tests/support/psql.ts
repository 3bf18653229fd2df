/** psql within the server's own pod, and the passwords that the stack has made for PostgreSQL's roles. */
import type { StackOutputs } from "../../verify/outputs";
import { coreApi, execInPod } from "./kubernetes";

/** A key of the newest Secret whose name begins so. */
export async function secretOf(
  { namespace }: StackOutputs,
  prefix: string,
  key: string,
): Promise<string> {
  const { items } = await (await coreApi()).listNamespacedSecret({ namespace });
  const found = items
    .filter(({ metadata }) => metadata?.name?.startsWith(prefix))
    .sort(
      (a, b) => Number(b.metadata?.creationTimestamp) - Number(a.metadata?.creationTimestamp),
    )[0];
  return Buffer.from(found?.data?.[key] ?? "", "base64").toString("utf8");
}

const secrets = {
  postgres: ["postgres-databases-secret-", "PGPASSWORD"],
  superset: ["superset-secret-", "DATABASE_PASSWORD"],
} as const;

export type Role = keyof typeof secrets;

export function passwordOf(outputs: StackOutputs, role: Role): Promise<string> {
  const [prefix, key] = secrets[role];
  return secretOf(outputs, prefix, key);
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
