import type { Interrupts } from "./run";

/**
 * Turns signals into a gentle and then a hard end. A third signal is left to Node, which ends the
 * process at once.
 */
export function watchInterrupts(say: (message: string) => void): Interrupts {
  const gentle = new AbortController();
  const hard = new AbortController();
  const onSignal = () => {
    if (!gentle.signal.aborted) {
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
