import { runExporter } from "./exporter";
import { readSettings } from "./settings";

const { EXPORTER_CONFIG = "/etc/exporter/exporter.json", EXPORTER_LOGIN = "/etc/exporter-login" } =
  process.env;
/** As components/monitoring/exporter.ts has them. */
const ports = { metrics: 9102, druid: 9103, statsd: 9125 };

const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop.abort());
runExporter(readSettings(EXPORTER_CONFIG, EXPORTER_LOGIN), ports, stop.signal).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
    process.exit(1);
  },
);
