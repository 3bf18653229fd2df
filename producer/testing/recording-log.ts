import type { Log } from "../log";

/** A log that keeps its lines, each with its level in front. */
export class RecordingLog implements Log {
  readonly lines: string[] = [];
  debug = (line: string) => void this.lines.push(`debug ${line}`);
  info = (line: string) => void this.lines.push(`info ${line}`);
  warn = (line: string) => void this.lines.push(`warn ${line}`);
  error = (line: string) => void this.lines.push(`error ${line}`);
}
