/**
 * A stream that stands still is an error of `make up` and drift of `make refresh`, with the reason and what to do: Kafka
 * deleted messages before Druid read them; a message makes each task fail.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { StackOutputs } from "../../verify/outputs";
import { permitDeletion, takeBackPermission } from "../support/delete-data";
import { outOfBand } from "../support/out-of-band";
import { removeParcels, requireNoParcels, writeParcels } from "../support/parcels";
import { details } from "../support/run-output";
import {
  make,
  mustMake,
  sql,
  standUp,
  until,
  withKafkaClient,
  withService,
} from "../support/stack";

const supervisor = "/druid/indexer/v1/supervisor/parcels";
let outputs: StackOutputs;
let sent = 0;

before(async () => {
  requireNoParcels();
  outputs = await standUp();
  writeParcels();
  await mustMake("up");
});
after(() => {
  removeParcels();
  takeBackPermission();
});

async function sendValues(values: Buffer[]): Promise<void> {
  await withKafkaClient(outputs, async (kafka) => {
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    await producer.send({
      topic: "parcels",
      acks: -1,
      messages: values.map((value) => ({ value })),
    });
    await producer.disconnect();
  });
  sent += values.length;
}

/** Sends parcels whose weight is their offset. */
function send(events: number): Promise<void> {
  const event = (weight: number) => Buffer.from(JSON.stringify({ at: Date.now(), weight }));
  return sendValues(Array.from({ length: events }, (_, index) => event(sent + index)));
}

/** Waits until the weights are exactly these, each once. */
function weights(expected: readonly number[]): Promise<true> {
  return withService(outputs, "druid", (url) =>
    until(`${expected.length} parcels in Druid`, async (say) => {
      // Before its first row Druid does not know the table. It sorts by time alone.
      const found = await sql(url, 'SELECT weight FROM "parcels"').catch((error: Error) => {
        say(error.message);
        return undefined;
      });
      if (found === undefined) return undefined;
      const text = JSON.stringify(found.map(({ weight }) => Number(weight)).sort((a, b) => a - b));
      say(text);
      return text === JSON.stringify(expected) || undefined;
    }),
  );
}

const druid = (method: "GET" | "POST", path: string) =>
  outOfBand(outputs, (apis) => apis.druid(method, path));
const range = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index);

test("messages that Kafka deleted before Druid read them are an error of up, with their number and what to do", async () => {
  await send(25);
  await weights(range(0, 25));
  await druid("POST", `${supervisor}/suspend`);
  await until("the end of its tasks", async (say) => {
    const path = "/druid/indexer/v1/tasks?datasource=parcels&state=running";
    const tasks = (await druid("GET", path)) as unknown[];
    say(JSON.stringify(tasks));
    return tasks.length === 0 || undefined;
  });
  await send(35);
  // As retention does, by time or by size.
  await outOfBand(outputs, async ({ kafka }) => {
    // kafkajs looks for the partitions' leaders among what it has read already.
    await kafka.fetchTopicOffsets("parcels");
    const partitions = [{ partition: 0, offset: "50" }];
    await kafka.deleteTopicRecords({ topic: "parcels", partitions });
  });

  const refresh = await mustMake("refresh");
  assert.deepEqual(details(refresh.output)["parcels-ingestion"], ["+ spec.suspended: true"]);
  const up = await make("up");
  assert.notEqual(up.exitCode, 0, up.output);
  assert.match(
    up.output,
    /supervisor parcels does not read: 25 messages are lost, .*\(partition 0: Druid's next offset is 25, Kafka's first 50\)\. `make reset-offsets` continues/,
  );
});

test("a refresh shows it as drift, and up goes on failing", async () => {
  const refresh = await mustMake("refresh");
  const [line = ""] = details(refresh.output)["parcels-ingestion"] ?? [];
  assert.match(line, /^[+~] problem: .*25 messages are lost/, refresh.output);
  const up = await make("up");
  assert.notEqual(up.exitCode, 0, up.output);
  assert.match(up.output, /25 messages are lost/);
});

test("make reset-offsets says the cost, and the stream goes on at Kafka's first message, all rows once", async () => {
  const reset = await mustMake("reset-offsets", { STREAM: "parcels" });
  assert.match(reset.stdout, /^Stream parcels: 25 messages are lost, .*\. Druid reads again\.$/m);
  await weights([...range(0, 25), ...range(50, 60)]);
  await mustMake("up");
  assert.deepEqual(details((await mustMake("refresh")).output), {});
  await send(5);
  await weights([...range(0, 25), ...range(50, 65)]);
  const again = await mustMake("reset-offsets");
  assert.match(again.stdout, /^Stream demo: no message is lost, and nothing was changed\.$/m);
  assert.match(again.stdout, /^Stream parcels: no message is lost, and nothing was changed\.$/m);
});

test("tasks that fail at one message are told by up and refresh in one line, with offset and first bytes", async () => {
  // Without lines, zero bytes before the JSON stop each task.
  writeParcels({ ingestion: { multiline: true } });
  await mustMake("up");
  const prefix = Buffer.from([0, 0, 0, 0, 1]);
  await sendValues([Buffer.concat([prefix, Buffer.from('{"at":1,"weight":1}')])]);
  await send(3);
  await until("three failed tasks", async (say) => {
    const path = "/druid/indexer/v1/tasks?datasource=parcels&state=complete&max=3";
    const tasks = (await druid("GET", path)) as { statusCode: string }[];
    const states = tasks.map(({ statusCode }) => statusCode).join(", ");
    say(states);
    return states === "FAILED, FAILED, FAILED" || undefined;
  });

  const refresh = await mustMake("refresh");
  const [line = ""] = details(refresh.output)["parcels-ingestion"] ?? [];
  assert.match(line, /^\+ problem: .*its tasks fail again and again/, refresh.output);
  const up = await make("up");
  assert.notEqual(up.exitCode, 0, up.output);
  const told = up.output.split("\n").filter((text) => text.includes("fail again and again"));
  assert.ok(told.length > 0, up.output);
  assert.match(
    told[0] ?? "",
    /each begins at offset 65 of partition 0: .*at offset 65 of partition 0 \(zero bytes before the JSON.*\): 00 00 00 00 01 7b/,
  );
  assert.doesNotMatch(up.output, /^\s*at [\w.$]+\(/m);
});

test("what is declared right again lets the stream go on, without the message", async () => {
  writeParcels();
  await mustMake("up");
  await weights([...range(0, 25), ...range(50, 65), ...range(66, 69)]);
  await withKafkaClient(outputs, async (kafka) => {
    const admin = kafka.admin();
    await admin.connect();
    const { groups } = await admin.listGroups();
    await admin.disconnect();
    assert.deepEqual(
      groups.filter(({ groupId }) => groupId.startsWith("realtime-analytics-read-")),
      [],
    );
  });
});

test("the stream goes with its file", async () => {
  removeParcels();
  permitDeletion("topic/parcels", "datasource/parcels");
  await mustMake("up");
});
