import { createServer, type Server } from "node:http";
import type { MessageBuffer } from "./buffer";
import type { Delivery } from "./delivery";
import { createMetrics } from "./metrics";

export interface HealthArgs {
  /** TCP port, on all of the pod's addresses. */
  readonly port: number;
  readonly stallMs: number;
  /** Name of the stream that is sent. */
  readonly stream: string;
}

/**
 * Answers the kubelet's probes, and Prometheus.
 *
 * - `/healthz`: 503 if messages wait and no attempt to send has succeeded or failed for `stallMs`. The process is then
 *   stuck, and a restart helps. An outage of Kafka alone gives no 503, because a restart would lose the buffer.
 * - `/readyz`: 503 while the last attempt to reach Kafka failed.
 * - `/metrics`: the counts in Prometheus' format.
 *
 * The first two answers contain the counts as JSON.
 *
 * @throws Node's error of listen, such as EADDRINUSE, by rejecting the promise
 */
export async function serveHealth(
  { port, stallMs, stream }: HealthArgs,
  delivery: Delivery,
  buffer: MessageBuffer,
): Promise<Server> {
  const metrics = createMetrics(stream, delivery, buffer);
  const server = createServer(async (request, response) => {
    if (request.url === "/metrics") {
      response.setHeader("content-type", metrics.contentType);
      response.end(await metrics.metrics());
      return;
    }
    const checks: Record<string, boolean> = {
      "/healthz": delivery.stalledMs < stallMs,
      "/readyz": delivery.connected,
    };
    const healthy = checks[request.url ?? ""];
    response.statusCode = healthy === undefined ? 404 : healthy ? 200 : 503;
    response.setHeader("content-type", "application/json");
    response.end(
      `${JSON.stringify({
        connected: delivery.connected,
        stalledMs: Math.round(delivery.stalledMs),
        acknowledged: delivery.acknowledged,
        waiting: buffer.size,
        refused: buffer.refused,
      })}\n`,
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, resolve);
  });
  return server;
}
