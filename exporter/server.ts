import { createSocket, type Socket } from "node:dgram";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { Registry } from "prom-client";

/** Druid's batches are at most as large (`maxBatchSize`), in bytes. */
const maxBodyBytes = 6 * 2 ** 20;

/** Answers `/metrics`, and the kubelet at `/healthz`. */
export function serveMetrics(port: number, registry: Registry): Promise<Server> {
  return listen(port, async (request, response) => {
    if (request.url === "/healthz") return void response.end("ok\n");
    if (request.url !== "/metrics") return void response.writeHead(404).end();
    const text = await registry.metrics();
    response.writeHead(200, { "content-type": registry.contentType }).end(text);
  });
}

/** Takes what Druid's HTTP emitter posts to `/druid`. */
export function receiveDruidEvents(port: number, take: (batch: unknown) => void): Promise<Server> {
  return listen(port, async (request, response) => {
    if (request.method !== "POST" || request.url !== "/druid") {
      return void response.writeHead(404).end();
    }
    const body = await bodyOf(request);
    if (body === undefined) return void response.writeHead(413, { connection: "close" }).end();
    try {
      take(JSON.parse(body));
      response.writeHead(200).end();
    } catch {
      response.writeHead(400).end();
    }
  });
}

/** Takes packets of statsd. */
export function receiveStatsd(port: number, take: (packet: string) => void): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.on("message", (message) => take(message.toString("utf8")));
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, () => resolve(socket));
  });
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function listen(port: number, answer: RequestListener): Promise<Server> {
  const server = createServer(async (request, response) => {
    try {
      await answer(request, response);
    } catch (error) {
      process.stderr.write(`WARN ${request.method} ${request.url}: ${error}\n`);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    }
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, () => resolve(server));
  });
}
