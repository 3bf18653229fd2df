import type { Stream } from "../pipelines/declare/stream";
import { counted } from "../resources/counted";
import { within } from "../resources/within";
import { malformedAmong } from "../verify/audit";
import type { Druid } from "../verify/druid";
import { type StreamState, streamState } from "../verify/stream-state";
import type { KafkaProbe } from "../verify/topic";
import { duration } from "./pods";
import type { Content } from "./section";

/** How many of a topic's last messages are looked at for why they are malformed. */
const lookedAt = 1_000;
/** How long the reading of malformed messages may take, in ms. */
const reasonsMs = 10_000;

/** The reasons for malformed messages, by stream and Druid's count of them: reading them takes Kafka some seconds. */
const knownReasons = new Map<string, readonly string[]>();

/** How the streams are: events a second, lag, freshness, malformed by reason. */
export async function readStreams(
  streams: readonly Stream[],
  druid: () => Promise<Druid>,
  kafka: () => Promise<KafkaProbe>,
): Promise<Content> {
  const found = await Promise.all(
    streams.map(async (stream) => {
      const state = await streamState(stream, druid, kafka);
      return { state, reasons: await malformedReasons(stream, state, kafka) };
    }),
  );
  return describeStreams(found);
}

/** The section about streams. */
export function describeStreams(
  found: readonly { state: StreamState; reasons: readonly string[] }[],
): Content {
  const known = (value: number | undefined, text: (value: number) => string) =>
    value === undefined ? "?" : text(value);
  const isWell = ({ state }: (typeof found)[number]) => state.problems.length === 0;
  return {
    summary: found.length === 0 ? "none" : `${found.filter(isWell).length} of ${found.length} well`,
    ...(found.length > 0 && {
      table: {
        columns: [
          { title: "stream" },
          { title: "state" },
          { title: "events/s", align: "right" },
          { title: "lag", align: "right" },
          { title: "newest event", align: "right" },
          { title: "malformed", align: "right" },
        ],
        rows: found.map(({ state }) => [
          state.stream,
          state.state ?? "?",
          known(state.eventsPerSecond, (rate) => rate.toFixed(1)),
          known(state.lag, (lag) => lag.toLocaleString("en")),
          state.freshnessMs === undefined
            ? state.state === undefined
              ? "?"
              : "none"
            : `${duration(state.freshnessMs)} ago`,
          known(malformedOf(state), (count) => count.toLocaleString("en")),
        ]),
      },
    }),
    notes: found
      .filter(({ reasons }) => reasons.length > 0)
      .map(({ state, reasons }) => `malformed in ${state.stream}: ${reasons.join("; ")}`),
    problems: found.flatMap(({ state }) =>
      state.problems.map((problem) => `stream ${state.stream}: ${problem.replaceAll("\n", " ")}`),
    ),
  };
}

/** As Druid's running tasks count them: lines without a row, and rows with a value that doesn't fit its column. */
function malformedOf({ totals }: StreamState): number | undefined {
  return totals && totals.unparseable + totals.processedWithError;
}

async function malformedReasons(
  stream: Stream,
  state: StreamState,
  kafka: () => Promise<KafkaProbe>,
): Promise<readonly string[]> {
  const count = malformedOf(state) ?? 0;
  if (count === 0) return [];
  const key = `${stream.name} ${count}`;
  const known = knownReasons.get(key);
  if (known !== undefined) return known;
  const read = kafka().then((open) => malformedAmong({ stream, kafka: open }, lookedAt));
  const tallies = await within(reasonsMs, read).catch(() => undefined);
  if (tallies === undefined) return ["the messages could not be read"];
  const reasons = [...tallies]
    .sort(([, left], [, right]) => right.count - left.count)
    .map(([reason, tally]) => `${tally.count} × ${reason}`);
  const found = reasons.length > 0 ? reasons : [`none of the last ${counted(lookedAt, "message")}`];
  knownReasons.set(key, found);
  return found;
}
