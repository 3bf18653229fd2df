/**
 * The users that Kafka keeps itself, with SCRAM-SHA-512 (KIP-554; Kafka protocol guide, keys 50 and 51). Kafka gets a
 * password's salted hash, as its own tools send it, and tells nobody more than how often it was hashed.
 */
import { pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import type { OpenKafka } from "../connection";
import { compact, compactArray, exchange, int32, noTags } from "./protocol";

/** Not the 4096 of Kafka's tools, so that a password that was set by these is told apart. What is hashed has over 128 bits. */
export const iterations = 8192;

const scramSha512 = 2;
/** Kafka's codes: RESOURCE_NOT_FOUND. */
const notFound = 91;

/** How often the user's password is hashed, or undefined where there is no such user. */
export async function describeUser(
  config: OpenKafka["config"],
  username: string,
): Promise<number | undefined> {
  const user = Buffer.concat([compact(username), noTags]);
  const body = Buffer.concat([compactArray([user]), noTags]);
  const answer = await exchange(config, { apiKey: 50, version: 0, body });
  answer.int32();
  const failed = failure(answer.int16(), answer.text());
  if (failed !== undefined) throw new Error(`Kafka doesn't list user ${username}: ${failed}`);
  const found = answer.array(() => {
    answer.text();
    const code = answer.int16();
    const problem = failure(code, answer.text());
    const credentials = answer.array(() => {
      const mechanism = answer.int8();
      const count = answer.int32();
      answer.tags();
      return { mechanism, count };
    });
    answer.tags();
    if (code !== notFound && problem !== undefined) {
      throw new Error(`Kafka doesn't describe user ${username}: ${problem}`);
    }
    return credentials.find(({ mechanism }) => mechanism === scramSha512)?.count;
  });
  return found[0];
}

/**
 * Makes the user, or gives it this password.
 *
 * @param count how often it is hashed. Default: the number above.
 */
export async function setPassword(
  config: OpenKafka["config"],
  username: string,
  password: string,
  count = iterations,
): Promise<void> {
  const salt = randomBytes(32);
  const salted = await promisify(pbkdf2)(password, salt, count, 64, "sha512");
  const upsertion = Buffer.concat([
    compact(username),
    Buffer.from([scramSha512]),
    int32(count),
    compact(salt),
    compact(salted),
    noTags,
  ]);
  await alter(config, username, [], [upsertion]);
}

/** Deletes the user; nothing happens where there is none. */
export async function deleteUser(config: OpenKafka["config"], username: string): Promise<void> {
  const deletion = Buffer.concat([compact(username), Buffer.from([scramSha512]), noTags]);
  await alter(config, username, [deletion], []);
}

async function alter(
  config: OpenKafka["config"],
  username: string,
  deletions: readonly Buffer[],
  upsertions: readonly Buffer[],
): Promise<void> {
  const body = Buffer.concat([compactArray(deletions), compactArray(upsertions), noTags]);
  const answer = await exchange(config, { apiKey: 51, version: 0, body });
  answer.int32();
  answer.array(() => {
    answer.text();
    const code = answer.int16();
    const problem = failure(code, answer.text());
    answer.tags();
    const isGone = code === notFound && upsertions.length === 0;
    if (problem !== undefined && !isGone) {
      throw new Error(`Kafka didn't change user ${username}: ${problem}`);
    }
  });
}

function failure(code: number, message: string): string | undefined {
  return code === 0 ? undefined : `${message || "no reason given"} (error code ${code})`;
}
