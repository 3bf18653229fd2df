/**
 * 10,000 messages of every shape, tombstones and transactions go through the stack's own Kafka and Druid. Each good one
 * becomes its rows, and each bad one is counted with its reason, by Druid and by `make verify`.
 */
import assert from "node:assert/strict";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as fc from "fast-check";
import type { Kafka } from "kafkajs";
import { readingRules, type Verdict, verdictOf } from "../../resources/druid/message-verdict";
import { message } from "../../resources/testing/message-shapes";
import { Druid } from "../../verify/druid";
import type { StackOutputs } from "../../verify/outputs";
import { permitDeletion, takeBackPermission } from "../support/delete-data";
import { askDruid, root } from "../support/own-stack";
import { mustMake, sql, standUp, until, withKafkaClient, withService } from "../support/stack";

const file = join(root, "pipelines", "shapes.ts");
const stream = `import { count, defineStream, dimension, measure, timestamp } from "./declare";

export const shapes = defineStream({
  name: "shapes",
  event: {
    at: timestamp(),
    name: dimension.string(),
    amount: measure.number(),
    pieces: measure.integer(),
  },
  metrics: { rows: count() },
  ingestion: { segmentGranularity: "MONTH" },
});
`;
/** FAST_CHECK_SEED repeats a run. */
const seed = Number(process.env.FAST_CHECK_SEED ?? Date.now() % 2 ** 31);
const numberOfMessages = 10_000;
const atOnce = 500;

interface Sent {
  readonly mark: string;
  readonly value: Buffer | null;
  /** Undefined: a tombstone. */
  readonly verdict?: Verdict;
}

const sent: Sent[] = [];
let outputs: StackOutputs;
/** Of the spec that Druid has. */
let rules: ReturnType<typeof readingRules>;

before(async () => {
  assert.ok(!existsSync(file), `${file} is in the way: the test writes it`);
  outputs = await standUp();
  writeFileSync(file, stream);
  await mustMake("up");
  rules = await withService(outputs, "druid", async (url) =>
    readingRules(await askDruid(url, "/druid/indexer/v1/supervisor/shapes")),
  );
});
after(() => {
  rmSync(file, { force: true });
  takeBackPermission();
});

/** A mark that no other becomes when one of its characters changes. */
const markOf = (index: number) => `shape-${index}-${(index * 7_919) % 99_991}`;
const event = (mark: string, fields: object) =>
  Buffer.from(JSON.stringify({ probe_id: mark, at: "2026-01-02T03:04:05Z", ...fields }));

/** The messages of every shape, large ones, deep ones, and a good one at the end. */
function makeMessages(): void {
  for (let first = 0; first < numberOfMessages; first += atOnce) {
    const marks = Array.from({ length: atOnce }, (_, index) => markOf(first + index));
    const shapes = fc.tuple(...marks.map(message));
    const [values = []] = fc.sample(shapes, { numRuns: 1, seed: seed + first });
    values.forEach((value, index) => {
      keep(markOf(first + index), value);
    });
  }
  keep("large", event("large", { name: "a".repeat(900_000) }));
  keep("large-array", event("large-array", { amount: Array(100_000).fill(1) }));
  // A message of 1 MB has room for no more levels.
  for (const depth of [5_000, 20_000, 480_000]) {
    const value = `${"[".repeat(depth)}1${"]".repeat(depth)}`;
    for (const field of depth > 20_000 ? ["unknown"] : ["unknown", "name", "amount"]) {
      const mark = `deep-${depth}-${field}`;
      const json = event(mark, {}).toString();
      keep(mark, Buffer.from(json.replace(/}$/, `,"${field}":${value}}`)));
    }
  }
  keep("deep-broken", Buffer.from("[".repeat(800_000)));
  keep("last", event("last", { name: "last", amount: 1, pieces: 1 }));
}

function keep(mark: string, value: Buffer | null): void {
  sent.push({ mark, value, ...(value && { verdict: verdictOf(value, rules) }) });
}

async function sendAll(kafka: Kafka): Promise<void> {
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  for (let first = 0; first < sent.length; first += atOnce) {
    const messages = sent.slice(first, first + atOnce).map(({ value }) => ({ value }));
    // The large ones don't fit into one batch with others.
    const batches = messages.some(({ value }) => (value?.length ?? 0) > 100_000)
      ? messages.map((one) => [one])
      : [messages];
    for (const batch of batches)
      await producer.send({ topic: "shapes", acks: -1, messages: batch });
  }
  await producer.disconnect();
}

const total = (count: (verdict: Verdict) => number) =>
  sent.reduce((sum, { verdict }) => sum + (verdict === undefined ? 0 : count(verdict)), 0);
const tombstones = () => sent.filter(({ value }) => value === null).length;
const unparseable = () => total((verdict) => verdict.unparseable.length);
/** Druid counts these nowhere. */
const empty = () => sent.filter(({ value }) => value?.length === 0).length;

test(`every good message of ${numberOfMessages} is in, each bad one is counted (seed ${seed})`, async () => {
  makeMessages();
  await withKafkaClient(outputs, sendAll);
  await withService(outputs, "druid", async (url) => {
    const query =
      "SELECT probe_id AS mark, COUNT(*) AS n, COUNT(*) FILTER (WHERE amount IS NULL) AS no_amount, " +
      'COUNT(*) FILTER (WHERE pieces IS NULL) AS no_pieces FROM "shapes" GROUP BY 1';
    const rows = await until("the last message's row", async (say) => {
      const found = await sql(url, query).catch((error: Error) => void say(error.message));
      say(`${found?.length} marks`);
      return found?.some(({ mark }) => mark === "last") ? found : undefined;
    });
    const byMark = new Map(rows.map((row) => [String(row.mark), row]));
    for (const { mark, value, verdict } of sent) {
      const { n = 0, no_amount = 0, no_pieces = 0 } = byMark.get(mark) ?? {};
      const nulls = (field: string) =>
        (verdict?.missing.filter((name) => name === field).length ?? 0) +
        (verdict?.wrongFields.filter((reason) => reason.startsWith(`${field}: `)).length ?? 0);
      assert.deepEqual(
        [n, no_amount, no_pieces],
        [verdict?.rows ?? 0, nulls("amount"), nulls("pieces")],
        `${mark}: ${value?.toString("latin1").slice(0, 300)}`,
      );
    }
    const inTable = rows.reduce((sum, { n }) => sum + Number(n), 0);
    assert.equal(
      inTable,
      total((verdict) => verdict.rows),
    );
    const withErrors = total((verdict) => verdict.rowsWithWrongFields);
    assert.deepEqual(await new Druid(url).totals("shapes"), {
      processed: inTable - withErrors,
      processedWithError: withErrors,
      unparseable: unparseable(),
      thrownAway: tombstones(),
    });
  });
});

test("what transactions leave is no message: committed events are rows, markers and aborted ones are told as such", async () => {
  await withKafkaClient(outputs, async (kafka) => {
    const producer = kafka.producer({
      allowAutoTopicCreation: false,
      transactionalId: `shapes-${seed}`,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    const send = async (mark: string, events: number, end: "commit" | "abort") => {
      const transaction = await producer.transaction();
      const value = event(mark, { name: mark, amount: 1, pieces: 1 });
      const messages = Array.from({ length: events }, () => ({ value }));
      await transaction.send({ topic: "shapes", messages });
      await transaction[end]();
    };
    await send("aborted", 2, "abort");
    await send("committed", 3, "commit");
    await producer.disconnect();
  });
  const query = `SELECT probe_id AS mark, COUNT(*) AS n FROM "shapes" WHERE probe_id LIKE '%ted' GROUP BY 1`;
  await withService(outputs, "druid", (url) =>
    until("the committed events", async (say) => {
      const text = JSON.stringify(await sql(url, query));
      say(text);
      return text === '[{"mark":"committed","n":3}]' || undefined;
    }),
  );
});

test("make verify tells rows, malformed messages by reason, tombstones, and offsets without a message", async () => {
  const { output } = await mustMake("verify");
  const section = output.slice(output.indexOf("Stream shapes: every link holds."));
  const offsets =
    /all offsets +[\d,]+: ([\d,]+) rows, ([\d,]+) malformed, (\d+) tombstones, (\d+) without a message/;
  const [, ...found] = offsets.exec(section) ?? [];
  const [rows = 0, malformed, tombs, none] = found.map((text) => Number(text.replaceAll(",", "")));
  const [, marked] = /([\d,]+) marked events acknowledged/.exec(section) ?? [];
  assert.deepEqual(
    [rows - Number(marked?.replaceAll(",", "")), malformed, tombs, none],
    // Each transaction has a marker, and one was aborted with two messages.
    [total((verdict) => verdict.rows) + 3, unparseable() + empty(), tombstones(), 4],
    section,
  );
  assert.match(section, /malformed +[\d,]+ × no valid JSON; such as offset \d+: /);
  assert.match(
    section,
    /null instead +[\d,]+ × amount: an? [a-z ]+ is no double; such as offset \d+: /,
  );
  const ownCount = new RegExp(
    `Druid's own count +of its running tasks since .*, ${format(unparseable())} unparseable, `,
  );
  assert.match(section, ownCount);
  assert.doesNotMatch(section, /^ +difference/m);
});

const format = (count: number) => new Intl.NumberFormat("en").format(count);

test("without its file the stream goes", async () => {
  rmSync(file);
  permitDeletion("topic/shapes", "datasource/shapes");
  await mustMake("up");
});
