/**
 * What of a declaration no service would take, or would take for something else. The types refuse most of it; here it is
 * refused at run time too, where nobody has checked the types.
 */
import { at, dashboardProblems, listed, nameProblem, nameRule } from "./dashboard-checks";
import type { Declaration, Range } from "./declaration";
import { type EventFields, type Field, probeField } from "./fields";
import { formProblems } from "./form-checks";
import { formatProblems } from "./formats";
import type { IngestionOptions, TopicOptions } from "./options";

type Problems = string[];

/** @throws Error with every problem of the declaration, one on each line */
export function requireValid(stream: Declaration): void {
  const problems = [
    ...nameProblems(stream),
    ...fieldProblems(stream),
    ...metricProblems(stream),
    ...topicProblems(stream),
    ...ingestionProblems(stream.ingestion ?? {}),
    ...producerProblems(stream),
    ...senderProblems(stream),
    ...dashboardProblems(stream),
    ...formProblems(stream),
  ];
  if (problems.length === 0) return;
  throw new Error(problems.map((problem) => `stream "${stream.name}": ${problem}`).join("\n"));
}

function nameProblems({ name }: Declaration): Problems {
  return nameRule.test(name) ? [] : [nameProblem];
}

/** What the exporter sends, beside the time. */
const sent = { metric: "dimension", subject: "dimension", value: "measure" } as const;

function senderProblems({ sentBy, producer, format, event }: Declaration): Problems {
  if (sentBy === undefined) return [];
  const lacking = Object.entries(sent).filter(([name, role]) => at(event, name)?.role !== role);
  const problems = lacking.map(
    ([name, role]) => `the exporter sends the ${role} "${name}", which event lacks`,
  );
  if (producer !== undefined) problems.push("sentBy and producer are declared, and one may be");
  if (format !== undefined && format.type !== "json") {
    problems.push(`the exporter sends JSON, and format is ${format.type}`);
  }
  return problems;
}

/** Names that stand in SQL between quotes, and in JSON. Druid SQL takes no longer ones. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what it refuses.
const columnName = /^(?!__|\s)[^"\\\u0000-\u001f\u007f-\u009f]{1,128}(?<!\s)$/;
const columnRule = `must have 1 to 128 characters, no ", no \\ and no control character, no space at its ends, and must not begin with __`;

/** What Superset's metadata has room for. */
const longestLabel = 1024;

function labelProblems(about: string, label: string | undefined): Problems {
  return label !== undefined && label.length > longestLabel
    ? [`the label of ${about} has ${label.length} characters, and may have ${longestLabel}`]
    : [];
}

function fieldProblems({ event }: Declaration): Problems {
  const names = Object.keys(event);
  const times = names.filter((name) => event[name]?.role === "timestamp");
  const problems = names
    .filter((name) => !columnName.test(name))
    .map((name) => `the name of field "${name}" ${columnRule}`);
  problems.push(...names.flatMap((name) => labelProblems(`field "${name}"`, event[name]?.label)));
  if (times.length !== 1) {
    problems.push(`exactly one field must be a timestamp(), found ${listed(times)}`);
  }
  if (probeField in event) {
    problems.push(`the field ${probeField} is reserved, because every stream has it`);
  }
  return problems;
}

const isNumber = (field: Field) =>
  field.role !== "timestamp" &&
  (field.role === "sketch" || field.type === "long" || field.type === "double");

function metricProblems({ event, metrics }: Declaration): Problems {
  return Object.entries(metrics).flatMap(([name, metric]) => {
    const about = `metric "${name}"`;
    if (!columnName.test(name)) return [`the name of ${about} ${columnRule}`];
    if (at(event, name)?.role === "dimension" || name === probeField) {
      return [
        `${about} has the name of a dimension, so that a chart of both had two columns of it`,
      ];
    }
    const wrong = [...labelProblems(about, metric.label), ...formatProblems(about, metric)];
    if (wrong.length > 0) return wrong;
    if (metric.aggregate === "count") return [];
    const field = at(event, metric.field);
    if (field === undefined || field.role === "timestamp") {
      const usable = Object.keys(event).filter((key) => event[key]?.role !== "timestamp");
      return [`${about} has no field "${metric.field}" to aggregate; there are ${listed(usable)}`];
    }
    return metric.aggregate === "count-distinct" || isNumber(field)
      ? []
      : [`${about} is the ${metric.aggregate} of "${metric.field}", which is no number`];
  });
}

function topicProblems({ topic = {}, producer }: Declaration): Problems {
  const { name, partitions, retentionMs, managed } = topic;
  const problems = managed === false ? readTopicProblems(topic, producer !== undefined) : [];
  if (name !== undefined && !/^(?!\.{1,2}$|__)[a-zA-Z0-9._-]{1,249}$/.test(name)) {
    problems.push(
      `topic.name must be 1 to 249 letters, digits, ., _ and -, and not begin with __ as Kafka's own topics do, is "${name}"`,
    );
  }
  if (partitions !== undefined && !(Number.isInteger(partitions) && partitions >= 1)) {
    problems.push(`topic.partitions must be a whole number ≥ 1, is ${partitions}`);
  }
  if (retentionMs !== undefined && !(Number.isInteger(retentionMs) && retentionMs >= -1)) {
    problems.push(
      `topic.retentionMs must be a whole number ≥ 0, or -1 for ever, is ${retentionMs}`,
    );
  }
  return problems;
}

function readTopicProblems(topic: TopicOptions, isSent: boolean): Problems {
  const own = Object.keys(topic).filter((key) => key !== "name" && key !== "managed");
  return [
    ...own.map(
      (key) =>
        `topic.${key} can't be declared with topic.managed: false, a topic that is only read`,
    ),
    ...(isSent ? ["producer can't be declared with topic.managed: false, which is only read"] : []),
  ];
}

/** ISO-8601 from years to seconds, as java.time and Joda-Time read it. */
const period = /^P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?$/;

function ingestionProblems(ingestion: IngestionOptions): Problems {
  const { datasource, taskDuration, retention, compaction } = ingestion;
  const periods = {
    taskDuration,
    retention,
    "compaction.skipOffsetFromLatest": compaction?.skipOffsetFromLatest,
  };
  const problems = Object.entries(periods)
    .filter(([, value]) => value !== undefined && !period.test(value))
    .map(
      ([key, value]) =>
        `ingestion.${key} must be an ISO-8601 period such as P30D or PT1H, is "${value}"`,
    );
  // Druid counts whole minutes, and with 0 minutes each task fails at once (33.0.0, SeekableStreamIndexTaskRunner).
  if (Number(/^PT(\d+)S$/.exec(taskDuration ?? "")?.[1] ?? 60) < 60) {
    problems.push(`ingestion.taskDuration must be PT1M or more, is "${taskDuration}"`);
  }
  // Druid takes spaces within a name and much of Unicode, too; its own ids, URLs and files then differ from it. The id of a
  // compaction has 111 characters more, and the metadata store has 255 for it.
  if (datasource !== undefined && !/^[a-zA-Z0-9_-][a-zA-Z0-9._-]{0,127}$/.test(datasource)) {
    problems.push(
      `ingestion.datasource must be 1 to 128 letters, digits, ., _ and -, and not begin with ., is "${datasource}"`,
    );
  }
  return problems;
}

function producerProblems({ event, producer }: Declaration): Problems {
  if (producer === undefined) return [];
  const { forEach, intervalMs, ranges, choices = {} } = producer;
  const problems: Problems = [];
  if (!(Number.isInteger(intervalMs) && intervalMs >= 10 && intervalMs <= 86_400_000)) {
    problems.push(
      `producer.intervalMs must be a whole number from 10 to 86400000, is ${intervalMs}`,
    );
  }
  for (const [name, values = []] of Object.entries(choices)) {
    problems.push(...choiceProblems(name, event[name], values));
    if (name === forEach) problems.push(`producer.choices has "${name}", which forEach names`);
  }
  const each = event[forEach];
  const values = each?.role === "dimension" ? (each.values ?? []) : [];
  if (values.length === 0) {
    return [...problems, `producer.forEach must name a dimension.oneOf field, is "${forEach}"`];
  }
  const strange = Object.keys(ranges).filter((value) => !values.includes(value));
  if (strange.length > 0) {
    problems.push(`producer.ranges has ${listed(strange)}, which "${forEach}" has not`);
  }
  return [
    ...problems,
    ...values.map(String).flatMap((value) => rangeProblems(value, event, ranges[value] ?? {})),
  ];
}

function choiceProblems(
  name: string,
  field: Field | undefined,
  values: readonly unknown[],
): Problems {
  if (field?.role !== "dimension") {
    return [`producer.choices has "${name}", which is no dimension of the event`];
  }
  if (values.length === 0) return [`producer.choices has no value of "${name}"`];
  const fits = (value: unknown) => {
    if (value === null) return field.optional;
    if (field.values) return field.values.some((one) => one === value);
    if (field.multiple) return Array.isArray(value);
    if (field.type === "string") return typeof value === "string";
    if (field.type === "boolean") return typeof value === "boolean";
    if (field.type === "decimal" || field.type === "big-integer") return typeof value === "string";
    return field.type === "long" ? Number.isSafeInteger(value) : Number.isFinite(value);
  };
  return values
    .filter((value) => !fits(value))
    .map((value) => `producer.choices has ${JSON.stringify(value)}, which "${name}" can't be`);
}

function rangeProblems(
  value: string,
  event: EventFields,
  ranges: Readonly<Record<string, Range>>,
): Problems {
  const strange = Object.keys(ranges).filter((name) => event[name]?.role !== "measure");
  const problems = strange.map(
    (name) => `producer.ranges has "${name}" for "${value}", which is no measure of the event`,
  );
  for (const [name, field] of Object.entries(event)) {
    if (field.role !== "measure") continue;
    const range = ranges[name];
    const ends = range ? [range.min, range.max] : [];
    if (range === undefined || !ends.every(Number.isFinite) || range.min > range.max) {
      problems.push(`producer.ranges has no range of "${name}" for "${value}"`);
    } else if (field.type === "long" && !ends.every(Number.isSafeInteger)) {
      problems.push(`producer.ranges of "${name}" for "${value}" must have whole numbers`);
    }
  }
  return problems;
}
