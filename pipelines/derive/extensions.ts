import type { Stream } from "../declare/stream";

/** Druid's extensions that the stream's messages and metrics need, by what needs them. */
export function neededExtensions({ event, format, metrics }: Stream): ReadonlyMap<string, string> {
  const needed = new Map<string, string>();
  const sketches = "druid-datasketches";
  for (const [name, field] of Object.entries(event)) {
    if (field.role === "sketch") needed.set(sketches, `the sketch "${name}"`);
  }
  for (const [name, metric] of Object.entries(metrics)) {
    const isSketched = "method" in metric && metric.method === "sketch";
    if (metric.aggregate === "quantile" || isSketched) needed.set(sketches, `metric "${name}"`);
  }
  if (format.type === "avro" || format.type === "protobuf") {
    needed.set(`druid-${format.type}-extensions`, `the format ${format.type}`);
  }
  return needed;
}

/** The extensions that are on Maven Central for the Druid of the images that are built from packages. */
const builtIn = ["druid-datasketches", "druid-kafka-indexing-service", "druid-s3-extensions"];

/**
 * @param isBuiltFromPackages whether Druid's image is the one of the embedded default
 * @throws Error with each stream that needs an extension which Druid does not load, and what to add
 */
export function requireExtensions(
  streams: readonly Stream[],
  loaded: readonly string[],
  isBuiltFromPackages: boolean,
): void {
  const problems = streams.flatMap((stream) =>
    [...neededExtensions(stream)].flatMap(([extension, what]) => {
      const cannot = isBuiltFromPackages && !builtIn.includes(extension);
      if (loaded.includes(extension) && !cannot) return [];
      const add = cannot
        ? "which the image built from packages does not have: set `image` in charts-values/druid.yaml to one that has it, such as apache/druid, and add it to `extensions` there"
        : "which is not loaded: add it to `extensions` in charts-values/druid.yaml";
      return [`stream "${stream.name}": ${what} needs Druid's extension ${extension}, ${add}`];
    }),
  );
  if (problems.length > 0) throw new Error(problems.join("\n"));
}
