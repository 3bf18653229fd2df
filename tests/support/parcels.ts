/** The stream `parcels` of the tests, as a file of pipelines/. Changes of it can't harm the demo. */
import assert from "node:assert/strict";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { count, defineStream, measure, timestamp } from "../../pipelines/declare";
import type { StreamOptions } from "../../pipelines/declare/options";

export const parcelsFile = join(__dirname, "../../pipelines/parcels.ts");

const event = { at: timestamp({ label: "Time" }), weight: measure.number({ label: "Weight" }) };
const metrics = { parcels: count({ label: "Parcels" }) };

type Options = Pick<StreamOptions<typeof event, typeof metrics, never>, "topic" | "ingestion">;

/** The declaration that writeParcels writes. */
export function parcels(options: Options = {}) {
  return defineStream({
    name: "parcels",
    event,
    metrics,
    dashboard: {
      title: "Parcels",
      rows: [[{ key: "total", kind: "big-number", title: "All", metric: "parcels", width: 4 }]],
    },
    ...options,
  });
}

/** Its resources, sorted by name; `parcels` is the component. */
export const parcelsResources = [
  "parcels",
  "parcels-chart-total",
  "parcels-dashboard",
  "parcels-dataset",
  "parcels-druid-access",
  "parcels-ingestion",
  "parcels-topic",
];

export function requireNoParcels(): void {
  assert.ok(!existsSync(parcelsFile), `${parcelsFile} is in the way: the test writes it`);
}

/** Writes the file, or overwrites it with other options. */
export function writeParcels(options: Options = {}): void {
  writeFileSync(
    parcelsFile,
    `import { count, defineStream, measure, timestamp } from "./declare";

export const parcels = defineStream({
  name: "parcels",
  event: { at: timestamp({ label: "Time" }), weight: measure.number({ label: "Weight" }) },
  metrics: { parcels: count({ label: "Parcels" }) },
  dashboard: {
    title: "Parcels",
    rows: [[{ key: "total", kind: "big-number", title: "All", metric: "parcels", width: 4 }]],
  },
  ...${JSON.stringify(options)},
});
`,
  );
}

export function removeParcels(): void {
  rmSync(parcelsFile, { force: true });
}
