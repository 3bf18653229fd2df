import type { ExporterSettings } from "../settings";

/** Of a stack of which nothing runs. */
export const settingsForTest: ExporterSettings = {
  pollMs: 10_000,
  streams: [{ name: "shop", topic: "shop.orders", datasource: "orders" }],
  operations: [],
  kafka: {
    brokers: ["127.0.0.1:1"],
    sasl: { mechanism: "scram-sha-512", username: "exporter", password: "password-of-kafka" },
  },
  hasDisks: true,
  druidUrl: "http://exporter:password-of-druid@127.0.0.1:1",
  superset: { url: "http://127.0.0.1:1" },
  certificates: {},
};
