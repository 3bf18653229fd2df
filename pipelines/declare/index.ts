/** Everything that a stream's file imports: `defineStream`, and the functions that declare fields, metrics and formats. */
export { dimension, measure, sketch, timestamp } from "./fields";
export { avro, csv, protobuf, tsv } from "./format";
export { average, count, countDistinct, maximum, minimum, quantile, sum } from "./metrics";
export { defineDashboard, on } from "./shared-dashboard";
export { defineStream, type StreamEvent } from "./stream";
