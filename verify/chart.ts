import { z } from "zod";
import { getObject, request, type Session } from "../resources/superset/api";

/** Which events a chart's query is asked for. */
export type ProbeFilter =
  /** Those that people see in the chart. */
  | { readonly kind: "as-shown" }
  /** Only the event with this mark, although the chart leaves out marked events, and draws some values only. */
  | { readonly kind: "only"; readonly probe: string }
  /** Those that the chart shows and whose mark has this prefix. There must be none. */
  | { readonly kind: "shown-of"; readonly prefix: string };

const filter = z.looseObject({ col: z.unknown(), op: z.string() });
const query = z.looseObject({
  filters: z.array(filter).default([]),
  row_limit: z.number().optional(),
});
const queryContext = z.looseObject({ queries: z.array(query).min(1) });

/** A chart's query as Superset stores it. */
export interface SavedChart {
  readonly id: number;
  readonly title: string;
  readonly context: z.output<typeof queryContext>;
}

const answer = z.object({
  result: z
    .array(
      z.looseObject({
        data: z.array(z.record(z.string(), z.unknown())).nullish(),
        error: z.string().nullish(),
        query: z.string().nullish(),
        /** Of the SQL query, before Superset counts or pivots. */
        sql_rowcount: z.number().nullish(),
      }),
    )
    .min(1),
});
type ChartRow = Record<string, unknown>;

/** Loads a chart. @throws Error if Superset has no chart of this number, or the chart has no stored query */
export async function loadChart(session: Session, id: number): Promise<SavedChart> {
  const fields = await getObject(session, "chart", id);
  if (fields === undefined) {
    throw new Error(
      `Superset has no chart ${id}: \`make refresh\` sees it, \`make up\` restores it`,
    );
  }
  const title = String(fields.slice_name);
  const parsed = queryContext.safeParse(JSON.parse(String(fields.query_context ?? "null")));
  if (!parsed.success) {
    throw new Error(`chart "${title}" (${id}) has no query: its query_context is empty`);
  }
  return { id, title, context: parsed.data };
}

/**
 * Asks for a chart's data, without caches.
 *
 * @param field the field that marks probes
 * @throws Error with the message of Superset, or of Druid through Superset
 */
export async function chartData(
  session: Session,
  chart: SavedChart,
  field: string,
  probes: ProbeFilter = { kind: "as-shown" },
): Promise<ChartRow[]> {
  const result = await chartAnswers(session, chart, field, probes);
  return result.flatMap(({ data }) => data ?? []);
}

/**
 * Asks for a chart's data as people see it.
 *
 * @returns the rows, and the limit of rows that cut them, if one did
 */
export async function shownData(
  session: Session,
  chart: SavedChart,
  field: string,
): Promise<{ rows: ChartRow[]; cutAt?: number }> {
  const result = await chartAnswers(session, chart, field, { kind: "as-shown" });
  const [cutAt] = chart.context.queries.flatMap(({ row_limit: limit }, index) =>
    limit !== undefined && result[index]?.sql_rowcount === limit ? limit : [],
  );
  return { rows: result.flatMap(({ data }) => data ?? []), ...(cutAt && { cutAt }) };
}

async function chartAnswers(
  session: Session,
  chart: SavedChart,
  field: string,
  probes: ProbeFilter,
): Promise<z.output<typeof answer>["result"]> {
  const queries = chart.context.queries.map((own) => ({
    ...own,
    filters: filtersFor(own.filters, field, probes),
  }));
  const { result } = answer.parse(
    await request(session, {
      method: "POST",
      path: "/api/v1/chart/data",
      // The request changes nothing, so it may be repeated: Superset may close the connection, idle for 2 s, as it is sent.
      idempotent: true,
      about: `the data of chart "${chart.title}"`,
      json: {
        ...chart.context,
        queries,
        force: true,
        result_format: "json",
        result_type: "full",
      },
    }),
  );
  const failed = result.find(({ error }) => error);
  if (failed) throw new Error(`chart "${chart.title}": ${failed.error}\n${failed.query ?? ""}`);
  return result;
}

/** How many events with a mark Superset counts in a chart's dataset, without the chart's filters and without caches. */
export async function countThroughSuperset(
  session: Session,
  chart: SavedChart,
  field: string,
  probe: string,
): Promise<number> {
  const metric = { expressionType: "SQL", sqlExpression: "COUNT(*)", label: "events" };
  const filters = [{ col: field, op: "==", val: probe }];
  const counting: SavedChart = {
    ...chart,
    context: {
      datasource: chart.context.datasource,
      queries: [{ columns: [], metrics: [metric], filters }],
    },
  };
  const [row = {}] = await chartData(session, counting, field);
  return Number(row.events ?? 0);
}

function filtersFor(
  own: readonly z.output<typeof filter>[],
  field: string,
  probes: ProbeFilter,
): readonly object[] {
  switch (probes.kind) {
    case "as-shown":
      return own;
    case "only":
      return [
        ...own.filter(({ col, op }) => col !== field && op !== "IN"),
        { col: field, op: "==", val: probes.probe },
      ];
    case "shown-of":
      return [...own, { col: field, op: "LIKE", val: `${probes.prefix}%` }];
  }
}

/** Whether a chart has something to draw. A big number over no rows has a row too, whose value is 0 or null. */
export function hasData(rows: readonly ChartRow[]): boolean {
  return rows.some((row) => Object.values(row).some((value) => value !== null && value !== 0));
}
