import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";

export interface FakePod {
  readonly name: string;
  readonly ready: boolean;
  /** Where its port really is, on 127.0.0.1. */
  readonly localPort: number;
}

/** The part of Kubernetes' API that a port-forward needs: a namespace, one service, its pods, and their ports. */
export class FakeApiServer {
  pods: readonly FakePod[] = [];
  /** Whether there is the namespace at all. */
  hasNamespace = true;
  private readonly server: Server;

  constructor(private readonly service: { readonly name: string; readonly port: number }) {
    this.server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? "", "http://fake");
      const body = this.answer(pathname);
      response.writeHead(body === undefined ? 404 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(body ?? { kind: "Status", code: 404 }));
    });
    this.server.on("upgrade", (request, socket: Duplex) => {
      const pod = /pods\/([^/]+)\/portforward/.exec(request.url ?? "")?.[1];
      const key = String(request.headers["sec-websocket-key"]);
      socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
          `Sec-WebSocket-Protocol: v4.channel.k8s.io\r\nSec-WebSocket-Accept: ${acceptKey(key)}\r\n\r\n`,
      );
      this.forward(this.pods.find((candidate) => candidate.name === pod)?.localPort ?? 1, socket);
    });
  }

  /** @returns a kubeconfig that names it */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    const { port } = this.server.address() as AddressInfo;
    const name = "fake";
    return JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": name,
      // The client takes plain HTTP only of a cluster whose certificate need not be verified.
      clusters: [
        { name, cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true } },
      ],
      contexts: [{ name, context: { cluster: name, user: name } }],
      users: [{ name, user: {} }],
    });
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private answer(path: string): unknown {
    if (!this.hasNamespace) {
      return undefined;
    }
    if (/\/namespaces\/[^/]+$/.test(path)) {
      return { kind: "Namespace" };
    }
    if (path.endsWith(`/services/${this.service.name}`)) {
      const port = { port: this.service.port, targetPort: "main" };
      return { spec: { selector: { app: "fake" }, ports: [port] } };
    }
    return path.endsWith("/pods") ? { items: this.pods.map(podObject) } : undefined;
  }

  /** Channel 0 carries data, channel 1 errors; each begins with the port's number. */
  private forward(port: number, socket: Duplex): void {
    const target = connect(port, "127.0.0.1");
    socket.write(frame(Buffer.from([0, port & 0xff, port >> 8])));
    socket.write(frame(Buffer.from([1, port & 0xff, port >> 8])));
    target.on("data", (data) => socket.write(frame(Buffer.concat([Buffer.from([0]), data]))));
    target.on("close", () => socket.end());
    target.on("error", () => socket.write(frame(Buffer.from("\u0001connection refused"))));
    let received: Buffer = Buffer.alloc(0);
    socket.on("data", (data: Buffer) => {
      received = Buffer.concat([received, data]);
      for (let next = unframe(received); next !== undefined; next = unframe(received)) {
        received = next.rest;
        if (next.closes) {
          socket.end();
        } else if (next.payload[0] === 0) {
          target.write(next.payload.subarray(1));
        }
      }
    });
    socket.on("close", () => target.destroy());
    socket.on("error", () => target.destroy());
  }
}

function podObject(pod: FakePod): unknown {
  return {
    metadata: { name: pod.name },
    spec: { containers: [{ name: "main", ports: [{ name: "main", containerPort: 1 }] }] },
    status: {
      phase: pod.ready ? "Running" : "Pending",
      conditions: [
        {
          type: "Ready",
          status: pod.ready ? "True" : "False",
          ...(pod.ready ? {} : { message: "containers with unready status: [main]" }),
        },
      ],
    },
  };
}

function acceptKey(key: string): string {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

/** One unmasked binary frame (RFC 6455, section 5.2). */
function frame(payload: Buffer): Buffer {
  const length =
    payload.length < 126
      ? Buffer.from([payload.length])
      : Buffer.from([126, payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([Buffer.from([0x82]), length, payload]);
}

interface Frame {
  readonly payload: Buffer;
  readonly closes: boolean;
  readonly rest: Buffer;
}

/** The first masked frame, if it is all there. */
function unframe(bytes: Buffer): Frame | undefined {
  const short = (bytes[1] ?? 0) & 0x7f;
  const header = short === 126 ? 8 : 6;
  const length = short === 126 && bytes.length > 4 ? bytes.readUInt16BE(2) : short;
  if (bytes.length < header + length || bytes.length < header) {
    return undefined;
  }
  const mask = bytes.subarray(header - 4, header);
  const payload = bytes
    .subarray(header, header + length)
    .map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  const closes = ((bytes[0] ?? 0) & 0x0f) === 8;
  return { payload: Buffer.from(payload), closes, rest: bytes.subarray(header + length) };
}
