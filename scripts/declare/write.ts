/** Writes the file of a stream. The formatter of this project gives the text its lines. */
import type { InferredField, Shape } from "./infer";
import type { Decoded } from "./messages";

export interface Declared {
  readonly name: string;
  readonly topic: TopicFacts;
  readonly decoded: Pick<Decoded, "format" | "columns" | "multiline">;
  readonly shape: Shape;
}

/** The topic as Kafka has it. The stream says the same, so that `up` changes nothing of it. */
export interface TopicFacts {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly retentionMs?: number;
  readonly config: Readonly<Record<string, string>>;
}

const text = (value: unknown) => JSON.stringify(value);

/** `live-orders_2` becomes `liveOrders2`. */
function constantOf(name: string): string {
  const joined = name.replaceAll(/[-_]+(.)/g, (_all, next: string) => next.toUpperCase());
  return `${joined}Stream`;
}

/** A name for people: `trip_distance` becomes `Trip distance`. */
function labelOf(name: string): string {
  const words = name.replaceAll(/[^a-zA-Z0-9]+/g, " ").trim();
  return words === "" ? name : `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

export function streamText({ name, topic, decoded, shape }: Declared): string {
  const metrics = metricsOf(shape.fields);
  const { format, columns, multiline } = decoded;
  const isLines = format !== "json";
  const roles = shape.fields.map(({ kind }) => kind.split(".")[0] ?? "");
  const imports = [
    "defineStream",
    ...roles,
    ...metrics.map((one) => one.aggregate),
    ...(isLines ? [format] : []),
  ];
  return [
    `import { ${[...new Set(imports)].sort().join(", ")} } from "./declare";`,
    "",
    ...shape.leftOut.map((one) => `// Left out: ${one.replaceAll(/\s+/g, " ")}`),
    ...(shape.leftOut.length > 0 ? [""] : []),
    `export const ${constantOf(name)} = defineStream({`,
    `name: ${text(name)},`,
    `description: ${text(`Messages of the topic ${topic.name}`)},`,
    ...(isLines ? [`format: ${format}({ columns: ${text(columns)} }),`] : []),
    `topic: ${topicText(topic)},`,
    ...(multiline ? ["ingestion: { multiline: true },"] : []),
    "event: {",
    ...shape.fields.map(fieldText),
    "},",
    "metrics: {",
    ...metrics.map(metricText),
    "},",
    dashboardText(name, shape.fields, metrics),
    "});",
    "",
  ].join("\n");
}

function topicText({ name, partitions, replicationFactor, retentionMs, config }: TopicFacts) {
  return text({
    name,
    partitions,
    replicationFactor,
    ...(retentionMs !== undefined && { retentionMs }),
    ...(Object.keys(config).length > 0 && { config }),
  });
}

function fieldText({
  name,
  kind,
  optional,
  path,
  kafka,
  expression,
  format,
  range,
  distinct,
}: InferredField) {
  const options = {
    label: labelOf(name),
    ...(path && { path }),
    ...(kafka && { kafka }),
    ...(expression && { expression }),
    ...(format && { format }),
    ...(optional && { optional }),
  };
  const seen = range ? `from ${range[0]} to ${range[1]}` : distinct && `${distinct} different`;
  return `${seen ? `// Seen: ${seen}\n` : ""}${text(name)}: ${kind}(${text(options)}),`;
}

interface NamedMetric {
  readonly name: string;
  readonly aggregate: "count" | "sum" | "average";
  readonly field?: string;
  readonly label: string;
}

/** The number of events, and of the first measures the average and the sum. No metric has a field's name. */
function metricsOf(fields: readonly InferredField[]): NamedMetric[] {
  const free = (base: string): string =>
    fields.some(({ name }) => name === base) ? free(`${base}_metric`) : base;
  const measures = fields.filter(({ kind }) => kind.startsWith("measure.")).slice(0, 3);
  return [
    { name: free("events"), aggregate: "count", label: "Events" },
    ...measures.flatMap(({ name }): NamedMetric[] => [
      {
        name: free(`average_${name}`),
        aggregate: "average",
        field: name,
        label: `Average ${labelOf(name)}`,
      },
      {
        name: free(`total_${name}`),
        aggregate: "sum",
        field: name,
        label: `Total ${labelOf(name)}`,
      },
    ]),
  ];
}

function metricText({ name, aggregate, field, label }: NamedMetric) {
  const options = text({ label });
  return `${text(name)}: ${aggregate}(${field === undefined ? options : `${text(field)}, ${options}`}),`;
}

/** The first field with a few values, which a chart has a colour for each of. */
function groupOf(fields: readonly InferredField[]): string | undefined {
  const grouped = fields.filter(
    ({ kind, distinct = 0, kafka }) =>
      /string$|boolean/.test(kind) && kafka === undefined && distinct >= 2 && distinct <= 20,
  );
  return (grouped.find(({ optional }) => !optional) ?? grouped[0])?.name;
}

function dashboardText(
  name: string,
  fields: readonly InferredField[],
  metrics: readonly NamedMetric[],
) {
  const dimension = groupOf(fields);
  const by = dimension === undefined ? "" : ` by ${labelOf(dimension)}`;
  const [events, average] = metrics;
  const over = (key: string, kind: string, metric: NamedMetric | undefined, width: number) => ({
    key,
    kind,
    title: `${metric?.label}${by}`,
    metric: metric?.name,
    ...(dimension !== undefined && { dimension }),
    width,
  });
  const rows = [
    [
      { key: "events", kind: "big-number", title: "Events", metric: events?.name, width: 4 },
      { ...over("events-over-time", "bar", events, 8), stacked: true },
    ],
    [
      ...(dimension === undefined ? [] : [over("shares", "pie", events, 4)]),
      ...(average === undefined ? [] : [over("average", "line", average, 8)]),
    ],
  ];
  return `dashboard: ${text({ title: labelOf(name), rows: rows.filter((row) => row.length > 0) })},`;
}
