import { requireValid } from "./checks";
import type { Dashboard } from "./dashboard";
import {
  type DimensionValue,
  dimension,
  type EnumeratedName,
  type EventFields,
  type EventOf,
  probeField,
} from "./fields";
import type { MessageFormat } from "./format";
import type { IngestionOptions, Metrics, StreamOptions, TopicOptions, WithProbe } from "./options";

/** A declared stream with its defaults filled in. Everything else is derived from it. */
export interface Stream<
  E extends EventFields = EventFields,
  M extends Metrics<E> = Metrics<E>,
  Each extends string = string,
> {
  readonly kind: "stream";
  readonly name: string;
  readonly description: string;
  readonly event: WithProbe<E>;
  /** The name of the field that becomes `__time`. */
  readonly timestampField: string;
  readonly metrics: M;
  readonly format: MessageFormat;
  readonly topic: TopicOptions & { readonly name: string; readonly partitions: number };
  readonly ingestion: IngestionOptions & { readonly datasource: string };
  readonly producer?: {
    readonly intervalMs: number;
    readonly forEach: Each;
    readonly ranges: Readonly<
      Record<string, Readonly<Record<string, { readonly min: number; readonly max: number }>>>
    >;
    readonly choices?: Readonly<Record<string, readonly (DimensionValue | null)[] | undefined>>;
  };
  readonly sentBy?: "exporter";
  readonly cacheSeconds: number;
  readonly dashboard?: Dashboard;
}

/** The type of a stream's events, derived from its fields. */
export type StreamEvent<P> = P extends Stream<infer E, infer _M> ? EventOf<WithProbe<E>> : never;

/**
 * Declares a stream. Its topic, ingestion, dataset, charts and the type of its events are derived from this declaration.
 *
 * @throws Error with all that a service would refuse, or that is declared nowhere: see checks.ts
 */
export function defineStream<
  const E extends EventFields,
  const M extends Metrics<E>,
  const Each extends EnumeratedName<E>,
>(options: StreamOptions<E, M, Each>): Stream<E, M, Each> {
  requireValid(options);
  return {
    kind: "stream",
    name: options.name,
    description: options.description ?? "",
    event: { ...options.event, [probeField]: dimension.optionalString({ label: "Probe" }) },
    timestampField: timestampOf(options.event),
    metrics: options.metrics,
    format: options.format ?? { type: "json" },
    topic: { partitions: 1, ...options.topic, name: options.topic?.name ?? options.name },
    ingestion: {
      ...options.ingestion,
      datasource: options.ingestion?.datasource ?? options.name,
    },
    producer: options.producer,
    sentBy: options.sentBy,
    cacheSeconds: options.cacheSeconds ?? 0,
    dashboard: options.dashboard,
  };
}

function timestampOf(fields: EventFields): string {
  return Object.keys(fields).find((name) => fields[name]?.role === "timestamp") ?? "";
}
