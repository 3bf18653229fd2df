/** A stream's dashboard as Superset stores it: its metadata, and its layout on a grid of 12 columns. */
import type { Chart } from "../declare/dashboard";
import { type SharedDashboard, sharedDashboard } from "../declare/shared-dashboard";
import type { Stream } from "../declare/stream";
import { colorScheme } from "./chart-query";

export interface DashboardSpec {
  readonly title: string;
  readonly slug: string;
  readonly published: boolean;
  /** Superset's `json_metadata`, without `positions` and the filters. */
  readonly metadata: {
    readonly refresh_frequency: number;
    readonly label_colors: Readonly<Record<string, string>>;
    readonly color_scheme: string;
    readonly cross_filters_enabled: boolean;
    /** Only where the dashboard has filters. */
    readonly filter_bar_orientation?: "HORIZONTAL";
  };
  /** Superset's `position_json`; each chart is named by its UUID. */
  readonly positions: Positions;
}

/** It is a type because the compiler doesn't take an interface for JSON. */
export type PositionNode = {
  readonly id: string;
  readonly type: "ROOT" | "GRID" | "HEADER" | "ROW" | "DIVIDER" | "CHART";
  readonly children: readonly string[];
  readonly parents: readonly string[];
  readonly meta: Readonly<Record<string, string | number>>;
};

export type Positions = Readonly<Record<string, PositionNode | string>>;

/** In units of 8 px. A chart with axes needs more height than a number. */
const heights = { chart: 48, number: 26 };
const gridColumns = 12;

/**
 * The dashboard, or undefined if the stream has none.
 *
 * @param chartUuid returns the UUID of the chart that has this key
 * @throws Error if a row is wider than the grid
 */
export function dashboardSpec(
  source: Stream | SharedDashboard,
  chartUuid: (key: string) => string,
): DashboardSpec | undefined {
  const dashboard = sharedDashboard(source);
  if (dashboard === undefined) return undefined;
  return {
    title: dashboard.title,
    slug: dashboard.slug,
    published: true,
    metadata: {
      refresh_frequency: dashboard.refreshSeconds ?? 10,
      label_colors: definedColors(dashboard.colors),
      color_scheme: colorScheme,
      cross_filters_enabled: dashboard.crossFilter ?? true,
      // The bar at the left would take a fifth of the charts' width.
      ...(dashboard.filters?.length ? { filter_bar_orientation: "HORIZONTAL" as const } : {}),
    },
    positions: layOut(
      `${source.kind} "${source.name}"`,
      dashboard.title,
      dashboard.rows,
      chartUuid,
    ),
  };
}

function definedColors(
  colors: Readonly<Partial<Record<string, string>>> = {},
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(colors).flatMap(([value, color]) =>
      color === undefined ? [] : [[value, color]],
    ),
  );
}

function layOut(
  about: string,
  title: string,
  rows: readonly (readonly Chart[])[],
  chartUuid: (key: string) => string,
): Positions {
  const above = ["ROOT_ID", "GRID_ID"];
  const nodes = rows.flatMap((charts, index) => {
    requireFits(about, index, charts);
    const row = `ROW-${index + 1}`;
    const divider = node(`DIVIDER-${index}`, "DIVIDER", above);
    return [
      ...(index === 0 ? [] : [divider]),
      node(
        row,
        "ROW",
        above,
        charts.map((chart) => `CHART-${chart.key}`),
        {
          background: "BACKGROUND_TRANSPARENT",
        },
      ),
      ...charts.map((chart) =>
        node(`CHART-${chart.key}`, "CHART", [...above, row], [], {
          uuid: chartUuid(chart.key),
          sliceName: chart.title,
          width: chart.width,
          height: chart.kind.startsWith("big-number") ? heights.number : heights.chart,
        }),
      ),
    ];
  });
  const inGrid = nodes.filter(({ type }) => type !== "CHART").map(({ id }) => id);
  const all = [
    node("ROOT_ID", "ROOT", [], ["GRID_ID"]),
    node("GRID_ID", "GRID", ["ROOT_ID"], inGrid),
    node("HEADER_ID", "HEADER", [], [], { text: title }),
    ...nodes,
  ];
  return { DASHBOARD_VERSION_KEY: "v2", ...Object.fromEntries(all.map((one) => [one.id, one])) };
}

function node(
  id: string,
  type: PositionNode["type"],
  parents: readonly string[],
  children: readonly string[] = [],
  meta: PositionNode["meta"] = {},
): PositionNode {
  return { id, type, children, parents, meta };
}

function requireFits(about: string, index: number, charts: readonly Chart[]): void {
  const width = charts.reduce((sum, chart) => sum + chart.width, 0);
  if (width > gridColumns) {
    throw new Error(
      `${about}: the charts of row ${index + 1} are ${width} columns wide, and the grid has ${gridColumns}`,
    );
  }
}
