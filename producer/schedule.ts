/** When messages are made: a round at every interval, or at a steady rate. */
export type Pace = { readonly intervalMs: number } | { readonly perSecond: number };

/** Shortest time between two ticks. A rate of thousands per second is made in small bursts. */
const shortestTickMs = 10;

/**
 * Total number of messages that are due `elapsedMs` after the start.
 *
 * @param roundSize number of messages in one interval, one for each value of the stream's `forEach`
 */
export function messagesDue(pace: Pace, roundSize: number, elapsedMs: number): number {
  if ("intervalMs" in pace) return (Math.floor(elapsedMs / pace.intervalMs) + 1) * roundSize;
  return Math.floor((elapsedMs * pace.perSecond) / 1000);
}

/** Milliseconds from `elapsedMs` to the next tick. Ticks are counted from the start, so that delays don't add up. */
export function untilNextTick(pace: Pace, elapsedMs: number): number {
  const period =
    "intervalMs" in pace ? pace.intervalMs : Math.max(shortestTickMs, 1000 / pace.perSecond);
  return Math.max(1, Math.ceil(period - (elapsedMs % period)));
}

/**
 * Calls `make` for each message that is due until `signal` aborts or `count` messages are made.
 *
 * @param make makes the n-th message, from 0
 * @param count total number of messages. Default: no end.
 */
export async function runSchedule(options: {
  readonly pace: Pace;
  readonly roundSize: number;
  readonly make: (index: number) => void;
  readonly signal: AbortSignal;
  readonly count?: number;
}): Promise<void> {
  const { pace, roundSize, make, signal, count = Number.POSITIVE_INFINITY } = options;
  const start = performance.now();
  let made = 0;
  while (!signal.aborted) {
    const due = Math.min(count, messagesDue(pace, roundSize, performance.now() - start));
    for (; made < due; made += 1) make(made);
    if (made >= count) return;
    await pause(untilNextTick(pace, performance.now() - start), signal);
  }
}

/** Resolves after `ms`, or at once when `signal` aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener("abort", finish);
  });
}
