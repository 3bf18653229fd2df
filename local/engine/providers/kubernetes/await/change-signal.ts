/** Wakes one waiter when something has changed since it last looked. */
export class ChangeSignal {
  private changed = false;
  private wake: (() => void) | undefined;

  readonly notify = (): void => {
    this.changed = true;
    this.wake?.();
  };

  /**
   * Returns true at the next change, and false when there was none for `ms` or the signal is
   * aborted.
   */
  async next(ms: number, signal: AbortSignal): Promise<boolean> {
    if (!this.changed && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(end, ms);
        function end() {
          clearTimeout(timer);
          signal.removeEventListener("abort", end);
          resolve();
        }
        this.wake = end;
        signal.addEventListener("abort", end);
      });
    }
    const changed = this.changed;
    this.changed = false;
    this.wake = undefined;
    return changed;
  }
}
