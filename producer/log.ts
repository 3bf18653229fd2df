/** Log levels, from the most to the fewest lines. */
export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Writes lines of the levels that are turned on. */
export interface Log {
  debug(line: string): void;
  info(line: string): void;
  warn(line: string): void;
  error(line: string): void;
}

/**
 * A log with one line for each record. `debug` and `info` go to standard output as they are; warnings and errors go to
 * standard error, with the level in front.
 *
 * @param level the lowest level that is written
 */
export function createLog(level: LogLevel): Log {
  const lowest = logLevels.indexOf(level);
  const writer = (of: LogLevel, write: (line: string) => void) =>
    logLevels.indexOf(of) >= lowest ? write : () => {};
  return {
    debug: writer("debug", (line) => process.stdout.write(`DEBUG ${line}\n`)),
    info: writer("info", (line) => process.stdout.write(`${line}\n`)),
    warn: writer("warn", (line) => process.stderr.write(`WARN ${line}\n`)),
    error: writer("error", (line) => process.stderr.write(`ERROR ${line}\n`)),
  };
}
