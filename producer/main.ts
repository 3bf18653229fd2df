import { runAsProcess, sendUntilStopped } from "./program";
import { helpText, readSettings } from "./settings";

runAsProcess(async () => {
  const settings = readSettings(process.argv.slice(2), process.env);
  if (settings !== "help") return sendUntilStopped(settings);
  process.stdout.write(
    `Sends the events of a stream to Kafka until it is told to stop.\n\n${helpText()}\n`,
  );
  return 0;
});
