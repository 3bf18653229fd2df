import { Counter, Gauge, Registry } from "prom-client";
import type { MessageBuffer } from "./buffer";
import type { Delivery } from "./delivery";

/** What the producer tells Prometheus, read when it is scraped. */
export function createMetrics(
  stream: string,
  delivery: Pick<Delivery, "acknowledged" | "failures">,
  buffer: Pick<MessageBuffer, "size" | "capacity" | "refused">,
): Registry {
  const registry = new Registry();
  const options = (name: string, help: string) => ({
    name: `producer_${name}`,
    help,
    labelNames: ["stream"],
    registers: [registry],
  });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      ...options(name, help),
      collect() {
        this.set({ stream }, read());
      },
    });
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      ...options(name, help),
      collect() {
        // The program counts by itself: the counter takes its number over.
        this.reset();
        this.inc({ stream }, read());
      },
    });
  counter("events_sent_total", "Events that Kafka has acknowledged.", () => delivery.acknowledged);
  counter("events_refused_total", "Events that a full buffer refused.", () => buffer.refused);
  counter(
    "send_errors_total",
    "Attempts to connect or to send that failed.",
    () => delivery.failures,
  );
  gauge("buffered_events", "Events that wait for Kafka.", () => buffer.size);
  gauge("buffer_limit_events", "Events that may wait for Kafka.", () => buffer.capacity);
  return registry;
}
