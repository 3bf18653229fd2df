import { probeField } from "../pipelines/declare/fields";
import type { Session } from "../resources/superset/api";
import {
  chartData,
  countThroughSuperset,
  hasData,
  loadChart,
  type SavedChart,
  shownData,
} from "./chart";
import { type IngestionProof, sendProbe } from "./ingestion";
import { BrokenLink, onLink, waitFor } from "./link";
import { type Latencies, summarize, timed } from "./statistics";

/** How many rows a chart shows. */
export interface ChartReport {
  readonly title: string;
  readonly rows: number;
  /** The limit of rows that the chart's query reached, so that the chart may lack some. */
  readonly cutAt?: number;
}

/** Loads the dashboard's charts, whose numbers the stack's outputs have. */
export function loadCharts(
  session: Session,
  ids: Readonly<Record<string, number>>,
): Promise<SavedChart[]> {
  return onLink("Superset → chart", () =>
    Promise.all(Object.values(ids).map((id) => loadChart(session, id))),
  );
}

/** @throws BrokenLink unless Superset finds a marked event in Druid exactly once */
export async function requireSeenBySuperset(
  proof: IngestionProof,
  session: Session,
  chart: SavedChart,
  mark: string,
): Promise<void> {
  const found = await onLink("Druid → Superset", () =>
    countThroughSuperset(session, chart, probeField, mark),
  );
  if (found !== 1) {
    throw new BrokenLink(
      "Druid → Superset",
      `Druid has marked event ${mark} once, Superset finds it ${found} times in the dataset of chart "${chart.title}". Is the dataset that of ${proof.stream.ingestion.datasource}?`,
    );
  }
}

/**
 * Gets the data that each chart shows.
 *
 * @param mayBeEmpty whether nobody sends events that the charts could show
 * @throws BrokenLink if a chart shows a marked event, or is empty
 */
export async function requireCharts(
  proof: IngestionProof,
  session: Session,
  charts: readonly SavedChart[],
  mayBeEmpty: boolean,
): Promise<ChartReport[]> {
  const reports: ChartReport[] = [];
  for (const chart of charts) {
    const { shown, probes } = await onLink("Superset → chart", async () => ({
      shown: await shownData(session, chart, probeField),
      probes: await chartData(session, chart, probeField, { kind: "shown-of", prefix: proof.run }),
    }));
    if (!mayBeEmpty && !hasData(shown.rows)) {
      throw new BrokenLink(
        "Superset → chart",
        `chart "${chart.title}" has no data, though Druid has rows of ${proof.stream.ingestion.datasource}: see its time range and filters`,
      );
    }
    if (hasData(probes)) {
      throw new BrokenLink(
        "Superset → chart",
        `chart "${chart.title}" shows marked events: its filter ${probeField} IS NULL is gone. \`make refresh\` sees it, \`make up\` restores it`,
      );
    }
    const cut = shown.cutAt === undefined ? {} : { cutAt: shown.cutAt };
    reports.push({ title: chart.title, rows: shown.rows.length, ...cut });
  }
  return reports;
}

/**
 * Sends marked events one at a time, and repeats a chart's query until it finds the event. The charts take turns.
 *
 * @param first number of the first event
 */
export async function measureCharts(
  proof: IngestionProof,
  session: Session,
  charts: readonly SavedChart[],
  first: number,
  events: number,
): Promise<Latencies> {
  const times: number[] = [];
  for (let index = 0; index < events; index += 1) {
    const chart = charts[index % charts.length];
    if (chart === undefined) break;
    const { ms } = await timed(async () => {
      const probe = await sendProbe(proof, first + index);
      await waitFor(
        {
          link: "Superset → chart",
          what: `marked event ${probe} in the query of chart "${chart.title}"`,
          timeoutMs: proof.timeoutMs,
          pauseMs: 0,
        },
        async () => {
          const rows = await chartData(session, chart, probeField, { kind: "only", probe });
          return hasData(rows) ? true : undefined;
        },
      );
    });
    times.push(ms);
  }
  return summarize(times);
}
