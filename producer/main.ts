import { KafkaTransport } from "./kafka";
import { createLog } from "./log";
import { runProducer } from "./producer";
import { helpText, readSettings, SettingsError } from "./settings";

async function main(): Promise<number> {
  const settings = readSettings(process.argv.slice(2), process.env);
  if (settings === "help") {
    process.stdout.write(`${helpText()}\n`);
    return 0;
  }
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

main().then(
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
