import { poll } from "../resources/poll";

/** The links of a stream, in the order in which an event passes them. */
export type Link = "producer → Kafka" | "Kafka → Druid" | "Druid → Superset" | "Superset → chart";

/** The link that an event did not pass, with what was found there and what to look at. */
export class BrokenLink extends Error {
  constructor(
    readonly link: Link,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Runs a part of the proof. Its errors become a BrokenLink of `link`, unless they are a BrokenLink already. */
export async function onLink<T>(link: Link, part: () => Promise<T>): Promise<T> {
  try {
    return await part();
  } catch (error) {
    if (error instanceof BrokenLink) throw error;
    throw new BrokenLink(link, describe(error), { cause: error });
  }
}

/** The message of an error and those of its causes, each once. */
export function describe(error: unknown): string {
  const messages: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { message } = cause;
    if (message && !messages.some((said) => said.includes(message))) messages.push(message);
  }
  return messages.join(": ") || String(error);
}

/**
 * Polls until `check` returns something other than undefined.
 *
 * @param pauseMs pause between two checks. Default: 250.
 * @throws BrokenLink after `timeoutMs`, with the last state that `check` reported and the answer of `explain`
 */
export async function waitFor<T>(
  options: {
    readonly link: Link;
    readonly what: string;
    readonly timeoutMs: number;
    readonly pauseMs?: number;
    readonly explain?: () => Promise<string>;
  },
  check: (say: (state: string) => void) => Promise<T | undefined>,
): Promise<T> {
  const { link, what, timeoutMs, pauseMs, explain } = options;
  const failure = async (last: string) => {
    const reasons = [last, await explain?.().catch(describe)].filter(Boolean).join("\n");
    return new BrokenLink(link, `waited ${timeoutMs / 1000} s for ${what}.\n${reasons}`);
  };
  return poll({ timeoutMs, pauseMs, failure }, (report) =>
    check(report).catch((error: unknown) => report(describe(error))),
  );
}
