import { KafkaTransport } from "./kafka";
import { createLog } from "./log";
import { runProducer } from "./producer";
import { type ProducerSettings, SettingsError } from "./settings";

/**
 * Sends events until SIGINT, SIGTERM or the configured count ends it.
 *
 * @returns the process's exit code: 0 if Kafka has acknowledged all messages, else 1
 */
export async function sendUntilStopped(settings: ProducerSettings): Promise<number> {
  const log = createLog(settings.logLevel);
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    // A second signal ends the process at once.
    if (stop.signal.aborted) process.exit(1);
    log.info(`${signal}: flushing, for at most ${settings.shutdownMs / 1000} s`);
    stop.abort();
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);

  const transport = new KafkaTransport(settings.kafka, log);
  const { acknowledged, unacknowledged, refused } = await runProducer(
    settings,
    transport,
    log,
    stop.signal,
  );
  const summary = `${acknowledged} messages acknowledged by Kafka, ${unacknowledged} not, ${refused} refused for a full buffer`;
  if (unacknowledged + refused === 0) log.info(summary);
  else log.error(summary);
  return unacknowledged + refused === 0 ? 0 : 1;
}

/**
 * Runs the program and ends the process with its exit code. An error is written to standard error: the problems of settings
 * with code 2, any other with its stack and code 1.
 */
export function runAsProcess(program: () => Promise<number>): void {
  program().then(
    (code) => process.exit(code),
    (error: unknown) => {
      if (error instanceof SettingsError) {
        for (const problem of error.problems) process.stderr.write(`${problem}\n`);
        process.exit(2);
      }
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
      process.exit(1);
    },
  );
}
