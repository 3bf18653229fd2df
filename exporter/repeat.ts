import { setTimeout as pause } from "node:timers/promises";
import type { Counter } from "prom-client";
import { errorText } from "../resources/error-text";
import { within } from "../resources/within";

export interface Repetition {
  /** Value of the label `source`. */
  readonly source: string;
  /** Time from the end of one question to the next, in ms. */
  readonly pauseMs: number;
  /** How long one question may take, in ms. */
  readonly timeoutMs: number;
  /** exporter_scrape_errors_total. */
  readonly errors: Counter<"source">;
  readonly signal: AbortSignal;
}

/** A failure that lasts is logged as often, in ms. */
const reminderMs = 60_000;

/** Asks a source until `signal` aborts. A failure is counted and logged, and asked again. */
export async function repeat(args: Repetition, ask: () => Promise<void>): Promise<void> {
  const { source, pauseMs, timeoutMs, errors, signal } = args;
  let loggedAt = Number.NEGATIVE_INFINITY;
  // So that the series is there before the first failure.
  errors.inc({ source }, 0);
  while (!signal.aborted) {
    try {
      await within(timeoutMs, ask());
    } catch (error) {
      errors.inc({ source });
      if (performance.now() - loggedAt >= reminderMs) {
        loggedAt = performance.now();
        process.stderr.write(`WARN ${source}: ${errorText(error)}\n`);
      }
    }
    // It rejects when the signal aborts, which ends the loop.
    await pause(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}
