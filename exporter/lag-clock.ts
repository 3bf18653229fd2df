/** As many samples are kept of a partition, at most. */
const maxSamples = 720;

/**
 * Tells how long the oldest message of a partition waits to be read. It remembers when the partition's end was where, so that
 * it need not read messages, which takes a right to see them.
 */
export class LagClock {
  /** Oldest first. */
  private samples: { readonly time: number; readonly end: number }[] = [];

  /** @param end the offset that the partition's next message gets */
  add(time: number, end: number): void {
    const last = this.samples.at(-1);
    // A topic that was created again begins anew.
    if (last !== undefined && end < last.end) this.samples = [];
    const before = this.samples.at(-2);
    // Of a time without messages, its first and its last moment are enough.
    if (last?.end === end && before?.end === end) this.samples.pop();
    this.samples.push({ time, end });
    if (this.samples.length > maxSamples) {
      this.samples = this.samples.filter((_, index) => index % 2 === 0);
    }
  }

  /**
   * Time since the message at offset `next` came, in ms; 0 if there is none. Between two samples, messages are taken to have
   * come evenly. Of a message from before the first sample, the time since that sample.
   */
  waited(now: number, next: number): number {
    const index = this.samples.findIndex(({ end }) => end > next);
    const after = this.samples[index];
    if (after === undefined) return 0;
    const before = this.samples[index - 1];
    // What lies further back has been read.
    if (index > 1) this.samples = this.samples.slice(index - 1);
    if (before === undefined) return now - after.time;
    const share = (next - before.end) / (after.end - before.end);
    return now - (before.time + share * (after.time - before.time));
  }
}
