import { quoted } from "../resources/druid/api";
import { describeBytes } from "../resources/druid/describe-bytes";
import { readingRules, verdictOf } from "../resources/druid/message-verdict";
import type { PartitionOffsets } from "../resources/druid/topic-view";
import type { OffsetRange, StoredMessage } from "../resources/kafka/messages";
import type { IngestionTotals } from "./druid";
import { type IngestionProof, table } from "./ingestion";
import { describe, onLink } from "./link";
import { specOf } from "./reading";

/** How many of a kind there are, and the first of them. */
export interface Tally {
  readonly count: number;
  readonly example: string;
}

/** What became of the topic's messages. */
export interface Audit {
  /** Why the messages could not be read, such as a compression that kafkajs lacks. Default: they were read. */
  readonly notRead?: string;
  /** Number of messages that Kafka's retention has deleted. */
  readonly deleted: number;
  /** Number of offsets that were looked at, the topic's last ones. */
  readonly offsets: number;
  /** How many of them have no message: markers and aborted messages of transactions, and what compaction has removed. */
  readonly empty: number;
  /** Number of messages without a value. */
  readonly tombstones: number;
  /** Number of rows that the messages make. */
  readonly rows: number;
  /** Lines and messages without a row, by reason. */
  readonly malformed: ReadonlyMap<string, Tally>;
  /** Values that do not fit their column and are null there, by field and reason. */
  readonly wrongFields: ReadonlyMap<string, Tally>;
  /** Whether not every message makes one row: they are filtered, or rolled up. */
  readonly selects: boolean;
  /** Number of objects that follow another one on their line: Druid does not read them. */
  readonly unread: number;
  /** Number of the table's rows that lack a value which the stream declares, by field. */
  readonly nulls: Readonly<Record<string, number>>;
  /** What Druid's running tasks have counted, and since when. Undefined: they did not answer, as when they begin or end. */
  readonly tasks?: IngestionTotals & { readonly since?: string };
  /** Messages that Druid has not read yet, as it told last. Undefined in a task's first seconds. */
  readonly lag?: number;
}

/** How many messages are read, at most: as many as a laptop reads in some seconds through a port-forward. */
const maxMessages = 100_000;

/** Reads the topic's last messages, and asks Druid for its own counts. */
export async function auditTopic(proof: IngestionProof): Promise<Audit> {
  const { stream, kafka, druid } = proof;
  const id = stream.ingestion.datasource;
  const partitions = await onLink("producer → Kafka", () => kafka.offsets(stream.topic.name));
  const ranges = lastOf(partitions, maxMessages);
  const messages = new Messages(readingRules(specOf(stream)));
  const read = kafka.read(stream.topic.name, ranges, (message) => messages.add(message));
  const notRead = await read.then(() => undefined, describe);
  const offsets = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  return onLink("Kafka → Druid", async () => {
    const status = await druid.status(id);
    const starts = status?.activeTasks.flatMap(({ startTime }) => startTime ?? []) ?? [];
    const [since] = starts.sort();
    const totals = await druid.totals(id).catch(() => undefined);
    return {
      ...(notRead !== undefined && { notRead }),
      ...messages.result(),
      deleted: partitions.reduce((sum, { low }) => sum + low, 0),
      offsets,
      empty: offsets - messages.count,
      nulls: await countNulls(proof),
      ...(totals && { tasks: { ...totals, ...(since !== undefined && { since }) } }),
      ...(typeof status?.aggregateLag === "number" && { lag: status.aggregateLag }),
    };
  });
}

/** What is malformed among the topic's last messages: of each reason how many, and the first. */
export async function malformedAmong(
  { stream, kafka }: Pick<IngestionProof, "stream" | "kafka">,
  count: number,
): Promise<ReadonlyMap<string, Tally>> {
  const ranges = lastOf(await kafka.offsets(stream.topic.name), count);
  const messages = new Messages(readingRules(specOf(stream)));
  await kafka.read(stream.topic.name, ranges, (message) => messages.add(message));
  const { malformed, wrongFields } = messages.result();
  return new Map([...malformed, ...wrongFields]);
}

/** The last messages of a topic, as many of each partition. */
function lastOf(partitions: readonly PartitionOffsets[], count: number): OffsetRange[] {
  const share = Math.ceil(count / partitions.length);
  return partitions.map(({ partition, low, high }) => ({
    partition,
    from: Math.max(low, high - share),
    to: high,
  }));
}

/** The sums over messages. */
class Messages {
  count = 0;
  private tombstones = 0;
  private rows = 0;
  private unread = 0;
  private readonly malformed = new Map<string, Tally>();
  private readonly wrongFields = new Map<string, Tally>();

  constructor(private readonly rules: ReturnType<typeof readingRules>) {}

  /** @returns false: the reading goes on */
  add({ partition, offset, value }: StoredMessage): false {
    this.count += 1;
    if (value === null) {
      this.tombstones += 1;
      return false;
    }
    const verdict = verdictOf(value, this.rules);
    this.rows += verdict.rows;
    this.unread += verdict.unread;
    const example = () =>
      `offset ${offset}${partition === 0 ? "" : ` of partition ${partition}`}: ${describeBytes(value)}`;
    for (const reason of verdict.stops ? [verdict.stops] : verdict.unparseable) {
      tally(this.malformed, reason, example);
    }
    // Druid makes no row of an empty message, and counts it nowhere.
    if (value.length === 0 && this.rules.byLine) tally(this.malformed, "no JSON in it", example);
    for (const reason of verdict.wrongFields) tally(this.wrongFields, reason, example);
    return false;
  }

  result() {
    const { tombstones, rows, unread, malformed, wrongFields } = this;
    const { selects } = this.rules;
    return { tombstones, rows, selects, unread, malformed, wrongFields };
  }
}

function tally(tallies: Map<string, Tally>, key: string, example: () => string): void {
  const before = tallies.get(key);
  tallies.set(key, { count: (before?.count ?? 0) + 1, example: before?.example ?? example() });
}

/** Counts the rows without a value in fields that each event has by the stream's declaration. */
async function countNulls({ stream, druid }: IngestionProof): Promise<Record<string, number>> {
  const required = Object.entries(stream.event)
    .filter(([, field]) => "optional" in field && !field.optional)
    .map(([name]) => name);
  // Druid has no column of a field until a message has come since it was declared.
  const columns = await druid.sql(
    "SELECT COLUMN_NAME AS name FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = ?",
    [stream.ingestion.datasource],
  );
  const known = required.filter((field) => columns.some(({ name }) => name === field));
  if (known.length === 0) return {};
  const counts = known.map(
    (name) => `COUNT(*) FILTER (WHERE ${quoted(name)} IS NULL) AS ${quoted(name)}`,
  );
  const [row = {}] = await druid.sql(`SELECT ${counts.join(", ")} FROM ${table(stream)}`);
  return Object.fromEntries(
    known.map((name) => [name, Number(row[name])] as const).filter(([, count]) => count > 0),
  );
}
