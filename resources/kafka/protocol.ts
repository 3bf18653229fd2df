/**
 * Requests that kafkajs 2.2 doesn't have, written by hand: how their flexible versions are encoded, and how one is sent
 * (Kafka protocol guide, "Protocol Primitive Types"). It logs in by a client's certificate, or by kafkajs with a password.
 */
import { connect, isIP, type Socket } from "node:net";
import * as tls from "node:tls";
import type { OpenKafka, SocketTarget } from "../connection";
import { errorText } from "../error-text";

const timeoutMs = 10_000;

export interface Request {
  readonly apiKey: number;
  /** A flexible one. */
  readonly version: number;
  readonly body: Buffer;
}

/** Sends one request to the first broker that answers. @throws Error that says of each broker why it didn't */
export function exchange(config: OpenKafka["config"], request: Request): Promise<Reader> {
  return fromFirst(config, (broker) => exchangeWith(config, broker, request));
}

/** Sends one request to a broker. @param broker `host:port` @throws Error that says why it did not answer */
export async function exchangeWith(
  config: OpenKafka["config"],
  broker: string,
  { apiKey, version, body }: Request,
): Promise<Reader> {
  const request = framed(apiKey, version, Buffer.concat([noTags, body]));
  return new Reader(await exchangeBytes(config, broker, request));
}

/** The newest version of a request that the brokers know; undefined if they don't know it (ApiVersions of version 0). */
export async function newestVersion(
  config: OpenKafka["config"],
  apiKey: number,
): Promise<number | undefined> {
  const request = framed(18, 0, Buffer.alloc(0));
  const answer = await fromFirst(config, (broker) => exchangeBytes(config, broker, request));
  // After the correlation id and the error code: the number of entries, each of key, oldest and newest version.
  const entries = Array.from({ length: answer.readInt32BE(6) }, (_, index) => 10 + 6 * index);
  const found = entries.find((at) => answer.readInt16BE(at) === apiKey);
  return found === undefined ? undefined : answer.readInt16BE(found + 4);
}

async function fromFirst<T>(
  { brokers }: OpenKafka["config"],
  ask: (broker: string) => Promise<T>,
): Promise<T> {
  const failures: string[] = [];
  for (const broker of brokers) {
    try {
      return await ask(broker);
    } catch (error) {
      failures.push(`${broker}: ${errorText(error)}`);
    }
  }
  throw new Error(failures.join("; "));
}

function framed(apiKey: number, version: number, body: Buffer): Buffer {
  const client = Buffer.from("realtime-analytics");
  const header = Buffer.alloc(10);
  header.writeInt16BE(apiKey, 0);
  header.writeInt16BE(version, 2);
  header.writeInt32BE(1, 4);
  header.writeInt16BE(client.length, 8);
  const message = Buffer.concat([header, client, body]);
  return Buffer.concat([int32(message.length), message]);
}

async function exchangeBytes(
  config: OpenKafka["config"],
  broker: string,
  request: Buffer,
): Promise<Buffer> {
  const { socket, close } = await connected(config, broker);
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
  }).finally(close);
}

interface Connected {
  readonly socket: Socket;
  close(): unknown;
}

async function connected(config: OpenKafka["config"], broker: string): Promise<Connected> {
  if (config.sasl) return loggedIn(config, broker);
  const [host = "", port = "9092"] = broker.split(/:(?=\d+$)/);
  const socket = open(config, { host, port: Number(port), ssl: config.ssl, onConnect: () => {} });
  return { socket, close: () => socket.destroy() };
}

/** A connection on which kafkajs has logged in, and asks nothing more. It passes over answers that it did not ask for. */
async function loggedIn(config: OpenKafka["config"], broker: string): Promise<Connected> {
  const { Kafka, logLevel } = await import("kafkajs");
  let socket: Socket | undefined;
  const socketFactory = (target: SocketTarget) => {
    socket = open(config, target);
    return socket;
  };
  const retry = { retries: 1 };
  const options = { logLevel: logLevel.NOTHING, connectionTimeout: timeoutMs, retry };
  const kafka = new Kafka({ ...config, ...options, brokers: [broker], socketFactory });
  const admin = kafka.admin();
  await admin.connect();
  if (socket === undefined) throw new Error("kafkajs did not connect");
  return { socket, close: () => admin.disconnect() };
}

function open({ socketFactory }: OpenKafka["config"], target: SocketTarget): Socket {
  const { host, port, ssl, onConnect } = target;
  if (socketFactory) return socketFactory({ host, port, onConnect, ...(ssl && { ssl }) });
  // An IP address is no server name (RFC 6066).
  const named = isIP(host) ? {} : { servername: host };
  return ssl
    ? tls.connect({ ...named, ...ssl, host, port }, onConnect)
    : connect({ host, port }, onConnect);
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
