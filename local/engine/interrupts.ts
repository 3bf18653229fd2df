import type { Interrupts } from "./run";

/** Within this time after the first, another signal is the same one, come by another way. */
const repeatMs = 500;

/**
 * Turns signals into a gentle and then a hard end. A third signal is left to Node, which ends the
 * process at once.
 */
export function watchInterrupts(say: (message: string) => void): Interrupts {
  const gentle = new AbortController();
  const hard = new AbortController();
  let first = 0;
  const onSignal = () => {
    // A terminal signals the whole group, and a wrapper such as tsx or make may pass its own on.
    if (first > 0 && Date.now() - first < repeatMs) return;
    if (!gentle.signal.aborted) {
      first = Date.now();
      say(
        "Interrupted: letting what is in flight end. Interrupt again to give it up; its objects may then exist without being in the state.",
      );
      gentle.abort();
      return;
    }
    say("Interrupted again: giving up what is in flight.");
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
    hard.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return { gentle: gentle.signal, hard: hard.signal };
}
