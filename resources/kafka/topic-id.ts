/**
 * A topic's own id, which kafkajs 2.2 does not read: one Metadata request of version 12, written by hand
 * (Kafka protocol guide, "Metadata API (Key: 3)"; KIP-516 for topic ids).
 */
import { connect, type Socket } from "node:net";
import type { OpenKafka } from "../connection";
import { errorText } from "../error-text";

const metadataKey = 3;
const version = 12;
const timeoutMs = 10_000;

/** @throws Error where no broker answers, or none knows the topic */
export async function fetchTopicId(config: OpenKafka["config"], topic: string): Promise<string> {
  const failures: string[] = [];
  for (const broker of config.brokers) {
    try {
      return topicIdOf(await exchange(config, broker, metadataRequest(topic)), topic);
    } catch (error) {
      failures.push(`${broker}: ${errorText(error)}`);
    }
  }
  throw new Error(`the id of topic ${topic} could not be read: ${failures.join("; ")}`);
}

function metadataRequest(topic: string): Buffer {
  const name = Buffer.from(topic);
  const client = Buffer.from("realtime-analytics");
  const header = Buffer.alloc(10);
  header.writeInt16BE(metadataKey, 0);
  header.writeInt16BE(version, 2);
  header.writeInt32BE(1, 4);
  header.writeInt16BE(client.length, 8);
  const body = Buffer.concat([
    header,
    client,
    // No tagged fields; one topic, by name rather than by id.
    Buffer.from([0, 2]),
    Buffer.alloc(16),
    unsignedVarint(name.length + 1),
    name,
    // No tagged fields; neither create it nor tell what is allowed on it; no tagged fields.
    Buffer.from([0, 0, 0, 0]),
  ]);
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  return Buffer.concat([size, body]);
}

function unsignedVarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) {
    bytes.push((rest & 0x7f) | 0x80);
  }
  return Buffer.from([...bytes, rest]);
}

/** Sends one request and returns the body of its answer. */
async function exchange(
  config: OpenKafka["config"],
  broker: string,
  request: Buffer,
): Promise<Buffer> {
  const [host = "", port = "9092"] = broker.split(/:(?=\d+$)/);
  const target = { host, port: Number(port), onConnect: () => {} };
  const socket: Socket = config.socketFactory?.(target) ?? connect(target.port, host);
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

/** Reads the answer up to the first topic's id. */
function topicIdOf(answer: Buffer, topic: string): string {
  // Correlation id, tagged fields of the header, throttle time.
  let at = 4;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = answer.readUInt8(at++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        return value;
      }
    }
  };
  const skipText = () => {
    const length = varint();
    at += Math.max(0, length - 1);
  };
  const skipTags = () => {
    for (let count = varint(); count > 0; count--) {
      varint();
      const length = varint();
      at += length;
    }
  };
  skipTags();
  at += 4;
  for (let brokers = varint() - 1; brokers > 0; brokers--) {
    at += 4;
    skipText();
    at += 4;
    skipText();
    skipTags();
  }
  skipText();
  at += 4;
  varint();
  const error = answer.readInt16BE(at);
  at += 2;
  skipText();
  const id = answer.subarray(at, at + 16).toString("hex");
  if (error !== 0 || /^0*$/.test(id)) {
    throw new Error(`Kafka knows no topic ${topic} (error code ${error})`);
  }
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
