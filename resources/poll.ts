export interface Wait {
  /** For how long to look, in ms; there is one look at least. */
  readonly timeoutMs: number;
  /** Between two looks, in ms. Default 250. */
  readonly pauseMs?: number;
  /** The error for when the time is over, from the last state that was told; "" when there was none. */
  failure(last: string): Error | Promise<Error>;
}

/** Tells the state that was seen, for the error; gives undefined, so that a look can end with it. */
export type TellState = (state: string) => undefined;

/**
 * Looks until there is something other than undefined, and gives it.
 *
 * @throws what a look throws, at once; the wait's own error when the time is over
 */
export async function poll<T>(
  wait: Wait,
  look: (tell: TellState) => Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + wait.timeoutMs;
  let last = "";
  const tell = (state: string) => {
    last = state;
    return undefined;
  };
  for (;;) {
    const found = await look(tell);
    if (found !== undefined) return found;
    if (Date.now() >= deadline) throw await wait.failure(last);
    await new Promise((resolve) => setTimeout(resolve, wait.pauseMs ?? 250));
  }
}
