import * as pulumi from "@pulumi/pulumi";
import type { HttpConnection } from "../connection";
import { isSame } from "../drift";
import {
  canonical,
  isObject,
  type JsonObject,
  jsonObjectOf,
  objectOf,
  objectsOf,
  parseObject,
} from "../json";
import { getObject, request, type Session } from "./api";
import { findObjects } from "./lookup";
import { type ObjectKind, type Registration, registrationProvider } from "./registration";

interface DashboardInputs extends Registration {
  readonly title: string;
  readonly slug: string;
  readonly published: boolean;
  readonly css: string;
  readonly metadata: JsonObject;
  readonly positions: JsonObject;
  readonly charts: Readonly<Record<string, number>>;
  readonly managedExternally: boolean;
}

export interface SupersetDashboardArgs {
  readonly connection: pulumi.Input<HttpConnection>;
  readonly username: pulumi.Input<string>;
  readonly password: pulumi.Input<string>;
  /** Fixed identity: see `objectUuid`. A change replaces the dashboard. */
  readonly uuid: pulumi.Input<string>;
  readonly title: pulumi.Input<string>;
  /** The last part of the dashboard's address; unique in one Superset. */
  readonly slug: pulumi.Input<string>;
  /** Default true. */
  readonly published?: pulumi.Input<boolean>;
  /** Default: none. */
  readonly css?: pulumi.Input<string>;
  /** Superset's `json_metadata`, without `positions`. */
  readonly metadata: pulumi.Input<JsonObject>;
  /** Superset's `position_json`, where each chart is named by `meta.uuid` alone. */
  readonly positions: pulumi.Input<JsonObject>;
  /** The numbers of all charts in `positions`, by UUID. */
  readonly charts: pulumi.Input<Readonly<Record<string, pulumi.Input<number>>>>;
  /** Superset's own pages then do not let people edit it. Default true. */
  readonly managedExternally?: pulumi.Input<boolean>;
  /** Take over a dashboard of this slug that somebody else made. Default false: that is an error. */
  readonly adopt?: pulumi.Input<boolean>;
}

/** A dashboard of Superset, with its charts linked. */
export class SupersetDashboard extends pulumi.dynamic.Resource {
  /** Superset's number of the dashboard. */
  declare readonly dashboardId: pulumi.Output<number>;
  declare readonly uuid: pulumi.Output<string>;
  declare readonly slug: pulumi.Output<string>;

  constructor(name: string, args: SupersetDashboardArgs, options?: pulumi.CustomResourceOptions) {
    const props = { ...args, password: pulumi.secret(args.password), dashboardId: undefined };
    const secrets = { additionalSecretOutputs: ["password"] };
    super(
      dashboardProvider,
      name,
      props,
      pulumi.mergeOptions(options, secrets),
      "superset",
      "Dashboard",
    );
  }
}

/** What Superset derives, and writes when an owner merely looks at the dashboard. */
const DERIVED_METADATA = [
  "positions",
  "shared_label_colors",
  "map_label_colors",
  "color_scheme_domain",
  "chart_configuration",
  "global_chart_configuration",
];

const dashboard: ObjectKind<DashboardInputs> = {
  path: "dashboard",
  idOutput: "dashboardId",
  fields: [
    "title",
    "slug",
    "published",
    "css",
    "metadata",
    "positions",
    "charts",
    "managedExternally",
  ],
  replaceOn: [],
  // A dashboard that was only posted shows no charts.
  configureAfterInsert: true,
  describe: (inputs) => `dashboard "${inputs.title}" (/superset/dashboard/${inputs.slug}/)`,
  complete: (inputs) => ({
    ...inputs,
    adopt: inputs.adopt ?? false,
    published: inputs.published ?? true,
    css: inputs.css ?? "",
    managedExternally: inputs.managedExternally ?? true,
  }),
  validate: (inputs) => [...validateSlug(inputs), ...validateCharts(inputs)],
  findRival: async (session, inputs) =>
    (await findObjects(session, "dashboard", [{ column: "slug", value: inputs.slug }]))[0],
  insert: async (session, inputs) => {
    const made = await request(session, {
      method: "POST",
      path: "/api/v1/dashboard/",
      about: dashboard.describe(inputs),
      json: { uuid: inputs.uuid, dashboard_title: inputs.title, slug: inputs.slug },
    });
    return Number(made.id);
  },
  configure: async (session, id, inputs) => {
    await request(session, {
      method: "PUT",
      path: `/api/v1/dashboard/${id}`,
      about: dashboard.describe(inputs),
      json: body(inputs),
    });
    await requireLinked(session, id, inputs);
  },
  readLive: async (session, id, inputs) => {
    const live = await getObject(session, "dashboard", id);
    if (live === undefined) {
      return undefined;
    }
    const metadata = liveMetadata(live, inputs);
    const positions = livePositions(live, inputs);
    const charts = nameLinked(await linkedCharts(session, id), inputs);
    return {
      title: String(live.dashboard_title),
      slug: String(live.slug ?? ""),
      published: live.published === true,
      css: String(live.css ?? ""),
      metadata: isSame(metadata, inputs.metadata) ? inputs.metadata : metadata,
      positions: isSame(positions, inputs.positions) ? inputs.positions : positions,
      charts,
      managedExternally: live.is_managed_externally === true,
    };
  },
};

export const dashboardProvider = registrationProvider(dashboard);

function body(inputs: DashboardInputs): Record<string, unknown> {
  return {
    uuid: inputs.uuid,
    dashboard_title: inputs.title,
    slug: inputs.slug,
    published: inputs.published,
    css: inputs.css,
    is_managed_externally: inputs.managedExternally,
    // Superset links the charts that it finds in `positions` here, and nowhere else.
    json_metadata: canonical({ ...inputs.metadata, positions: withChartIds(inputs) }),
  };
}

function withChartIds(inputs: DashboardInputs): Record<string, unknown> {
  return mapCharts(inputs.positions, (meta) => ({
    ...meta,
    chartId: inputs.charts[String(meta.uuid)],
  }));
}

/** The positions, with the `meta` of each chart passed through `change`. */
function mapCharts(
  positions: Readonly<Record<string, unknown>>,
  change: (meta: Record<string, unknown>) => Record<string, unknown>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(positions).map(([key, node]) =>
      isObject(node) && node.type === "CHART"
        ? [key, { ...node, meta: change(objectOf(node.meta)) }]
        : [key, node],
    ),
  );
}

/** The live metadata, without what Superset derives and without the empty values that it fills in. */
function liveMetadata(live: Record<string, unknown>, inputs: DashboardInputs): JsonObject {
  const entries = Object.entries(parseObject(live.json_metadata)).filter(
    ([key, value]) =>
      key in inputs.metadata || !(DERIVED_METADATA.includes(key) || isFilledIn(key, value)),
  );
  return jsonObjectOf(Object.fromEntries(entries));
}

function isFilledIn(key: string, value: unknown): boolean {
  return key === "cross_filters_enabled"
    ? value === true
    : ["{}", "[]", '""', "0", '"{}"', "null"].includes(canonical(value));
}

/** The live positions, without the numbers of charts that are as they should be. */
function livePositions(live: Record<string, unknown>, inputs: DashboardInputs): JsonObject {
  const positions = mapCharts(parseObject(live.position_json), ({ chartId, ...meta }) =>
    inputs.charts[String(meta.uuid)] === chartId ? meta : { ...meta, chartId },
  );
  return jsonObjectOf(positions);
}

async function linkedCharts(session: Session, id: number): Promise<number[]> {
  const answer = await request(session, {
    method: "GET",
    path: `/api/v1/dashboard/${id}/charts`,
    about: `the charts of dashboard ${id}`,
  });
  return objectsOf(answer.result).map((row) => Number(row.id));
}

/** The linked charts by UUID; one that is not ours goes by its number. */
function nameLinked(linked: readonly number[], inputs: DashboardInputs): Record<string, number> {
  const ours = Object.entries(inputs.charts).filter(([, number]) => linked.includes(number));
  const numbers = ours.map(([, number]) => number);
  const others = linked.filter((number) => !numbers.includes(number));
  return Object.fromEntries([...ours, ...others.map((number) => [`chart ${number}`, number])]);
}

async function requireLinked(session: Session, id: number, inputs: DashboardInputs): Promise<void> {
  const linked = await linkedCharts(session, id);
  const missing = Object.values(inputs.charts).filter((number) => !linked.includes(number));
  if (missing.length > 0) {
    throw new Error(
      `Superset stored ${dashboard.describe(inputs)} without its charts ${missing.join(", ")}: ` +
        "do they still exist? A refresh finds out, and the next update makes them again",
    );
  }
}

function validateSlug(inputs: DashboardInputs): { property: string; reason: string }[] {
  return /^[a-z0-9][a-z0-9_-]{0,254}$/.test(inputs.slug)
    ? []
    : [
        {
          property: "slug",
          reason: `slug of dashboard "${inputs.title}" must be lower-case letters, digits, - or _, is "${inputs.slug}"`,
        },
      ];
}

function validateCharts(inputs: DashboardInputs): { property: string; reason: string }[] {
  const placed = Object.values(inputs.positions)
    .filter((node) => isObject(node) && node.type === "CHART")
    .map((node) => String(objectOf(objectOf(node).meta).uuid));
  const given = Object.keys(inputs.charts);
  const wrong = [
    ...placed.filter((uuid) => !given.includes(uuid)),
    ...given.filter((uuid) => !placed.includes(uuid)),
  ];
  return wrong.length === 0
    ? []
    : [
        {
          property: "charts",
          reason: `charts of dashboard "${inputs.title}" must be those of its positions; only one of the two has ${wrong.join(", ")}`,
        },
      ];
}
