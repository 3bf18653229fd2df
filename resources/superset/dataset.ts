import * as pulumi from "@pulumi/pulumi";
import type { HttpConnection } from "../connection";
import { isSame } from "../drift";
import { numberOf, objectOf, objectsOf, textOf } from "../json";
import { getObject, request, type Session } from "./api";
import { zip } from "./asset-bundle";
import { findByUuid, findObjects } from "./lookup";
import { type ObjectKind, type Registration, registrationProvider } from "./registration";

/** A column of a dataset. Charts see these, and not what the table happens to have. */
export interface DatasetColumn {
  readonly column_name: string;
  /** SQL type as Superset reads it from the database: `TIMESTAMP`, `VARCHAR`, `BIGINT`, `DOUBLE`. */
  readonly type: string;
  /** Whether it is time. Without it Superset takes Druid's `__time` for a number. Default false. */
  readonly is_dttm?: boolean;
  /** The name that people see. */
  readonly verbose_name?: string;
  readonly description?: string;
  /** SQL of a calculated column. */
  readonly expression?: string;
  /** Whether one can group by it. Default true. */
  readonly groupby?: boolean;
  /** Whether one can filter by it. Default true. */
  readonly filterable?: boolean;
}

/** A metric that is saved with the dataset. */
export interface DatasetMetric {
  readonly metric_name: string;
  /** Its SQL. */
  readonly expression: string;
  readonly verbose_name?: string;
  readonly description?: string;
  /** How its values are written, in d3's notation. */
  readonly d3format?: string;
}

interface DatasetInputs extends Registration {
  readonly databaseId: number;
  readonly databaseUuid: string;
  readonly schema?: string;
  readonly tableName: string;
  readonly mainDttmCol?: string;
  readonly description?: string;
  readonly cacheTimeout?: number;
  readonly columns: readonly DatasetColumn[];
  readonly metrics: readonly DatasetMetric[];
  readonly managedExternally: boolean;
}

export interface SupersetDatasetArgs {
  readonly connection: pulumi.Input<HttpConnection>;
  readonly username: pulumi.Input<string>;
  readonly password: pulumi.Input<string>;
  /** Fixed identity: see `objectUuid`. A change replaces the dataset. */
  readonly uuid: pulumi.Input<string>;
  /** The database's number and UUID; a change of either replaces the dataset. */
  readonly databaseId: pulumi.Input<number>;
  readonly databaseUuid: pulumi.Input<string>;
  /** Druid's tables are in `druid`. Default: the database's default schema. */
  readonly schema?: pulumi.Input<string>;
  /** The table need not exist yet. */
  readonly tableName: pulumi.Input<string>;
  /** The column of time. */
  readonly mainDttmCol?: pulumi.Input<string>;
  readonly description?: pulumi.Input<string>;
  /** How long answers are cached, in seconds; -1 never. Default: the database's. */
  readonly cacheTimeout?: pulumi.Input<number>;
  readonly columns: pulumi.Input<readonly DatasetColumn[]>;
  /** Default: none. */
  readonly metrics?: pulumi.Input<readonly DatasetMetric[]>;
  /** Superset's own pages then do not let people edit it. Default true. */
  readonly managedExternally?: pulumi.Input<boolean>;
  /** Take over a dataset of this table that somebody else made. Default false: that is an error. */
  readonly adopt?: pulumi.Input<boolean>;
}

/** A dataset of Superset: a table, with the columns and metrics that charts are made of. */
export class SupersetDataset extends pulumi.dynamic.Resource {
  /** Superset's number of the dataset. */
  declare readonly datasetId: pulumi.Output<number>;
  declare readonly uuid: pulumi.Output<string>;

  constructor(name: string, args: SupersetDatasetArgs, options?: pulumi.CustomResourceOptions) {
    const props = { ...args, password: pulumi.secret(args.password), datasetId: undefined };
    const secrets = { additionalSecretOutputs: ["password"] };
    super(
      datasetProvider,
      name,
      props,
      pulumi.mergeOptions(options, secrets),
      "superset",
      "Dataset",
    );
  }
}

const dataset: ObjectKind<DatasetInputs> = {
  path: "dataset",
  idOutput: "datasetId",
  fields: [
    "schema",
    "tableName",
    "mainDttmCol",
    "description",
    "cacheTimeout",
    "columns",
    "metrics",
    "managedExternally",
  ],
  replaceOn: ["databaseId", "databaseUuid"],
  configureAfterInsert: false,
  describe: (inputs) =>
    `dataset "${inputs.schema === undefined ? "" : `${inputs.schema}.`}${inputs.tableName}"`,
  complete: (inputs) => ({
    ...inputs,
    adopt: inputs.adopt ?? false,
    description: textOf(inputs.description),
    // In a preview they may be unknown, and then are no array.
    columns: Array.isArray(inputs.columns)
      ? inputs.columns.map((column: DatasetColumn) => ({
          ...column,
          is_dttm: column.is_dttm ?? false,
          groupby: column.groupby ?? true,
          filterable: column.filterable ?? true,
        }))
      : inputs.columns,
    metrics: inputs.metrics ?? [],
    managedExternally: inputs.managedExternally ?? true,
  }),
  validate: (inputs) => {
    const names = inputs.columns.map((column) => column.column_name);
    const main = inputs.mainDttmCol;
    return main === undefined ||
      inputs.columns.some((column) => column.column_name === main && column.is_dttm)
      ? []
      : [
          {
            property: "mainDttmCol",
            reason: `mainDttmCol of ${dataset.describe(inputs)} must be one of its columns with is_dttm, is "${main}"; the columns are ${names.join(", ")}`,
          },
        ];
  },
  findRival: async (session, inputs) => {
    const filters = [
      {
        column: "database",
        operator: "rel_o_m",
        value: inputs.databaseId,
        answered: "database.id",
      },
      { column: "table_name", value: inputs.tableName },
      ...(inputs.schema === undefined ? [] : [{ column: "schema", value: inputs.schema }]),
    ];
    return (await findObjects(session, "dataset", filters))[0];
  },
  insert: async (session, inputs) => {
    await importDataset(session, inputs);
    const made = await findByUuid(session, "dataset", inputs.uuid);
    if (made === undefined) {
      throw new Error(
        `Superset took the import of ${dataset.describe(inputs)} and has no such dataset: see its log`,
      );
    }
    return made;
  },
  configure: async (session, _id, inputs) => importDataset(session, inputs),
  readLive: async (session, id, inputs) => {
    const live = await getObject(session, "dataset", id);
    if (live === undefined) {
      return undefined;
    }
    const columns = inOrderOf(
      inputs.columns,
      objectsOf(live.columns).map(liveColumn),
      "column_name",
    );
    const metrics = inOrderOf(
      inputs.metrics,
      objectsOf(live.metrics).map(liveMetric),
      "metric_name",
    );
    return {
      databaseId: Number(objectOf(live.database).id),
      schema: textOf(live.schema),
      tableName: String(live.table_name),
      mainDttmCol: textOf(live.main_dttm_col),
      description: textOf(live.description),
      cacheTimeout: numberOf(live.cache_timeout),
      columns: isSame(columns, inputs.columns) ? inputs.columns : columns,
      metrics: isSame(metrics, inputs.metrics) ? inputs.metrics : metrics,
      managedExternally: live.is_managed_externally === true,
    };
  },
};

export const datasetProvider = registrationProvider(dataset);

/**
 * Makes the dataset or overwrites it, columns and metrics included. The import is the one way that does not ask the
 * database for the table, which Druid only has once its first event is in.
 */
async function importDataset(session: Session, inputs: DatasetInputs): Promise<void> {
  const metadata = { version: "1.0.0", type: "assets", timestamp: "1980-01-01T00:00:00+00:00" };
  // YAML reads JSON as it is.
  const bundle = await zip({
    "assets/metadata.yaml": JSON.stringify(metadata),
    "assets/datasets/dataset.yaml": JSON.stringify(importForm(inputs)),
  });
  const form = new FormData();
  form.set("bundle", new Blob([new Uint8Array(bundle)]), "assets.zip");
  form.set("sparse", "true");
  await request(session, {
    method: "POST",
    path: "/api/v1/assets/import/",
    about: dataset.describe(inputs),
    form,
    idempotent: true,
  });
}

/** Every field is named, so that one that was set by hand is put back to nothing. */
function importForm(inputs: DatasetInputs): Record<string, unknown> {
  return {
    version: "1.0.0",
    uuid: inputs.uuid,
    database_uuid: inputs.databaseUuid,
    schema: inputs.schema ?? null,
    table_name: inputs.tableName,
    main_dttm_col: inputs.mainDttmCol ?? null,
    description: inputs.description ?? null,
    cache_timeout: inputs.cacheTimeout ?? null,
    sql: null,
    is_managed_externally: inputs.managedExternally,
    columns: inputs.columns.map((column) => ({
      column_name: column.column_name,
      type: column.type,
      is_dttm: column.is_dttm ?? false,
      is_active: true,
      groupby: column.groupby ?? true,
      filterable: column.filterable ?? true,
      verbose_name: column.verbose_name ?? null,
      description: column.description ?? null,
      expression: column.expression ?? null,
    })),
    metrics: inputs.metrics.map((metric) => ({
      metric_name: metric.metric_name,
      expression: metric.expression,
      verbose_name: metric.verbose_name ?? null,
      description: metric.description ?? null,
      d3format: metric.d3format ?? null,
    })),
  };
}

function liveColumn(column: Record<string, unknown>): DatasetColumn {
  return {
    column_name: String(column.column_name),
    type: String(column.type),
    is_dttm: column.is_dttm === true,
    verbose_name: textOf(column.verbose_name),
    description: textOf(column.description),
    expression: textOf(column.expression),
    groupby: column.groupby === true,
    filterable: column.filterable === true,
  };
}

function liveMetric(metric: Record<string, unknown>): DatasetMetric {
  return {
    metric_name: String(metric.metric_name),
    expression: String(metric.expression),
    verbose_name: textOf(metric.verbose_name),
    description: textOf(metric.description),
    d3format: textOf(metric.d3format),
  };
}

/** Superset gives them in no order that means anything. */
function inOrderOf<T, K extends keyof T>(
  wanted: readonly T[],
  found: readonly T[],
  name: K,
): readonly T[] {
  const order = wanted.map((item) => item[name]);
  const place = (item: T) => {
    const index = order.indexOf(item[name]);
    return index < 0 ? order.length : index;
  };
  return [...found].sort((left, right) => place(left) - place(right));
}
