/** Prints the stages of a long task, each with the seconds since the task began. */
export class Progress {
  private readonly begin = Date.now();

  /** Says what is done next. */
  stage(text: string): void {
    console.log(`[${this.seconds().toFixed(1).padStart(6)} s] ${text}`);
  }

  /** Seconds since the task began. */
  seconds(): number {
    return (Date.now() - this.begin) / 1000;
  }
}
