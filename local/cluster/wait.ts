import { setTimeout as pause } from "node:timers/promises";

/**
 * Waits until `probe` returns undefined; what it returns or throws else is the state so far.
 * Throws after `timeoutMs`, naming what was waited for, the last state and what `hint` says then.
 */
export async function waitFor(
  what: string,
  timeoutMs: number,
  probe: () => Promise<string | undefined>,
  hint: () => string = () => "",
): Promise<void> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const state = await probe().catch((error: Error) => `${error} ${error.cause ?? ""}`);
    if (state === undefined) return;
    if (Date.now() > end) {
      throw new Error(
        `waited ${timeoutMs / 1000} s for ${what}; last state: ${state}\n${hint()}`.trimEnd(),
      );
    }
    await pause(100);
  }
}
