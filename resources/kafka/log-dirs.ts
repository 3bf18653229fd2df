import type { OpenKafka } from "../connection";
import { exchangeWith, noTags, type Reader } from "./protocol";

/** Where a broker keeps its logs. */
export interface LogDir {
  readonly totalBytes: number;
  readonly usableBytes: number;
  /** By topic, in bytes. */
  readonly topics: ReadonlyMap<string, number>;
}

/**
 * What a broker keeps, by the DescribeLogDirs request of version 4 (Kafka protocol guide, "DescribeLogDirs API (Key: 35)"). It takes the
 * right to describe the cluster.
 *
 * @param broker `host:port`
 * @throws Error where the broker does not answer, or refuses
 */
export async function fetchLogDirs(config: OpenKafka["config"], broker: string): Promise<LogDir[]> {
  // Of all topics.
  const body = Buffer.concat([Buffer.from([0]), noTags]);
  const answer = await exchangeWith(config, broker, { apiKey: 35, version: 4, body });
  // Throttle time.
  answer.int32();
  const error = answer.int16();
  if (error !== 0) throw new Error(`${broker} does not tell its log folders (error code ${error})`);
  return answer.array(() => logDirOf(answer));
}

function logDirOf(answer: Reader): LogDir {
  answer.int16();
  // Path.
  answer.text();
  const sizes = answer.array(() => {
    const topic = answer.text();
    const partitions = answer.array(() => {
      answer.int32();
      const size = answer.int64();
      // How far a copy that moves to another folder is behind, and whether it is one.
      answer.int64();
      answer.int8();
      answer.tags();
      return size;
    });
    answer.tags();
    return [topic, partitions.reduce((sum, size) => sum + size, 0)] as const;
  });
  const [totalBytes, usableBytes] = [answer.int64(), answer.int64()];
  answer.tags();
  return { totalBytes, usableBytes, topics: new Map(sizes) };
}
