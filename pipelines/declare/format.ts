/** What a stream's messages are written in. */

/** Each message is a JSON object, or has one on each line. */
export interface JsonFormat {
  readonly type: "json";
}

/** Each message is a line of values, or several lines. */
export interface LinesFormat {
  readonly type: "csv" | "tsv";
  /** The names of a line's values, in order. A name that no field has is left out. Default: the fields as declared. */
  readonly columns?: readonly string[];
  /** What stands between two values of a TSV line. Default: a tab. */
  readonly delimiter?: string;
  /** What stands between the values of a list. Default: `|`. */
  readonly listDelimiter?: string;
}

/** A schema registry with Confluent's API. */
export interface SchemaRegistry {
  /** As Druid's tasks reach it, such as `https://registry.example.com:8081`. */
  readonly url: string;
  /**
   * The environment variable of Druid's pods that has `user:password`. It comes from a Kubernetes Secret by `extraEnv` of
   * charts-values/druid.yaml. Default: the registry asks for none.
   */
  readonly credentialsVariable?: string;
}

/** Messages that begin with the id of a schema of the registry. Druid needs the extension of the format. */
interface OfRegistry<Type extends string> {
  readonly type: Type;
  readonly registry: SchemaRegistry;
}

/** Two types, so that the compiler tells formats apart by `type`. */
export type RegistryFormat = OfRegistry<"avro"> | OfRegistry<"protobuf">;

export type MessageFormat = JsonFormat | LinesFormat | RegistryFormat;

export const csv = (options: Omit<LinesFormat, "type" | "delimiter"> = {}): LinesFormat => ({
  type: "csv",
  ...options,
});
export const tsv = (options: Omit<LinesFormat, "type"> = {}): LinesFormat => ({
  type: "tsv",
  ...options,
});
export const avro = (registry: SchemaRegistry): RegistryFormat => ({ type: "avro", registry });
export const protobuf = (registry: SchemaRegistry): RegistryFormat => ({
  type: "protobuf",
  registry,
});
