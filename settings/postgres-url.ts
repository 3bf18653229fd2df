const sslModes = ["disable", "prefer", "require", "verify-ca", "verify-full"] as const;

/** A PostgreSQL server, and a user of it. */
export interface PostgresUrl {
  readonly host: string;
  readonly port: number;
  /** Name of the database. */
  readonly name: string;
  readonly username: string;
  /** How connections are encrypted, in libpq's terms. */
  readonly sslMode: (typeof sslModes)[number];
}

/**
 * The parts of a server's URL in libpq's form, with libpq's defaults (port 5432, sslmode prefer), except that the default
 * database is `postgres`. Undefined if the text is no such URL, has a password (which has a config key of its own), or has
 * an unknown parameter.
 */
export function readPostgresUrl(text: string): PostgresUrl | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port, pathname, username, password, searchParams } = new URL(text);
  const asked = searchParams.get("sslmode") ?? "prefer";
  const sslMode = sslModes.find((mode) => mode === asked);
  const isPostgres = ["postgresql:", "postgres:"].includes(protocol);
  const isKnown = [...searchParams.keys()].every((key) => key === "sslmode") && password === "";
  if (!isPostgres || !isKnown || !sslMode || !hostname || !username) return undefined;
  return {
    host: hostname,
    port: Number(port || 5432),
    name: decodeURIComponent(pathname.slice(1)) || "postgres",
    username: decodeURIComponent(username),
    sslMode,
  };
}
