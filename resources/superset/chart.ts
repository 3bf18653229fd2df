import * as pulumi from "@pulumi/pulumi";
import type { HttpConnection } from "../connection";
import { isSame } from "../drift";
import {
  canonical,
  type JsonObject,
  jsonObjectOf,
  numberOf,
  objectsOf,
  parseObject,
  textOf,
} from "../json";
import { getObject, request } from "./api";
import { findObjects } from "./lookup";
import { type ObjectKind, type Registration, registrationProvider } from "./registration";

interface ChartInputs extends Registration {
  readonly datasetId: number;
  readonly sliceName: string;
  readonly vizType: string;
  readonly params: JsonObject;
  readonly queries: readonly JsonObject[];
  readonly description?: string;
  readonly cacheTimeout?: number;
  readonly managedExternally: boolean;
}

export interface SupersetChartArgs {
  readonly connection: pulumi.Input<HttpConnection>;
  readonly username: pulumi.Input<string>;
  readonly password: pulumi.Input<string>;
  /** Fixed identity: see `objectUuid`. A change replaces the chart. */
  readonly uuid: pulumi.Input<string>;
  /** The number of the dataset that it draws. */
  readonly datasetId: pulumi.Input<number>;
  /** The title that people see. */
  readonly sliceName: pulumi.Input<string>;
  /** The plugin that draws it, such as `pie` or `echarts_timeseries_bar`. */
  readonly vizType: pulumi.Input<string>;
  /** Superset's form data, without `datasource` and `viz_type`, which are filled in. */
  readonly params: pulumi.Input<JsonObject>;
  /** The queries of Superset's query context; with them `GET /chart/<id>/data/` answers before anyone opened the chart. */
  readonly queries: pulumi.Input<readonly JsonObject[]>;
  readonly description?: pulumi.Input<string>;
  /** How long answers are cached, in seconds; -1 never. Default: the dataset's. */
  readonly cacheTimeout?: pulumi.Input<number>;
  /** Superset's own pages then do not let people edit it. Default true. */
  readonly managedExternally?: pulumi.Input<boolean>;
  /** Take over the one chart of this title on this dataset that somebody else made. Default false: make another. */
  readonly adopt?: pulumi.Input<boolean>;
}

/** A chart of Superset. */
export class SupersetChart extends pulumi.dynamic.Resource {
  /** Superset's number of the chart. */
  declare readonly chartId: pulumi.Output<number>;
  declare readonly uuid: pulumi.Output<string>;
  declare readonly sliceName: pulumi.Output<string>;

  constructor(name: string, args: SupersetChartArgs, options?: pulumi.CustomResourceOptions) {
    const props = { ...args, password: pulumi.secret(args.password), chartId: undefined };
    const secrets = { additionalSecretOutputs: ["password"] };
    super(chartProvider, name, props, pulumi.mergeOptions(options, secrets), "superset", "Chart");
  }
}

const chart: ObjectKind<ChartInputs> = {
  path: "chart",
  idOutput: "chartId",
  fields: [
    "datasetId",
    "sliceName",
    "vizType",
    "params",
    "queries",
    "description",
    "cacheTimeout",
    "managedExternally",
  ],
  replaceOn: [],
  configureAfterInsert: false,
  describe: (inputs) => `chart "${inputs.sliceName}"`,
  complete: (inputs) => ({
    ...inputs,
    adopt: inputs.adopt ?? false,
    description: textOf(inputs.description),
    managedExternally: inputs.managedExternally ?? true,
  }),
  validate: (inputs) =>
    inputs.queries.length > 0
      ? []
      : [{ property: "queries", reason: `queries of ${chart.describe(inputs)} must not be empty` }],
  // Titles are not unique in Superset, so that a chart of the same title is in nobody's way.
  findRival: async (session, inputs) => {
    if (!inputs.adopt) {
      return undefined;
    }
    const found = await findObjects(session, "chart", [
      { column: "slice_name", value: inputs.sliceName },
      { column: "datasource_id", value: inputs.datasetId },
    ]);
    return found.length === 1 ? found[0] : undefined;
  },
  insert: async (session, inputs) => {
    const about = chart.describe(inputs);
    const json = body(inputs);
    const made = await request(session, { method: "POST", path: "/api/v1/chart/", about, json });
    return Number(made.id);
  },
  configure: async (session, id, inputs) => {
    const about = chart.describe(inputs);
    const json = body(inputs);
    await request(session, { method: "PUT", path: `/api/v1/chart/${id}`, about, json });
  },
  readLive: async (session, id, inputs) => {
    const live = await getObject(session, "chart", id);
    if (live === undefined) {
      return undefined;
    }
    const { datasource, viz_type, slice_id, ...params } = parseObject(live.params);
    const queries = objectsOf(parseObject(live.query_context).queries);
    return {
      datasetId: Number(live.datasource_id),
      sliceName: String(live.slice_name),
      vizType: String(live.viz_type),
      params: isSame(params, inputs.params) ? inputs.params : jsonObjectOf(params),
      queries: isSame(queries, inputs.queries) ? inputs.queries : queries.map(jsonObjectOf),
      description: textOf(live.description),
      cacheTimeout: numberOf(live.cache_timeout),
      managedExternally: live.is_managed_externally === true,
    };
  },
};

export const chartProvider = registrationProvider(chart);

function body(inputs: ChartInputs): Record<string, unknown> {
  const formData = {
    ...inputs.params,
    viz_type: inputs.vizType,
    datasource: `${inputs.datasetId}__table`,
  };
  return {
    uuid: inputs.uuid,
    slice_name: inputs.sliceName,
    viz_type: inputs.vizType,
    datasource_id: inputs.datasetId,
    datasource_type: "table",
    description: inputs.description ?? null,
    cache_timeout: inputs.cacheTimeout ?? null,
    is_managed_externally: inputs.managedExternally,
    params: canonical(formData),
    query_context: canonical({
      datasource: { id: inputs.datasetId, type: "table" },
      force: false,
      queries: inputs.queries,
      form_data: formData,
      result_format: "json",
      result_type: "full",
    }),
  };
}
