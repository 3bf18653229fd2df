import { definePipeline } from "./definition";
import { dimension, measure, timestamp } from "./fields";
import { count } from "./metrics";

export const readings = definePipeline({
  name: "readings",
  event: { at: timestamp(), sensor: dimension.string(), value: measure.number() },
  metrics: { rows: count() },
  topic: { retentionMs: 3_600_000 },
  ingestion: { taskDuration: "PT5S", retention: "P1D" },
  cacheSeconds: 60,
});
