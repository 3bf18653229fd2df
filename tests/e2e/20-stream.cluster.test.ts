import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { StackOutputs } from "../../verify/outputs";
import {
  endOffset,
  make,
  sql,
  standUp,
  until,
  withKafkaClient,
  withService,
} from "../support/stack";

let outputs: StackOutputs;
before(async () => {
  outputs = await standUp();
});

const topic = "demo";
/** In each round of the producer there is an event of each. */
const coins = 4;

async function rowCount(where = "TRUE"): Promise<number> {
  return withService(outputs, "druid", async (url) => {
    const [row] = await sql(url, `SELECT COUNT(*) AS n FROM "demo" WHERE ${where}`);
    return Number(row?.n);
  });
}

async function send(values: (string | Buffer)[]): Promise<void> {
  await withKafkaClient(outputs, async (kafka) => {
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    await producer.send({ topic, acks: -1, messages: values.map((value) => ({ value })) });
    await producer.disconnect();
  });
}

/** The counts of messages and rows between two messages of the producer, when they are equal. */
function countsAgree(malformed: number): Promise<number> {
  return until("as many rows in Druid as messages in Kafka", async (say) => {
    const before = await endOffset(outputs, topic);
    const rows = await rowCount();
    const after = await endOffset(outputs, topic);
    say(`Kafka's end offset ${before}, then ${after}; ${rows} rows in Druid`);
    return before === after && rows + malformed === after ? rows : undefined;
  });
}

/**
 * How many messages of the topic have no row: the malformed ones that earlier runs of this file sent to the same stack. A
 * message that is on its way has none yet, so the least difference counts, over two rounds of the producer.
 */
async function malformedSoFar(): Promise<number> {
  const first = await endOffset(outputs, topic);
  let least = Number.POSITIVE_INFINITY;
  return until("two rounds of the producer", async (say) => {
    const rows = await rowCount();
    const end = await endOffset(outputs, topic);
    least = Math.min(least, end - rows);
    say(`${end - first} messages since the first look, at least ${least} without a row`);
    return end - first >= 2 * coins ? least : undefined;
  });
}

test("Druid has a row for each message that Kafka has, while the producer goes on", async () => {
  const malformed = await malformedSoFar();
  const rows = await countsAgree(malformed);
  assert.ok(rows > 0);
  const more = await until("the producer's next round", async () => {
    const count = await rowCount();
    return count > rows ? count : undefined;
  });
  assert.ok(more > rows);
});

test("epoch seconds, ms, µs, ns and ISO 8601 land at the same __time, and ISO 8601 before 1973 at its own", async () => {
  const mark = `e2e-time-${Date.now()}`;
  const ms = Math.floor(Date.now() / 1000) * 1000;
  const event = { data_id: 11, name: "BTC", probe_id: mark };
  const iso = new Date(ms).toISOString();
  const forms = [ms / 1000, ms, ms * 1000, `${ms}000000`, String(ms), iso, iso.slice(0, 19)];
  const old = ["1969-07-20T20:17:40Z", "1972-01-01T00:00:00Z"];
  await send([...forms, ...old].map((timestamp) => JSON.stringify({ ...event, timestamp })));
  const times = await until("a row of each", async (say) => {
    const rows = await withService(outputs, "druid", (url) =>
      sql(url, `SELECT TIMESTAMP_TO_MILLIS(__time) AS t FROM "demo" WHERE probe_id = '${mark}'`),
    );
    say(`${rows.length} rows`);
    return rows.length >= forms.length + old.length ? rows.map((row) => Number(row.t)) : undefined;
  });
  const expected = [...old.map((time) => Date.parse(time)), ...forms.map(() => ms)];
  assert.deepEqual(
    times.sort((a, b) => a - b),
    expected,
  );
});

test("malformed messages are counted and shown by verify, and the good ones among them are all ingested", async () => {
  const mark = `e2e-malformed-${Date.now()}`;
  const before = await malformedSoFar();
  const good = Array.from({ length: 20 }, (_, index) =>
    JSON.stringify({ data_id: index, name: "ETH", timestamp: Date.now(), probe_id: mark }),
  );
  const [whole = ""] = good;
  const bad = [
    "{ no json",
    '{"data_id": 1, "name": "BTC", "timestamp": "not a time"}',
    "\u0000\u0001",
    // A schema registry's prefix, and texts that end too soon.
    Buffer.from([0, 0, 0, 0, 1, ...Buffer.from(whole)]),
    Buffer.from([...Buffer.from('{"name": "'), 0xc3]),
    whole.slice(0, -1),
    "[]",
    "17",
    '"text"',
    "null",
    "{}",
    " ",
  ];
  // Each between two good ones.
  await send(bad.flatMap((message, index) => [message, ...good.slice(index, index + 1)]));
  // The mark of their bytes' order tells that these are UTF-16.
  const utf16 = Buffer.from(`\ufeff${whole}`, "utf16le");
  await send([...good.slice(bad.length), utf16, Buffer.from(utf16).swap16()]);

  await until("the good rows", async (say) => {
    const rows = await rowCount(`probe_id = '${mark}'`);
    say(`${rows} rows`);
    return rows === good.length + 2 ? rows : undefined;
  });
  await countsAgree(before + bad.length);

  const verify = await make("verify");
  assert.equal(verify.exitCode, 0, verify.output);
  assert.match(
    verify.output,
    new RegExp(`\\b${before + bad.length}\\b.*malformed|malformed.*\\b${before + bad.length}\\b`),
  );
});
