import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { prices, specOf } from "../pipelines/testing/streams";
import { runProducer } from "./producer";
import { type ProducerSettings, readSettings } from "./settings";
import { FakeTransport } from "./testing/fake-transport";
import { RecordingLog } from "./testing/recording-log";
import { until } from "./testing/until";

function settings(changes: Partial<ProducerSettings>): ProducerSettings {
  const defaults = readSettings([], {}, specOf(prices));
  assert.ok(defaults !== "help");
  return { ...defaults, ...changes };
}

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === "object" ? resolve(address.port) : reject(address),
      );
    });
  });

test("the seed's round: one message a coin at once, each printed as the seed prints it", async () => {
  const transport = new FakeTransport();
  const log = new RecordingLog();
  const outcome = await runProducer(
    settings({ count: 4 }),
    transport,
    log,
    new AbortController().signal,
  );
  assert.deepEqual(outcome, { acknowledged: 4, unacknowledged: 0, refused: 0 });
  assert.deepEqual(transport.groups.map(({ key }) => key).sort(), ["BTC", "BTT", "DOT", "ETH"]);
  const line = /^info Producing message @ \d{4}-\d\d-\d\dT[\d:.]+Z \| Message = (\{.*\})$/;
  assert.deepEqual(
    log.lines.map((text) => line.exec(text)?.[1]),
    transport.received,
  );
});

test("aborting flushes what was made, and closes the connection", async () => {
  const transport = new FakeTransport();
  const stop = new AbortController();
  const running = runProducer(
    settings({ pace: { perSecond: 5_000 } }),
    transport,
    new RecordingLog(),
    stop.signal,
  );
  await until("100 messages", () => transport.received.length >= 100);
  stop.abort();
  const outcome = await running;
  assert.equal(outcome.unacknowledged, 0);
  assert.equal(outcome.acknowledged, transport.received.length);
  assert.equal(transport.resets, 1);
});

test("an overflow is counted, and said with what to do", async () => {
  const transport = new FakeTransport();
  transport.down = true;
  const log = new RecordingLog();
  const outcome = await runProducer(
    settings({ pace: { perSecond: 10_000 }, count: 50, bufferMessages: 20, shutdownMs: 20 }),
    transport,
    log,
    new AbortController().signal,
  );
  assert.deepEqual(outcome, { acknowledged: 0, unacknowledged: 20, refused: 30 });
  const overflow = log.lines.filter((line) => line.startsWith("error"));
  assert.equal(overflow.length, 1);
  assert.match(overflow[0] ?? "", /^error the buffer of 20 messages is full: 1 refused so far; /);
});

test("probes: ready only while Kafka answers, live although it is down", async () => {
  const transport = new FakeTransport();
  transport.down = true;
  const port = await freePort();
  const stop = new AbortController();
  const running = runProducer(
    settings({ healthPort: port }),
    transport,
    new RecordingLog(),
    stop.signal,
  );
  const status = async (path: string) =>
    (await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined))?.status;
  await until("the health endpoint", async () => (await status("/healthz")) === 200);
  assert.equal(await status("/readyz"), 503);
  assert.equal(await status("/"), 404);
  const metrics = async () => await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  await until("a failed attempt", async () =>
    /^producer_send_errors_total\{stream="prices"\} [1-9]/m.test(await metrics()),
  );
  const text = await metrics();
  assert.match(text, /^producer_events_sent_total\{stream="prices"\} 0$/m);
  assert.match(text, /^producer_buffer_limit_events\{stream="prices"\} 100000$/m);
  assert.match(text, /^producer_buffered_events\{stream="prices"\} \d+$/m);
  transport.down = false;
  await until("ready", async () => (await status("/readyz")) === 200);
  stop.abort();
  assert.equal((await running).unacknowledged, 0);
});
