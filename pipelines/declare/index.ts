/** All that a stream's file needs: `defineStream`, the fields of its events and its metrics. */
export { dimension, measure, timestamp } from "./fields";
export { average, count, countDistinct, maximum, minimum, sum } from "./metrics";
export { defineStream, type StreamEvent } from "./stream";
