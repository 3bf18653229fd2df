export interface Wait {
  /** How long to repeat the check, in ms; it runs once at least. */
  readonly timeoutMs: number;
  /** Between two checks, in ms. Default: 250. */
  readonly pauseMs?: number;
  /** The error when the time is over. `last` is the last state reported, or "". */
  failure(last: string): Error | Promise<Error>;
}

/** Keeps a state for the error. It returns undefined, so that a check can end with it. */
export type ReportState = (state: string) => undefined;

/**
 * Repeats a check until it resolves to something other than undefined, and returns that.
 *
 * @throws what a check throws, at once; the wait's own error when the time is over
 */
export async function poll<T>(
  wait: Wait,
  check: (report: ReportState) => Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + wait.timeoutMs;
  let last = "";
  const report = (state: string) => {
    last = state;
    return undefined;
  };
  for (;;) {
    const found = await check(report);
    if (found !== undefined) return found;
    if (Date.now() >= deadline) throw await wait.failure(last);
    await new Promise((resolve) => setTimeout(resolve, wait.pauseMs ?? 250));
  }
}
