import type * as pulumi from "@pulumi/pulumi";
import {
  canonical,
  isObject,
  type JsonObject,
  jsonObjectOf,
  objectOf,
  objectsOf,
  parseObject,
} from "../json";
import { request, type Session } from "./api";
import { type Columns, flag, text } from "./fields";
import {
  type ObjectKind,
  type Registration,
  registrationProvider,
  type WriteRequest,
} from "./registration";
import { type Args, SupersetObject } from "./resource";

interface DashboardInputs extends Registration {
  readonly title: string;
  /** The last part of the dashboard's address; unique in one Superset. */
  readonly slug: string;
  /** Default: true. */
  readonly published?: boolean;
  /** Default: none. */
  readonly css?: string;
  /** Superset's `json_metadata`, without `positions`. */
  readonly metadata: JsonObject;
  /** Superset's `position_json`, where each chart is named by `meta.uuid` alone. */
  readonly positions: JsonObject;
  /** The numbers of all charts in `positions`, by UUID. */
  readonly charts: Readonly<Record<string, number>>;
}

export interface SupersetDashboardArgs extends Omit<Args<DashboardInputs>, "charts"> {
  readonly charts: pulumi.Input<Readonly<Record<string, pulumi.Input<number>>>>;
}

/** A dashboard of Superset, with its charts linked. Its natural key is the slug. */
export class SupersetDashboard extends SupersetObject {
  /** Superset's number of the dashboard. */
  declare readonly dashboardId: pulumi.Output<number>;
  declare readonly slug: pulumi.Output<string>;

  constructor(name: string, args: SupersetDashboardArgs, options?: pulumi.CustomResourceOptions) {
    super("Dashboard", name, args, options);
  }
}

/** What Superset derives, and writes when an owner merely looks at the dashboard. */
const derivedMetadata = [
  "positions",
  "shared_label_colors",
  "map_label_colors",
  "color_scheme_domain",
  "chart_configuration",
  "global_chart_configuration",
];

const dashboard: ObjectKind<DashboardInputs> = {
  path: "dashboard",
  fields: [
    text("title", "dashboard_title"),
    text("slug", "slug"),
    flag("published", "published", true),
    text("css", "css", ""),
    {
      name: "metadata",
      column: "json_metadata",
      // Superset links the charts that it finds in `positions` here, and nowhere else.
      write: (inputs) => canonical({ ...inputs.metadata, positions: withChartIds(inputs) }),
      read: liveMetadata,
    },
    { name: "positions", column: "position_json", read: livePositions },
    { name: "charts", column: "charts", read: ({ charts }, inputs) => nameLinked(charts, inputs) },
  ],
  describe: (inputs) => `dashboard "${inputs.title}" (/superset/dashboard/${inputs.slug}/)`,
  validate: (inputs) => [...validateSlug(inputs), ...validateCharts(inputs)],
  naturalKey: (inputs) => [{ column: "slug", value: inputs.slug }],
  // A dashboard that was only posted shows no charts.
  needsPut: true,
  write: writeDashboard,
  readMore: async (session, number) => ({ charts: await linkedCharts(session, number) }),
};

/** Exported for tests. */
export const dashboardProvider = registrationProvider(dashboard);

async function writeDashboard(
  session: Session,
  options: WriteRequest,
  inputs: DashboardInputs,
  number?: number,
): Promise<Columns> {
  if (number === undefined) {
    const { uuid, dashboard_title, slug } = options.json;
    return await request(session, { ...options, json: { uuid, dashboard_title, slug } });
  }
  const answer = await request(session, options);
  await requireLinked(session, number, inputs);
  return answer;
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
function liveMetadata(live: Columns, inputs: DashboardInputs): JsonObject {
  const entries = Object.entries(parseObject(live.json_metadata)).filter(
    ([key, value]) =>
      key in inputs.metadata || !(derivedMetadata.includes(key) || isFilledIn(key, value)),
  );
  return jsonObjectOf(Object.fromEntries(entries));
}

function isFilledIn(key: string, value: unknown): boolean {
  return key === "cross_filters_enabled"
    ? value === true
    : ["{}", "[]", '""', "0", '"{}"', "null"].includes(canonical(value));
}

/** The live positions, without the numbers of charts that are as they should be. */
function livePositions(live: Columns, inputs: DashboardInputs): JsonObject {
  const positions = mapCharts(parseObject(live.position_json), ({ chartId, ...meta }) =>
    inputs.charts[String(meta.uuid)] === chartId ? meta : { ...meta, chartId },
  );
  return jsonObjectOf(positions);
}

async function linkedCharts(session: Session, id: number): Promise<unknown> {
  const answer = await request(session, {
    method: "GET",
    path: `/api/v1/dashboard/${id}/charts`,
    about: `the charts of dashboard ${id}`,
  });
  return answer.result;
}

const numbersOf = (charts: unknown) => objectsOf(charts).map(({ id }) => Number(id));

/** The linked charts by UUID; one that is not ours goes by its number. */
function nameLinked(charts: unknown, inputs: DashboardInputs): Record<string, number> {
  const linked = numbersOf(charts);
  const ours = Object.entries(inputs.charts).filter(([, number]) => linked.includes(number));
  const numbers = ours.map(([, number]) => number);
  const others = linked.filter((number) => !numbers.includes(number));
  return Object.fromEntries([...ours, ...others.map((number) => [`chart ${number}`, number])]);
}

async function requireLinked(session: Session, id: number, inputs: DashboardInputs): Promise<void> {
  const linked = numbersOf(await linkedCharts(session, id));
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
