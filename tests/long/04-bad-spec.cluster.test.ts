/** A bad ingestion spec doesn't stop the running supervisor: `make up` fails with Druid's words, and ingestion goes on. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { StackOutputs } from "../../verify/outputs";
import { listChanges, permitDeletion, takeBackPermission } from "../support/delete-data";
import { outOfBand } from "../support/out-of-band";
import {
  parcelsResources,
  removeParcels,
  requireNoParcels,
  writeParcels,
} from "../support/parcels";
import { changes } from "../support/run-output";
import {
  make,
  mustMake,
  sql,
  standUp,
  until,
  withKafkaClient,
  withService,
} from "../support/stack";

let outputs: StackOutputs;
before(async () => {
  requireNoParcels();
  outputs = await standUp();
});
after(() => {
  removeParcels();
  takeBackPermission();
});

const supervisor = "/druid/indexer/v1/supervisor/parcels";
let sent = 0;

/** Spec, history and tasks of the supervisor. */
function ingestion() {
  return outOfBand(outputs, async ({ druid }) => ({
    spec: await druid("GET", supervisor),
    history: await druid("GET", `${supervisor}/history`),
    tasks: ((await druid("GET", "/druid/indexer/v1/tasks?datasource=parcels")) as { id: string }[])
      .map(({ id }) => id)
      .sort(),
  }));
}

/** Sends one more event, and waits until Druid has as many rows as were sent. */
async function ingestOne(): Promise<void> {
  await withKafkaClient(outputs, async (kafka) => {
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    const value = JSON.stringify({ at: Date.now(), weight: sent });
    await producer.send({ topic: "parcels", messages: [{ value }] });
    await producer.disconnect();
  });
  sent += 1;
  const rows = await withService(outputs, "druid", (url) =>
    until(`row ${sent} of parcels`, async (say) => {
      const found = await sql(url, "SELECT COUNT(*) AS n FROM parcels").catch((error: Error) => {
        say(error.message);
        return [];
      });
      const count = Number(found[0]?.n ?? 0);
      return count >= sent ? count : undefined;
    }),
  );
  assert.equal(rows, sent);
}

test("up with a spec that Druid refuses fails with Druid's words, and the old supervisor goes on", async () => {
  writeParcels();
  await mustMake("up");
  await ingestOne();
  const before = await ingestion();

  // It is a period, but Druid refuses it, because months vary in length.
  writeParcels({ ingestion: { taskDuration: "P1M" } });
  const up = await make("up");
  assert.notEqual(up.exitCode, 0, up.output);
  assert.match(up.output, /the ingestion spec of parcels was not sent\. Druid refused .*month/s);
  assert.deepEqual(changes(up.output), [], up.output);

  assert.deepEqual(await ingestion(), before);
  await ingestOne();
});

test("after mending, up has nothing left to do", async () => {
  writeParcels();
  const before = await ingestion();
  const up = await mustMake("up");
  assert.deepEqual(changes(up.output), [], up.output);
  assert.deepEqual(await ingestion(), before);
  await ingestOne();
});

test("the stream goes with its file", async () => {
  removeParcels();
  permitDeletion("topic/parcels", "datasource/parcels");
  const up = await mustMake("up");
  assert.deepEqual(
    changes(up.output),
    [...parcelsResources.map((name) => `- ${name}`), ...listChanges].sort(),
    up.output,
  );
});
