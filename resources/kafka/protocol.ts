/**
 * Requests that kafkajs 2.2 doesn't have, written by hand: how their flexible versions are encoded, and how one is sent
 * (Kafka protocol guide, "Protocol Primitive Types"). It logs in by a client's certificate, not by a password.
 */
import { connect, type Socket } from "node:net";
import * as tls from "node:tls";
import type { OpenKafka } from "../connection";
import { errorText } from "../error-text";

const timeoutMs = 10_000;

export interface Request {
  readonly apiKey: number;
  /** A flexible one. */
  readonly version: number;
  readonly body: Buffer;
}

/** Sends one request to the first broker that answers. @throws Error that says of each broker why it didn't */
export async function exchange(config: OpenKafka["config"], request: Request): Promise<Reader> {
  const failures: string[] = [];
  for (const broker of config.brokers) {
    try {
      return new Reader(await exchangeWith(config, broker, framed(request)));
    } catch (error) {
      failures.push(`${broker}: ${errorText(error)}`);
    }
  }
  throw new Error(failures.join("; "));
}

function framed({ apiKey, version, body }: Request): Buffer {
  const client = Buffer.from("realtime-analytics");
  const header = Buffer.alloc(10);
  header.writeInt16BE(apiKey, 0);
  header.writeInt16BE(version, 2);
  header.writeInt32BE(1, 4);
  header.writeInt16BE(client.length, 8);
  const message = Buffer.concat([header, client, noTags, body]);
  return Buffer.concat([int32(message.length), message]);
}

async function exchangeWith(
  config: OpenKafka["config"],
  broker: string,
  request: Buffer,
): Promise<Buffer> {
  const socket = open(config, broker);
  return new Promise<Buffer>((resolve, reject) => {
    let answer = Buffer.alloc(0);
    socket.setTimeout(timeoutMs, () => reject(new Error(`no answer in ${timeoutMs} ms`)));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("closed without an answer")));
    socket.on("data", (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length >= 4 && answer.length >= 4 + answer.readInt32BE(0)) {
        resolve(answer.subarray(4));
      }
    });
    socket.write(request);
  }).finally(() => socket.destroy());
}

function open({ socketFactory, ssl }: OpenKafka["config"], broker: string): Socket {
  const [host = "", port = "9092"] = broker.split(/:(?=\d+$)/);
  const target = { host, port: Number(port), onConnect: () => {} };
  if (socketFactory) return socketFactory({ ...target, ...(ssl && { ssl }) });
  return ssl
    ? tls.connect({ servername: host, ...ssl, host, port: target.port })
    : connect(target.port, host);
}

/** An empty list of tagged fields. */
export const noTags = Buffer.from([0]);

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** A COMPACT_STRING or COMPACT_BYTES. */
export function compact(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([unsignedVarint(bytes.length + 1), bytes]);
}

/** A COMPACT_ARRAY. */
export function compactArray(entries: readonly Buffer[]): Buffer {
  return Buffer.concat([unsignedVarint(entries.length + 1), ...entries]);
}

function unsignedVarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) {
    bytes.push((rest & 0x7f) | 0x80);
  }
  return Buffer.from([...bytes, rest]);
}

/** Reads an answer from the end of its header on, field by field. */
export class Reader {
  /** After the correlation id. */
  private at = 4;

  constructor(private readonly bytes: Buffer) {
    this.tags();
  }

  int8(): number {
    return this.bytes.readInt8(this.advance(1));
  }

  int16(): number {
    return this.bytes.readInt16BE(this.advance(2));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.advance(4));
  }

  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes.readUInt8(this.advance(1));
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  /** A COMPACT_STRING; null is empty. */
  text(): string {
    const length = Math.max(0, this.unsignedVarint() - 1);
    const from = this.advance(length);
    return this.bytes.toString("utf8", from, from + length);
  }

  /** 16 bytes as hexadecimal digits. */
  uuid(): string {
    const from = this.advance(16);
    return this.bytes.toString("hex", from, from + 16);
  }

  /** A COMPACT_ARRAY. */
  array<T>(entry: () => T): T[] {
    return Array.from({ length: Math.max(0, this.unsignedVarint() - 1) }, entry);
  }

  /** Passes over tagged fields. */
  tags(): void {
    for (let count = this.unsignedVarint(); count > 0; count--) {
      this.unsignedVarint();
      this.advance(this.unsignedVarint());
    }
  }

  /** @returns where it stood */
  private advance(length: number): number {
    const from = this.at;
    this.at += length;
    return from;
  }
}
