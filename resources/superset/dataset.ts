import type * as pulumi from "@pulumi/pulumi";
import { objectOf } from "../json";
import { request, type Session } from "./api";
import { zip } from "./asset-bundle";
import { type Columns, type Field, flag, optionalNumber, optionalText, rows, text } from "./fields";
import {
  type ObjectKind,
  type Registration,
  registrationProvider,
  type WriteRequest,
} from "./registration";
import { type Args, SupersetObject } from "./resource";

/** A column of a dataset. Charts use these, whatever the table has. */
export interface DatasetColumn {
  readonly column_name: string;
  /** SQL type as Superset reads it from the database: `TIMESTAMP`, `VARCHAR`, `BIGINT`, `DOUBLE`. */
  readonly type: string;
  /** Whether it is time. Without it Superset takes Druid's `__time` for a number. Default: false. */
  readonly is_dttm?: boolean;
  /** The name that people see. */
  readonly verbose_name?: string;
  readonly description?: string;
  /** SQL of a calculated column. */
  readonly expression?: string;
  /** Whether one can group by it. Default: true. */
  readonly groupby?: boolean;
  /** Whether one can filter by it. Default: true. */
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
  /** The database's number and UUID; a change of either replaces the dataset. */
  readonly databaseId: number;
  readonly databaseUuid: string;
  /** Druid's tables are in `druid`. Default: the database's default schema. */
  readonly schema?: string;
  /** The table need not exist yet. */
  readonly tableName: string;
  /** The column of time. */
  readonly mainDttmCol?: string;
  readonly description?: string;
  /** How long answers are cached, in seconds; -1 never. Default: the database's. */
  readonly cacheTimeout?: number;
  readonly columns: readonly DatasetColumn[];
  /** Default: none. */
  readonly metrics?: readonly DatasetMetric[];
}

export type SupersetDatasetArgs = Args<DatasetInputs>;

/** A dataset of Superset: a table, with the columns and metrics that charts are made of. Its natural key is the table. */
export class SupersetDataset extends SupersetObject {
  /** Superset's number of the dataset. */
  declare readonly datasetId: pulumi.Output<number>;

  constructor(name: string, args: SupersetDatasetArgs, options?: pulumi.CustomResourceOptions) {
    super("Dataset", name, args, options);
  }
}

const columnFields: readonly Field<DatasetColumn>[] = [
  text("column_name", "column_name"),
  text("type", "type"),
  flag("is_dttm", "is_dttm", false),
  flag("groupby", "groupby", true),
  flag("filterable", "filterable", true),
  optionalText("verbose_name", "verbose_name"),
  optionalText("description", "description"),
  optionalText("expression", "expression"),
];

const metricFields: readonly Field<DatasetMetric>[] = [
  text("metric_name", "metric_name"),
  text("expression", "expression"),
  optionalText("verbose_name", "verbose_name"),
  optionalText("description", "description"),
  optionalText("d3format", "d3format"),
];

const dataset: ObjectKind<DatasetInputs> = {
  path: "dataset",
  fields: [
    {
      name: "databaseId",
      column: "database",
      replaces: true,
      read: (live) => Number(objectOf(live.database).id),
    },
    {
      name: "databaseUuid",
      column: "database_uuid",
      replaces: true,
      write: (inputs) => inputs.databaseUuid,
    },
    optionalText("schema", "schema"),
    text("tableName", "table_name"),
    optionalText("mainDttmCol", "main_dttm_col"),
    optionalText("description", "description"),
    optionalNumber("cacheTimeout", "cache_timeout"),
    rows("columns", "column_name", columnFields, { is_active: true }),
    rows("metrics", "metric_name", metricFields),
  ],
  constants: { version: "1.0.0" },
  describe: ({ schema, tableName }) =>
    `dataset "${[schema, tableName].filter((part) => part !== undefined).join(".")}"`,
  validate: (inputs) => {
    const { mainDttmCol: main, columns } = inputs;
    const times = columns.filter((column) => column.is_dttm).map((column) => column.column_name);
    const names = columns.map((column) => column.column_name);
    return main === undefined || times.includes(main)
      ? []
      : [
          {
            property: "mainDttmCol",
            reason: `mainDttmCol of ${dataset.describe(inputs)} must be one of its columns with is_dttm, is "${main}"; the columns are ${names.join(", ")}`,
          },
        ];
  },
  naturalKey: ({ databaseId, tableName, schema }) => [
    { column: "database", operator: "rel_o_m", value: databaseId, answered: "database.id" },
    { column: "table_name", value: tableName },
    ...(schema === undefined ? [] : [{ column: "schema", value: schema }]),
  ],
  write: importDataset,
};

/** Exported for tests. */
export const datasetProvider = registrationProvider(dataset);

/**
 * Makes the dataset or overwrites it, columns and metrics included: every field is sent, so that one that was set by hand
 * is cleared. Only the import does not ask the database for the table, which Druid does not have before its first event.
 */
async function importDataset(session: Session, { json, about }: WriteRequest): Promise<Columns> {
  const metadata = { version: "1.0.0", type: "assets", timestamp: "1980-01-01T00:00:00+00:00" };
  // YAML reads JSON as it is.
  const bundle = zip({
    "assets/metadata.yaml": JSON.stringify(metadata),
    "assets/datasets/dataset.yaml": JSON.stringify({ ...json, sql: null }),
  });
  const form = new FormData();
  form.set("bundle", new Blob([new Uint8Array(bundle)]), "assets.zip");
  form.set("sparse", "true");
  return await request(session, {
    method: "POST",
    path: "/api/v1/assets/import/",
    about,
    form,
    idempotent: true,
    // Two at once add the same permission of the database twice, and Superset answers 500.
    oneAtATime: "import",
  });
}
