import { z } from "zod";
import { getObject, request, type Session } from "../resources/superset/api";

/** The ways in which the proof asks a chart's own query. */
export type ProbeFilter =
  /** The chart as people see it. */
  | { readonly kind: "as-shown" }
  /** Only the event of this mark, though the chart itself leaves marked events out. */
  | { readonly kind: "only"; readonly probe: string }
  /** What the chart would show of the events whose mark has this beginning: nothing, if it is right. */
  | { readonly kind: "shown-of"; readonly prefix: string };

const filter = z.looseObject({ col: z.unknown(), op: z.string() });
const query = z.looseObject({ filters: z.array(filter).default([]) });
const queryContext = z.looseObject({ queries: z.array(query).min(1) });

/** A chart's query as Superset keeps it. */
export interface Chart {
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
      }),
    )
    .min(1),
});
type ChartRow = Record<string, unknown>;

/** Loads a chart. @throws Error when there is none of this number, or it has no query of its own */
export async function loadChart(session: Session, id: number): Promise<Chart> {
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
 * Asks for a chart's data, past all caches.
 *
 * @param field the field that marks probes
 * @throws Error with what Superset, or Druid through it, said
 */
export async function chartData(
  session: Session,
  chart: Chart,
  field: string,
  probes: ProbeFilter = { kind: "as-shown" },
): Promise<ChartRow[]> {
  const queries = chart.context.queries.map((own) => ({
    ...own,
    filters: filtersFor(own.filters, field, probes),
  }));
  const { result } = answer.parse(
    await request(session, {
      method: "POST",
      path: "/api/v1/chart/data",
      // It only asks; and Superset closes a connection that was idle for 2 s, maybe as this comes.
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
  return result.flatMap(({ data }) => data ?? []);
}

/** Events of one mark that Superset counts in a chart's dataset, past the chart's own query and all caches. */
export async function countThroughSuperset(
  session: Session,
  chart: Chart,
  field: string,
  probe: string,
): Promise<number> {
  const metric = { expressionType: "SQL", sqlExpression: "COUNT(*)", label: "events" };
  const filters = [{ col: field, op: "==", val: probe }];
  const counting: Chart = {
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
        ...own.filter(({ col }) => col !== field),
        { col: field, op: "==", val: probes.probe },
      ];
    case "shown-of":
      return [...own, { col: field, op: "LIKE", val: `${probes.prefix}%` }];
  }
}

/**
 * Whether a chart has something to draw. A single number over no rows is a row too, whose value is 0 or null.
 */
export function hasData(rows: readonly ChartRow[]): boolean {
  return rows.some((row) => Object.values(row).some((value) => value !== null && value !== 0));
}
