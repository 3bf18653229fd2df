/** Tries an ingestion spec before it replaces a running one: an invalid spec can stop that one (druid#18827). */

import { errorText } from "../error-text";
import { type JsonObject, objectOf, objectsOf } from "../json";
import { type SampleResponse, sample } from "./api";

/** Rows asked of the sampler, and how long it may wait for them, in ms. */
const samplerConfig = { numRows: 20, timeoutMs: 2_000 };

/**
 * @param readTopic also read real messages, which waits for the time above when the topic is empty
 * @throws Error with Druid's words when Druid can't read the spec, or the spec can read neither the example nor any of the
 *   topic's messages
 */
export async function validateSpec(
  url: string,
  spec: JsonObject,
  example: JsonObject | string | undefined,
  readTopic: boolean,
): Promise<void> {
  const refusals: string[] = [];
  if (example !== undefined) {
    const reply = await trySpec(url, spec, exampleSampler(spec, example));
    const refusal = refusalOf(
      reply,
      `the example ${typeof example === "string" ? example : JSON.stringify(example)}`,
    );
    if (refusal === undefined && !readTopic) {
      return;
    }
    refusals.push(...(refusal === undefined ? [] : [refusal]));
  }
  const reply = await trySpec(url, spec, {
    type: "kafka",
    spec,
    samplerConfig,
  });
  const refusal = refusalOf(reply, "the topic's messages");
  for (const doubt of doubtsOf(spec, reply))
    console.log(`warning: ${datasourceOf(spec)}: ${doubt}`);
  const readable = reply.numRowsIndexed > 0 || (example !== undefined && refusals.length === 0);
  if (!readable && (refusal !== undefined || refusals.length > 0)) {
    throw new Error(
      `the ingestion spec of ${datasourceOf(spec)} can read nothing, so it was not sent: ` +
        [...refusals, ...(refusal === undefined ? [] : [refusal])].join("; "),
    );
  }
}

async function trySpec(url: string, spec: JsonObject, sampler: object): Promise<SampleResponse> {
  try {
    return await sample(url, sampler);
  } catch (error) {
    const words = errorText(error);
    throw new Error(`the ingestion spec of ${datasourceOf(spec)} was not sent. ${words}`);
  }
}

function refusalOf(reply: SampleResponse, what: string): string | undefined {
  const errors = reply.data.flatMap((row) => (row.error ? [row.error] : []));
  return reply.numRowsIndexed === 0 && errors.length > 0 ? `${what}: ${errors[0]}` : undefined;
}

/** What the topic's messages say against the spec, though it can be sent: others may come that fit. */
export function doubtsOf(spec: JsonObject, reply: SampleResponse): string[] {
  const messages = `the ${reply.data.length} messages of its topic that were tried`;
  const rows = reply.data.flatMap(({ parsed, error }) => (error || !parsed ? [] : [parsed]));
  const [error] = reply.data.flatMap((row) => row.error ?? []);
  if (rows.length === 0) {
    return error === undefined ? [] : [`none of ${messages} makes a row, such as: ${error}`];
  }
  return pathsOf(spec).flatMap(({ name, expr }) =>
    rows.every((row) => (row[String(name)] ?? null) === null)
      ? [`none of ${messages} has ${expr}, the path of field ${name}`]
      : [],
  );
}

/** The paths whose field is a column of the row as it is. */
function pathsOf(spec: JsonObject): Record<string, unknown>[] {
  const { dataSchema, ioConfig } = objectOf(spec.spec);
  const format = objectOf(objectOf(ioConfig).inputFormat);
  const value = format.type === "kafka" ? objectOf(format.valueFormat) : format;
  const { dimensionsSpec } = objectOf(dataSchema);
  const columns = objectsOf(objectOf(dimensionsSpec).dimensions).map(({ name }) => name);
  return objectsOf(objectOf(value.flattenSpec).fields).filter(({ name }) => columns.includes(name));
}

/** The name in an ingestion spec, or whatever stands in its place. */
export function datasourceOf(spec: unknown): unknown {
  return objectOf(objectOf(objectOf(spec).spec).dataSchema).dataSource;
}

/** The sampler's request about one event instead of the topic. */
function exampleSampler(spec: JsonObject, example: JsonObject | string): object {
  const { dataSchema, ioConfig } = objectOf(spec.spec);
  const format = objectOf(objectOf(ioConfig).inputFormat);
  const fromKafka = format.type === "kafka";
  const data = typeof example === "string" ? example : JSON.stringify(example);
  return {
    type: "index",
    spec: {
      type: "index",
      // Only Kafka's own format has Kafka's timestamp.
      dataSchema: fromKafka ? withTime(objectOf(dataSchema)) : dataSchema,
      ioConfig: {
        type: "index",
        inputSource: { type: "inline", data },
        inputFormat: fromKafka ? format.valueFormat : format,
      },
      tuningConfig: { type: "index" },
    },
    samplerConfig,
  };
}

function withTime(dataSchema: Record<string, unknown>): object {
  const timestampSpec = { ...objectOf(dataSchema.timestampSpec), missingValue: "2000-01-01" };
  return { ...dataSchema, timestampSpec };
}
