import { Gauge, type Registry } from "prom-client";
import type { SupervisorStatus } from "../resources/druid/api";
import { isHealthy, lostOffsets, nextOffsets } from "../resources/druid/health";
import type { PartitionOffsets } from "../resources/druid/topic-view";
import { LagClock } from "./lag-clock";
import type { StreamConfig } from "./settings";

/** How a stream is, as Kafka and Druid told it last. */
class State {
  /** Kafka's offsets, and when they were asked for. */
  kafka?: { readonly time: number; readonly offsets: readonly PartitionOffsets[] };
  /** The one of these that Druid's own offsets were told after. */
  kafkaBefore?: State["kafka"];
  /** The offset that Druid reads next, by partition. Kept while no task runs: the stream then waits there. */
  readonly next = new Map<number, number>();
  readonly clocks = new Map<number, LagClock>();
  /** Time of the newest event that queries find, in ms since the epoch. Undefined: there is none, or it is not known. */
  newest?: number;
  /** Undefined: Druid does not answer. */
  supervisor?: { readonly state: string; readonly healthy: boolean };
  lost?: number;
}

/** The metrics of the streams. What depends on the time is computed when they are scraped. */
export class StreamMetrics {
  private readonly states = new Map<string, State>();

  /** @param now in ms since the epoch. Default: the clock. */
  constructor(
    registry: Registry,
    private readonly streams: readonly StreamConfig[],
    private readonly now: () => number = Date.now,
  ) {
    for (const { name } of streams) this.states.set(name, new State());
    this.register(registry);
  }

  /** Takes what Kafka tells of a stream's topic. */
  addKafka(stream: string, offsets: readonly PartitionOffsets[]): void {
    const state = this.stateOf(stream);
    const time = this.now();
    state.kafka = { time, offsets };
    state.kafkaBefore ??= state.kafka;
    for (const { partition, high } of offsets) {
      const clock = state.clocks.get(partition) ?? new LagClock();
      state.clocks.set(partition, clock);
      clock.add(time, high);
    }
  }

  /** Takes what Druid tells of a stream's supervisor. "missing": there is none. Undefined: Druid does not answer. */
  addSupervisor(stream: string, status: SupervisorStatus | "missing" | undefined): void {
    const state = this.stateOf(stream);
    if (status === undefined || status === "missing") {
      state.supervisor = status && { state: "MISSING", healthy: false };
      return;
    }
    for (const [partition, offset] of nextOffsets(status)) state.next.set(partition, offset);
    state.supervisor = {
      state: status.suspended ? "SUSPENDED" : status.detailedState,
      healthy: !status.suspended && isHealthy(status, this.now()),
    };
    state.lost = lostEvents(state, status);
  }

  /** Takes the time of the newest event that queries find, in ms since the epoch. Undefined: there is none. */
  addNewest(stream: string, newest: number | undefined): void {
    this.stateOf(stream).newest = newest;
  }

  private stateOf(stream: string): State {
    const state = this.states.get(stream);
    if (state === undefined) throw new Error(`there is no stream ${stream}`);
    return state;
  }

  private register(registry: Registry): void {
    for (const { name, help, labels = [], values } of gauges) {
      const states = () =>
        this.streams.map(({ name: stream }) => [stream, this.stateOf(stream)] as const);
      const now = () => this.now();
      new Gauge({
        name,
        help,
        labelNames: ["stream", ...labels],
        registers: [registry],
        collect() {
          this.reset();
          for (const [stream, state] of states()) {
            for (const { value, ...own } of values(state, now()))
              this.set({ stream, ...own }, value);
          }
        },
      });
    }
  }
}

/**
 * Messages that Kafka deleted before Druid read them. Druid's offsets of running tasks are some seconds old: they are held
 * against those that Kafka had before, or what was read and then deleted would be taken for lost.
 */
function lostEvents(state: State, status: SupervisorStatus): number | undefined {
  const told = Date.parse(status.offsetsLastUpdated ?? "");
  const runs = status.activeTasks.some(({ currentOffsets }) => currentOffsets);
  const known = runs ? state.kafkaBefore : state.kafka;
  if (known === undefined || (runs && !(told > known.time))) return state.lost;
  state.kafkaBefore = state.kafka;
  const earliest = new Map(known.offsets.map(({ partition, low }) => [partition, low]));
  return lostOffsets(status, earliest).reduce((sum, one) => sum + one.earliest - one.next, 0);
}

type Sample = { readonly value: number } & Partial<Record<"partition" | "state", string>>;

interface StreamGauge {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly ("partition" | "state")[];
  readonly values: (state: State, now: number) => readonly Sample[];
}

const byPartition =
  (key: "low" | "high") =>
  ({ kafka }: State): Sample[] =>
    (kafka?.offsets ?? []).map((one) => ({ partition: String(one.partition), value: one[key] }));

/** The partitions of which both ends are known. */
const read = ({ kafka, next }: State) =>
  (kafka?.offsets ?? []).flatMap(({ partition, high }) => {
    const offset = next.get(partition);
    return offset === undefined ? [] : [{ partition, high, next: offset }];
  });

const known = (value: number | undefined): Sample[] => (value === undefined ? [] : [{ value }]);

const gauges: readonly StreamGauge[] = [
  {
    name: "stream_freshness_seconds",
    help: "Now less the time of the newest event that queries find.",
    values: ({ newest }, now) =>
      known(newest === undefined ? undefined : Math.max(0, now - newest) / 1000),
  },
  {
    name: "stream_lag_events",
    help: "Messages that Kafka has and Druid has not read.",
    values: (state) => {
      const pairs = read(state);
      if (pairs.length === 0) return [];
      return known(pairs.reduce((sum, { high, next }) => sum + Math.max(0, high - next), 0));
    },
  },
  {
    name: "stream_lag_seconds",
    help: "How long the oldest message has waited that Druid has not read, as seen by the exporter.",
    values: (state, now) => {
      const waits = read(state).map(
        ({ partition, next }) => state.clocks.get(partition)?.waited(now, next) ?? 0,
      );
      return waits.length === 0 ? [] : known(Math.max(...waits) / 1000);
    },
  },
  {
    name: "stream_kafka_earliest_offset",
    help: "First offset that Kafka still has.",
    labels: ["partition"],
    values: byPartition("low"),
  },
  {
    name: "stream_kafka_latest_offset",
    help: "Offset that Kafka gives to the next message.",
    labels: ["partition"],
    values: byPartition("high"),
  },
  {
    name: "stream_druid_offset",
    help: "Offset that Druid reads next.",
    labels: ["partition"],
    values: ({ next }) =>
      [...next].map(([partition, value]) => ({ partition: String(partition), value })),
  },
  {
    name: "stream_offset_lost_events",
    help: "Messages that Kafka deleted before Druid read them.",
    values: ({ lost }) => known(lost),
  },
  {
    name: "stream_supervisor_healthy",
    help: "1 if Druid's supervisor of the stream is well, by its detailed state.",
    labels: ["state"],
    values: ({ supervisor }) =>
      supervisor === undefined
        ? []
        : [{ state: supervisor.state, value: supervisor.healthy ? 1 : 0 }],
  },
];
