import { discoverStreams } from "../pipelines";
import { newRunId } from "../verify/events";
import { measureQueryable } from "../verify/ingestion";
import { withStack } from "../verify/stack-access";
import type { Benchmark } from "./figure";
import { readRunningStack } from "./stack";

const eventCount = 200;
/** From docs/benchmarks.md. */
const targetRatio = 1.5;

/** The time from sending an event to finding it, compared with the time of the query that finds it. */
export const latency: Benchmark = {
  name: "latency",
  about: "event → queryable ÷ a bare SQL query, in the running stack",
  disruptive: false,
  run: async (progress) => {
    const outputs = await readRunningStack();
    const stream = discoverStreams().find(({ name }) => name in outputs.pipelines);
    if (stream === undefined) throw new Error("the stack's outputs name no stream");
    progress(`${eventCount} events, one at a time`);
    const { queryable, bareSql } = await withStack(outputs, ({ kafka, druid }) =>
      measureQueryable({ stream, kafka, druid, run: newRunId(), timeoutMs: 60_000 }, eventCount),
    );
    const ratio = queryable.p50 / bareSql.p50;
    const line = ({ p50, p90, p99 }: typeof queryable) =>
      `p50 ${p50.toFixed(0)} ms, p90 ${p90.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`;
    return {
      name: "Event → queryable",
      measured: [`event → queryable: ${line(queryable)}`, `the same query alone: ${line(bareSql)}`],
      ratio,
      ratioOf: "p50 of event → queryable ÷ p50 of the query",
      target: { text: `≤ ${targetRatio}`, kept: ratio <= targetRatio },
    };
  },
};
