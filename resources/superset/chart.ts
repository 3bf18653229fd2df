import type * as pulumi from "@pulumi/pulumi";
import { errorText } from "../error-text";
import { canonical, type JsonObject, jsonObjectOf, objectsOf, parseObject } from "../json";
import { request, type Session } from "./api";
import { option, optionalNumber, optionalText, text } from "./fields";
import { type ObjectKind, type Registration, registrationProvider } from "./registration";
import { type Args, SupersetObject } from "./resource";

interface ChartInputs extends Registration {
  /** The number of the dataset that it draws. */
  readonly datasetId: number;
  /** The title that people see. */
  readonly sliceName: string;
  /** The plugin that draws it, such as `pie` or `echarts_timeseries_bar`. */
  readonly vizType: string;
  /** Superset's form data, without `datasource` and `viz_type`, which are filled in. */
  readonly params: JsonObject;
  /** The queries of Superset's query context; with them `GET /chart/<id>/data/` answers before anyone has looked at the chart. */
  readonly queries: readonly JsonObject[];
  readonly description?: string;
  /** How long answers are cached, in seconds; -1 never. Default: the dataset's. */
  readonly cacheTimeout?: number;
  /** Whether Superset must answer the queries before the chart is stored. Default: false. */
  readonly isTried?: boolean;
}

export type SupersetChartArgs = Args<ChartInputs>;

/** A chart of Superset. With `adopt` the one chart of this title on this dataset is taken over. */
export class SupersetChart extends SupersetObject {
  /** Superset's number of the chart. */
  declare readonly chartId: pulumi.Output<number>;

  constructor(name: string, args: SupersetChartArgs, options?: pulumi.CustomResourceOptions) {
    super("Chart", name, args, options);
  }
}

const chart: ObjectKind<ChartInputs> = {
  path: "chart",
  fields: [
    optionalNumber("datasetId", "datasource_id"),
    text("sliceName", "slice_name"),
    text("vizType", "viz_type"),
    {
      name: "params",
      column: "params",
      write: (inputs) => canonical(formData(inputs)),
      read: (live) => {
        const { datasource, viz_type, slice_id, ...params } = parseObject(live.params);
        return jsonObjectOf(params);
      },
    },
    {
      name: "queries",
      column: "query_context",
      write: (inputs) => canonical(queryContext(inputs)),
      read: (live) => objectsOf(parseObject(live.query_context).queries).map(jsonObjectOf),
    },
    optionalText("description", "description"),
    optionalNumber("cacheTimeout", "cache_timeout"),
    option("isTried", false),
  ],
  constants: { datasource_type: "table" },
  describe: (inputs) => `chart "${inputs.sliceName}"`,
  validate: (inputs) =>
    inputs.queries.length > 0
      ? []
      : [{ property: "queries", reason: `queries of ${chart.describe(inputs)} must not be empty` }],
  naturalKey: (inputs) => [
    { column: "slice_name", value: inputs.sliceName },
    { column: "datasource_id", value: inputs.datasetId },
  ],
  // Titles are not unique in Superset, so another chart of the same title is no conflict.
  isKeyShared: true,
  write: async (session, options, inputs) => {
    if (inputs.isTried) await requireAnswer(session, inputs);
    return await request(session, options);
  },
};

/** Exported for tests. */
export const chartProvider = registrationProvider(chart);

function formData({ params, vizType, datasetId }: ChartInputs): JsonObject {
  return { ...params, viz_type: vizType, datasource: `${datasetId}__table` };
}

function queryContext(inputs: ChartInputs): JsonObject {
  return {
    datasource: { id: inputs.datasetId, type: "table" },
    force: false,
    queries: inputs.queries,
    form_data: formData(inputs),
    result_format: "json",
    result_type: "full",
  };
}

/** Druid has no table of a stream before its first event; that says nothing of the chart. */
const noTable = /Object '[^']*' not found/;

/** @throws Error with what Superset, or Druid through it, says of the chart's queries */
async function requireAnswer(session: Session, inputs: ChartInputs): Promise<void> {
  const about = `the data of ${chart.describe(inputs)}`;
  let said: string;
  try {
    const { result } = await request(session, {
      method: "POST",
      path: "/api/v1/chart/data",
      about,
      idempotent: true,
      json: { ...queryContext(inputs), force: true },
    });
    const failed = objectsOf(result).find(({ error }) => error);
    if (failed === undefined) return;
    said = `${String(failed.error)}\n${String(failed.query ?? "")}`;
  } catch (error) {
    said = errorText(error);
  }
  if (noTable.test(said)) return;
  throw new Error(
    `Superset cannot draw ${chart.describe(inputs)} as ${inputs.vizType}, so it was not stored; asked for its data, it says: ${said}`,
  );
}
