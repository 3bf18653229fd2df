import { MessageBuffer } from "./buffer";
import { Delivery, type Transport } from "./delivery";
import { createEvent, toMessage, valuesOf } from "./events";
import { serveHealth } from "./health";
import type { Log } from "./log";
import { runSchedule } from "./schedule";
import type { ProducerSettings } from "./settings";

/** Limit of one attempt; longer than all retries of kafkajs together. */
const attemptTimeoutMs = 120_000;

/** How often a full buffer is logged. */
const overflowReminderMs = 10_000;

/** How many messages were sent, not sent, and refused. */
export interface Outcome {
  readonly acknowledged: number;
  /** Taken, but not acknowledged when the time to flush was over. */
  readonly unacknowledged: number;
  /** Refused, because the buffer was full. */
  readonly refused: number;
}

/**
 * Makes events at the configured pace and sends them to Kafka, until `signal` aborts or the configured count is reached.
 * Then it flushes the buffer within the configured time.
 */
export async function runProducer(
  settings: ProducerSettings,
  transport: Transport,
  log: Log,
  signal: AbortSignal,
): Promise<Outcome> {
  const buffer = new MessageBuffer(settings.bufferMessages);
  const delivery = new Delivery(buffer, transport, log, {
    batchMessages: settings.batchMessages,
    attemptTimeoutMs,
  });
  const { spec } = settings;
  const health =
    settings.healthPort === 0
      ? undefined
      : await serveHealth(
          { port: settings.healthPort, stallMs: settings.stallMs, stream: spec.name },
          delivery,
          buffer,
        );
  const values = valuesOf(spec);
  const reportOverflow = createOverflowReport(buffer, log);
  delivery.start();
  await runSchedule({
    pace: settings.pace,
    roundSize: values.length,
    count: settings.count,
    signal,
    make: (index) => {
      const value = values[index % values.length];
      if (value === undefined) return;
      const now = new Date();
      const message = toMessage(spec, createEvent(spec, value, now));
      log.info(`Producing message @ ${now.toISOString()} | Message = ${message.value}`);
      if (!buffer.offer(message)) reportOverflow();
    },
  });
  await delivery.stop(settings.shutdownMs);
  await closeQuietly(transport, log);
  health?.close();
  return {
    acknowledged: delivery.acknowledged,
    unacknowledged: delivery.unacknowledged,
    refused: buffer.refused,
  };
}

/** Logs that the buffer is full, at the first refusal and then every ten seconds. */
function createOverflowReport(buffer: MessageBuffer, log: Log): () => void {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    const now = performance.now();
    if (now - last < overflowReminderMs) return;
    last = now;
    log.error(
      `the buffer of ${buffer.capacity} messages is full: ${buffer.refused} refused so far; raise PRODUCER_BUFFER_MESSAGES, or see why Kafka doesn't answer`,
    );
  };
}

/** Closes the connection within a time limit. Every message has been acknowledged or counted already. */
async function closeQuietly(transport: Transport, log: Log): Promise<void> {
  const bound = new Promise<void>((resolve) => setTimeout(resolve, 2_000).unref());
  const closed = transport
    .reset()
    .catch((error: unknown) => log.debug(`closing the connection: ${error}`));
  await Promise.race([closed, bound]);
}
