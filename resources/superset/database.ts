import * as pulumi from "@pulumi/pulumi";
import { errorText } from "../error-text";
import type { JsonObject } from "../json";
import { poll } from "../poll";
import { isStatus, request, type Session } from "./api";
import { type Columns, flag, jsonText, option, optionalNumber, text } from "./fields";
import {
  type ObjectKind,
  type Registration,
  registrationProvider,
  type WriteRequest,
} from "./registration";
import { type Args, SupersetObject } from "./resource";

interface DatabaseInputs extends Registration {
  /** The name that people see; unique in one Superset. */
  readonly databaseName: string;
  /** `druid://host:port/druid/v2/sql/`. Superset masks a password in it, so only its change here is noticed. */
  readonly sqlalchemyUri: string;
  /** Of the user that the URI names. Superset doesn't tell it, so only its change here is noticed. Default: none. */
  readonly databasePassword?: string;
  /** Superset's `extra`: engine parameters, metadata cache times and so on. Default: none. */
  readonly extra?: JsonObject;
  /** Default: true. */
  readonly exposeInSqllab?: boolean;
  /** Default: false. */
  readonly allowRunAsync?: boolean;
  /** Default: false. */
  readonly allowDml?: boolean;
  /** How long answers are cached, in seconds; -1 never. Default: Superset's. */
  readonly cacheTimeout?: number;
  /** How long to wait for the database behind the URI to answer, in ms. Default: 120,000. */
  readonly readyTimeoutMs?: number;
}

export type SupersetDatabaseArgs = Args<DatabaseInputs>;

/** A database connection of Superset; its natural key is its name. */
export class SupersetDatabase extends SupersetObject {
  /** Superset's number of the database. */
  declare readonly databaseId: pulumi.Output<number>;

  constructor(name: string, args: SupersetDatabaseArgs, options?: pulumi.CustomResourceOptions) {
    const secrets = { additionalSecretOutputs: ["databasePassword"] };
    super("Database", name, args, pulumi.mergeOptions(options, secrets));
  }
}

const database: ObjectKind<DatabaseInputs> = {
  path: "database",
  readPath: "/connection",
  fields: [
    text("databaseName", "database_name"),
    {
      ...text("sqlalchemyUri", "sqlalchemy_uri"),
      write: withPassword,
      read: ({ sqlalchemy_uri }, inputs) => {
        const uri = String(sqlalchemy_uri);
        if (inputs.databasePassword !== undefined) return uri.replace(`:${passwordMask}@`, "@");
        return uri === maskPassword(inputs.sqlalchemyUri) ? inputs.sqlalchemyUri : uri;
      },
    },
    {
      name: "databasePassword",
      column: "password",
      read: (_live, { databasePassword }) => databasePassword,
    },
    jsonText("extra", "extra"),
    flag("exposeInSqllab", "expose_in_sqllab", true),
    flag("allowRunAsync", "allow_run_async", false),
    flag("allowDml", "allow_dml", false),
    optionalNumber("cacheTimeout", "cache_timeout"),
    option("readyTimeoutMs", 120_000),
  ],
  describe: (inputs) => `database "${inputs.databaseName}"`,
  validate: (inputs) =>
    /^[a-z][a-z0-9+]*:\/\//.test(inputs.sqlalchemyUri)
      ? []
      : [
          {
            property: "sqlalchemyUri",
            reason: `sqlalchemyUri of ${database.describe(inputs)} must be like druid://host:port/druid/v2/sql/`,
          },
        ],
  naturalKey: (inputs) => [{ column: "database_name", value: inputs.databaseName }],
  write: whenReachable,
};

/** Exported for tests. */
export const databaseProvider = registrationProvider(database);

/** Superset asks the database itself before it stores it, so that one that is still starting is waited for. */
async function whenReachable(
  session: Session,
  options: WriteRequest,
  { sqlalchemyUri, readyTimeoutMs = 120_000 }: DatabaseInputs,
): Promise<Columns> {
  const failure = (last: string) =>
    new Error(
      `${last}. Superset could not reach ${maskPassword(sqlalchemyUri)} ` +
        `for ${Math.round(readyTimeoutMs / 1000)} s: is it running, and does Superset's image have its driver?`,
    );
  return await poll({ timeoutMs: readyTimeoutMs, pauseMs: 1_000, failure }, async (report) => {
    try {
      return await request(session, options);
    } catch (error) {
      const isRefused = [400, 422, 500].some((status) => isStatus(error, status));
      if (!isRefused || !/connect/i.test(errorText(error))) throw error;
      return report(errorText(error));
    }
  });
}

/** The URI as Superset takes it. */
function withPassword({ sqlalchemyUri, databasePassword }: DatabaseInputs): string {
  if (databasePassword === undefined) return sqlalchemyUri;
  return sqlalchemyUri.replace("@", `:${encodeURIComponent(databasePassword)}@`);
}

/** What Superset shows in place of a password. */
const passwordMask = "XXXXXXXXXX";

/** The URI as Superset shows it. */
function maskPassword(uri: string): string {
  return uri.replace(/^([^/]+:\/\/[^:@/]*):[^@/]*@/, `$1:${passwordMask}@`);
}
