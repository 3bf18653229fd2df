/** Everything that a stream's file imports: `defineStream`, and the functions that declare fields and metrics. */
export { dimension, measure, timestamp } from "./fields";
export { average, count, countDistinct, maximum, minimum, sum } from "./metrics";
export { defineStream, type StreamEvent } from "./stream";
