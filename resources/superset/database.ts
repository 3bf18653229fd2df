import * as pulumi from "@pulumi/pulumi";
import type { HttpConnection } from "../connection";
import { isSame } from "../drift";
import { errorText } from "../error-text";
import { canonical, type JsonObject, jsonObjectOf, numberOf, parseObject } from "../json";
import { poll } from "../poll";
import { getObject, isStatus, request, type Session } from "./api";
import { findObjects } from "./lookup";
import { type ObjectKind, type Registration, registrationProvider } from "./registration";

interface DatabaseInputs extends Registration {
  readonly databaseName: string;
  readonly sqlalchemyUri: string;
  readonly extra: JsonObject;
  readonly exposeInSqllab: boolean;
  readonly allowRunAsync: boolean;
  readonly allowDml: boolean;
  readonly cacheTimeout?: number;
  readonly managedExternally: boolean;
  readonly readyTimeoutMs: number;
}

export interface SupersetDatabaseArgs {
  readonly connection: pulumi.Input<HttpConnection>;
  readonly username: pulumi.Input<string>;
  readonly password: pulumi.Input<string>;
  /** Fixed identity: see `objectUuid`. A change replaces the database. */
  readonly uuid: pulumi.Input<string>;
  /** The name that people see; unique in one Superset. */
  readonly databaseName: pulumi.Input<string>;
  /** `druid://host:port/druid/v2/sql/`. Superset masks a password in it, so only its change here is noticed. */
  readonly sqlalchemyUri: pulumi.Input<string>;
  /** Superset's `extra`: engine parameters, metadata cache times and so on. Default: none. */
  readonly extra?: pulumi.Input<JsonObject>;
  /** Default true. */
  readonly exposeInSqllab?: pulumi.Input<boolean>;
  /** Default false. */
  readonly allowRunAsync?: pulumi.Input<boolean>;
  /** Default false. */
  readonly allowDml?: pulumi.Input<boolean>;
  /** How long answers are cached, in seconds; -1 never. Default: Superset's. */
  readonly cacheTimeout?: pulumi.Input<number>;
  /** Superset's own pages then do not let people edit it. Default true. */
  readonly managedExternally?: pulumi.Input<boolean>;
  /** How long to wait for the database behind the URI to answer, in ms. Default 120,000. */
  readonly readyTimeoutMs?: pulumi.Input<number>;
  /** Take over a database of this name that somebody else made. Default false: that is an error. */
  readonly adopt?: pulumi.Input<boolean>;
}

/** A database connection of Superset. */
export class SupersetDatabase extends pulumi.dynamic.Resource {
  /** Superset's number of the database. */
  declare readonly databaseId: pulumi.Output<number>;
  declare readonly uuid: pulumi.Output<string>;
  declare readonly databaseName: pulumi.Output<string>;

  constructor(name: string, args: SupersetDatabaseArgs, options?: pulumi.CustomResourceOptions) {
    const props = { ...args, password: pulumi.secret(args.password), databaseId: undefined };
    const secrets = { additionalSecretOutputs: ["password"] };
    super(
      databaseProvider,
      name,
      props,
      pulumi.mergeOptions(options, secrets),
      "superset",
      "Database",
    );
  }
}

const database: ObjectKind<DatabaseInputs> = {
  path: "database",
  idOutput: "databaseId",
  fields: [
    "databaseName",
    "sqlalchemyUri",
    "extra",
    "exposeInSqllab",
    "allowRunAsync",
    "allowDml",
    "cacheTimeout",
    "managedExternally",
  ],
  replaceOn: [],
  configureAfterInsert: false,
  describe: (inputs) => `database "${inputs.databaseName}"`,
  complete: (inputs) => ({
    ...inputs,
    adopt: inputs.adopt ?? false,
    extra: inputs.extra ?? {},
    exposeInSqllab: inputs.exposeInSqllab ?? true,
    allowRunAsync: inputs.allowRunAsync ?? false,
    allowDml: inputs.allowDml ?? false,
    managedExternally: inputs.managedExternally ?? true,
    readyTimeoutMs: inputs.readyTimeoutMs ?? 120_000,
  }),
  validate: (inputs) =>
    /^[a-z][a-z0-9+]*:\/\//.test(inputs.sqlalchemyUri)
      ? []
      : [
          {
            property: "sqlalchemyUri",
            reason: `sqlalchemyUri of database "${inputs.databaseName}" must be like druid://host:port/druid/v2/sql/`,
          },
        ],
  findRival: async (session, inputs) =>
    (
      await findObjects(session, "database", [
        { column: "database_name", value: inputs.databaseName },
      ])
    )[0],
  insert: async (session, inputs) => {
    const made = await whenReachable(session, inputs, "POST", "/api/v1/database/");
    return Number(made.id);
  },
  configure: async (session, id, inputs) => {
    await whenReachable(session, inputs, "PUT", `/api/v1/database/${id}`);
  },
  readLive: async (session, id, inputs) => {
    const live = await getObject(session, "database", id, "/connection");
    if (live?.id === undefined) {
      return undefined;
    }
    const uri = String(live.sqlalchemy_uri);
    const extra = jsonObjectOf(parseObject(live.extra));
    return {
      databaseName: String(live.database_name),
      sqlalchemyUri: uri === maskPassword(inputs.sqlalchemyUri) ? inputs.sqlalchemyUri : uri,
      extra: isSame(extra, inputs.extra) ? inputs.extra : extra,
      exposeInSqllab: live.expose_in_sqllab === true,
      allowRunAsync: live.allow_run_async === true,
      allowDml: live.allow_dml === true,
      cacheTimeout: numberOf(live.cache_timeout),
      managedExternally: live.is_managed_externally === true,
    };
  },
};

export const databaseProvider = registrationProvider(database);

/** Superset asks the database itself before it stores it, so that one that is still starting is waited for. */
async function whenReachable(
  session: Session,
  inputs: DatabaseInputs,
  method: "POST" | "PUT",
  path: string,
): Promise<Record<string, unknown>> {
  const about = database.describe(inputs);
  const failure = (last: string) =>
    new Error(
      `${last}. Superset could not reach ${maskPassword(inputs.sqlalchemyUri)} ` +
        `for ${Math.round(inputs.readyTimeoutMs / 1000)} s: is it running, and does Superset's image have its driver?`,
    );
  return await poll({ timeoutMs: inputs.readyTimeoutMs, pauseMs: 1_000, failure }, async (tell) => {
    try {
      return await request(session, { method, path, about, json: body(inputs) });
    } catch (error) {
      const refused = isStatus(error, 400) || isStatus(error, 422) || isStatus(error, 500);
      if (!refused || !/connect/i.test(errorText(error))) throw error;
      return tell(errorText(error));
    }
  });
}

function body(inputs: DatabaseInputs): Record<string, unknown> {
  return {
    uuid: inputs.uuid,
    database_name: inputs.databaseName,
    sqlalchemy_uri: inputs.sqlalchemyUri,
    extra: canonical(inputs.extra),
    expose_in_sqllab: inputs.exposeInSqllab,
    allow_run_async: inputs.allowRunAsync,
    allow_dml: inputs.allowDml,
    cache_timeout: inputs.cacheTimeout ?? null,
    is_managed_externally: inputs.managedExternally,
  };
}

/** The URI as Superset shows it. */
function maskPassword(uri: string): string {
  return uri.replace(/^([^/]+:\/\/[^:@/]*):[^@/]*@/, "$1:XXXXXXXXXX@");
}
