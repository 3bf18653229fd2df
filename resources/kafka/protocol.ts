/**
 * Requests that kafkajs 2.2 doesn't have, written by hand: how their flexible versions are encoded, and how one is sent
 * (Kafka protocol guide, "Protocol Primitive Types"). The client logs in by its certificate, or by SCRAM-SHA-512.
 */
import { connect, type Socket } from "node:net";
import * as tls from "node:tls";
import type { OpenKafka } from "../connection";
import { errorText } from "../error-text";
import { ScramClient } from "./scram-client";

const timeoutMs = 10_000;

export interface Request {
  readonly apiKey: number;
  readonly version: number;
  readonly body: Buffer;
  /** Whether the version is a flexible one, which has tagged fields. Default: true. */
  readonly isFlexible?: boolean;
}

/** Sends one request to the first broker that answers. @throws Error that says of each broker why it didn't */
export async function exchange(config: OpenKafka["config"], request: Request): Promise<Reader> {
  const failures: string[] = [];
  for (const broker of config.brokers) {
    try {
      return await exchangeWith(config, broker, request);
    } catch (error) {
      failures.push(`${broker}: ${errorText(error)}`);
    }
  }
  throw new Error(failures.join("; "));
}

/** Sends one request to a broker. @param broker `host:port` @throws Error that says why it did not answer */
export async function exchangeWith(
  config: OpenKafka["config"],
  broker: string,
  request: Request,
): Promise<Reader> {
  const socket = open(config, broker);
  try {
    const ask = (one: Request) => askOnce(socket, framed(one));
    if (config.sasl) await logIn(config.sasl, ask);
    return new Reader(await ask(request));
  } finally {
    socket.destroy();
  }
}

function framed({ apiKey, version, body, isFlexible = true }: Request): Buffer {
  const client = Buffer.from("realtime-analytics");
  const header = Buffer.alloc(10);
  header.writeInt16BE(apiKey, 0);
  header.writeInt16BE(version, 2);
  header.writeInt32BE(1, 4);
  header.writeInt16BE(client.length, 8);
  const tags = isFlexible ? [noTags] : [];
  const message = Buffer.concat([header, client, ...tags, body]);
  return Buffer.concat([int32(message.length), message]);
}

/** SaslHandshake and SaslAuthenticate (Kafka protocol guide, keys 17 and 36). */
async function logIn(
  { username, password }: NonNullable<OpenKafka["config"]["sasl"]>,
  ask: (request: Request) => Promise<Buffer>,
): Promise<void> {
  const mechanism = Buffer.from("SCRAM-SHA-512");
  const body = Buffer.concat([Buffer.from([0, mechanism.length]), mechanism]);
  await ask({ apiKey: 17, version: 1, body, isFlexible: false });
  const authenticate = async (message: string) => {
    const bytes = Buffer.concat([compact(message), noTags]);
    const answer = new Reader(await ask({ apiKey: 36, version: 2, body: bytes }));
    const error = answer.int16();
    const reason = answer.text();
    if (error !== 0) throw new Error(`Kafka refuses user ${username}: ${reason}`);
    return answer.text();
  };
  const client = new ScramClient(username, password);
  const challenge = await authenticate(client.first());
  client.verify(await authenticate(client.final(challenge)));
}

async function askOnce(socket: Socket, request: Buffer): Promise<Buffer> {
  return new Promise<Buffer>((resolve, reject) => {
    let answer = Buffer.alloc(0);
    socket.removeAllListeners("data");
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
  });
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

  /** Exact up to 2^53. */
  int64(): number {
    return Number(this.bytes.readBigInt64BE(this.advance(8)));
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
