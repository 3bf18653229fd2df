import { createServer, type Server } from "node:http";
import type { MessageBuffer } from "./buffer";
import type { Delivery } from "./delivery";

/**
 * Answers the kubelet's probes.
 *
 * - `/healthz`: 503 when messages wait and no attempt to send has ended, well or badly, for `stallMs`: the
 *   process is stuck, and a restart helps. Kafka being away is no reason: a restart would lose the buffer.
 * - `/readyz`: 503 while the last attempt to reach Kafka failed.
 *
 * Both answer with the counts as JSON.
 *
 * @param port TCP port, on all of the pod's addresses
 * @throws Node's listen error, such as EADDRINUSE, through the promise
 */
export async function serveHealth(
  port: number,
  stallMs: number,
  delivery: Delivery,
  buffer: MessageBuffer,
): Promise<Server> {
  const server = createServer((request, response) => {
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
