import type { CompactionOptions, Granularity } from "../declare/options";
import type { Stream } from "../declare/stream";

/** A rule of Druid's coordinator (Druid 33, "Using rules to drop and retain data"). */
export type RetentionRuleSpec =
  | { readonly type: "loadByPeriod"; readonly period: string; readonly includeFuture: true }
  | { readonly type: "dropForever" };

/** Druid's automatic compaction of one datasource (Druid 33, "Automatic compaction API"). */
export interface CompactionSpec {
  readonly skipOffsetFromLatest: string;
  readonly granularitySpec?: { readonly segmentGranularity: Granularity };
  readonly tuningConfig: {
    readonly type: "index_parallel";
    readonly partitionsSpec: { readonly type: "dynamic"; readonly maxRowsPerSegment: number };
  };
  readonly taskContext: { readonly useConcurrentLocks: true };
}

/** What Druid does with the stream's rows after the ingestion. */
export interface DatasourceSpec {
  readonly rules?: RetentionRuleSpec[];
  readonly compaction?: CompactionSpec;
}

/** Lets one task append to an interval while another compacts it. Without it, late rows would stop the compaction. */
export const concurrentLocks = { useConcurrentLocks: true } as const;

export function datasourceSpec({ ingestion }: Stream): DatasourceSpec {
  const { retention, compaction } = ingestion;
  return {
    ...(retention !== undefined && { rules: retentionRules(retention) }),
    ...(compaction !== undefined && { compaction: compactionSpec(compaction) }),
  };
}

/** Rows with a time in the future are kept, because a producer's clock may be ahead. */
function retentionRules(period: string): RetentionRuleSpec[] {
  return [{ type: "loadByPeriod", period, includeFuture: true }, { type: "dropForever" }];
}

function compactionSpec(options: CompactionOptions): CompactionSpec {
  const { skipOffsetFromLatest = "P1D", segmentGranularity, maxRowsPerSegment } = options;
  return {
    skipOffsetFromLatest,
    ...(segmentGranularity && { granularitySpec: { segmentGranularity } }),
    tuningConfig: {
      type: "index_parallel",
      partitionsSpec: { type: "dynamic", maxRowsPerSegment: maxRowsPerSegment ?? 5_000_000 },
    },
    taskContext: concurrentLocks,
  };
}
