/** How Druid reads a stream's messages: `inputFormat` (Druid 33, "Source input formats"). */
import { probeField } from "../declare/fields";
import type { SchemaRegistry } from "../declare/format";
import type { Stream } from "../declare/stream";
import { kafkaColumns } from "./expressions";

interface FlattenSpec {
  readonly useFieldDiscovery: true;
  readonly fields: readonly {
    readonly type: "path";
    readonly name: string;
    readonly expr: string;
  }[];
}

interface RegistryDecoder {
  readonly type: "schema_registry";
  readonly url: string;
  readonly config?: Readonly<Record<string, unknown>>;
}

/** The format of a message's value. */
export type ValueFormat =
  | {
      readonly type: "json";
      readonly assumeNewlineDelimited?: true;
      readonly flattenSpec?: FlattenSpec;
    }
  | {
      readonly type: "csv" | "tsv";
      readonly columns: readonly string[];
      readonly findColumnsFromHeader: false;
      readonly delimiter?: string;
      readonly listDelimiter?: string;
    }
  | {
      readonly type: "avro_stream";
      readonly avroBytesDecoder: RegistryDecoder;
      readonly binaryAsString: true;
      readonly flattenSpec?: FlattenSpec;
    }
  | {
      readonly type: "protobuf";
      readonly protoBytesDecoder: RegistryDecoder;
      readonly flattenSpec?: FlattenSpec;
    };

/** A message with its key, headers, topic and timestamp. */
export interface KafkaFormat {
  readonly type: "kafka";
  readonly valueFormat: ValueFormat;
  readonly timestampColumnName: string;
  readonly topicColumnName: string;
  readonly headerFormat: { readonly type: "string"; readonly encoding: "UTF-8" };
  readonly headerColumnPrefix: string;
  readonly keyColumnName: string;
  readonly keyFormat: {
    readonly type: "tsv";
    readonly columns: readonly ["key"];
    readonly findColumnsFromHeader: false;
    readonly delimiter: string;
  };
}

export type InputFormat = ValueFormat | KafkaFormat;

export function inputFormat(stream: Stream): InputFormat {
  const valueFormat = valueFormatOf(stream);
  if (!readsKafka(stream)) return valueFormat;
  return {
    type: "kafka",
    valueFormat,
    timestampColumnName: kafkaColumns.timestamp,
    topicColumnName: kafkaColumns.topic,
    headerFormat: { type: "string", encoding: "UTF-8" },
    headerColumnPrefix: kafkaColumns.headers,
    keyColumnName: kafkaColumns.key,
    // The whole key as one text: no key has this character.
    keyFormat: { type: "tsv", columns: ["key"], findColumnsFromHeader: false, delimiter: "\u0000" },
  };
}

/** Whether a field is in what Kafka has beside the message's value. */
export function readsKafka({ event }: Stream): boolean {
  return Object.values(event).some(({ kafka }) => kafka !== undefined);
}

/** The names of the values on a line of CSV or TSV. The mark of probe events is the last of them, and may be left out. */
export function lineColumns(stream: Stream): readonly string[] {
  const { format, event } = stream;
  if (format.type !== "csv" && format.type !== "tsv") return [];
  const declared = format.columns ?? Object.keys(event).filter((name) => inMessage(stream, name));
  return [...declared.filter((name) => name !== probeField), probeField];
}

/** Whether a message's value has the field. */
export function inMessage({ event }: Stream, name: string): boolean {
  const field = event[name];
  if (field === undefined) return false;
  return field.kafka === undefined && !("expression" in field && field.expression !== undefined);
}

function valueFormatOf(stream: Stream): ValueFormat {
  const { format, event, ingestion } = stream;
  const flattenSpec = flattening(event);
  switch (format.type) {
    case "json":
      return {
        type: "json",
        ...(!ingestion.multiline && { assumeNewlineDelimited: true }),
        ...flattenSpec,
      };
    case "csv":
    case "tsv": {
      const hasLists = Object.values(event).some((field) => "multiple" in field && field.multiple);
      return {
        type: format.type,
        columns: lineColumns(stream),
        findColumnsFromHeader: false,
        ...(format.delimiter !== undefined && { delimiter: format.delimiter }),
        ...(hasLists && { listDelimiter: format.listDelimiter ?? "|" }),
      };
    }
    case "avro":
      return {
        type: "avro_stream",
        avroBytesDecoder: decoder(format.registry),
        binaryAsString: true,
        ...flattenSpec,
      };
    case "protobuf":
      return { type: "protobuf", protoBytesDecoder: decoder(format.registry), ...flattenSpec };
  }
}

function flattening(event: Stream["event"]): { flattenSpec?: FlattenSpec } {
  const fields = Object.entries(event).flatMap(([name, { path }]) =>
    path === undefined ? [] : [{ type: "path" as const, name, expr: path }],
  );
  return fields.length === 0 ? {} : { flattenSpec: { useFieldDiscovery: true, fields } };
}

/** The password is in the task's environment, and never in the spec. */
function decoder({ url, credentialsVariable }: SchemaRegistry): RegistryDecoder {
  if (credentialsVariable === undefined) return { type: "schema_registry", url };
  return {
    type: "schema_registry",
    url,
    config: {
      "basic.auth.credentials.source": "USER_INFO",
      "druid.dynamic.config.provider": {
        type: "environment",
        variables: { "basic.auth.user.info": credentialsVariable },
      },
    },
  };
}
