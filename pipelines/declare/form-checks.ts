/** What of a declaration's formats, origins, times and stored aggregates no service would take. */
import type { Declaration } from "./declaration";
import type { Field, TimestampField } from "./fields";
import type { Metric } from "./metrics";
import { stepsOf } from "./path";

type Problems = string[];

/** The column that a stream which is rolled up has besides its fields. */
const reserved = "event_count";

export function formProblems(stream: Declaration): Problems {
  return [
    ...Object.entries(stream.event).flatMap(([name, field]) => originProblems(stream, name, field)),
    ...formatProblems(stream),
    ...Object.entries(stream.metrics).flatMap(([name, metric]) =>
      metricProblems(stream, name, metric),
    ),
    ...granularityProblems(stream),
    ...rollupProblems(stream),
    ...sendProblems(stream),
  ];
}

function originProblems(stream: Declaration, name: string, field: Field): Problems {
  const about = `field "${name}"`;
  const { path, kafka } = field;
  const expression = "expression" in field ? field.expression : undefined;
  const given = [path, kafka, expression].filter((one) => one !== undefined);
  const problems: Problems = [];
  if (given.length > 1) problems.push(`${about} may have one of path, kafka and expression`);
  if (path !== undefined && stepsOf(path) === undefined) {
    problems.push(
      `the path of ${about} must be names, indices and [*] after $, such as $.customer.city, $.items[0].price or $['user-agent'], is "${path}"`,
    );
  }
  if (path !== undefined && isLines(stream)) {
    problems.push(`${about} has a path, and a line of ${stream.format?.type} has columns only`);
  }
  if (kafka !== undefined && !/^(key|topic|timestamp|header:.+)$/s.test(kafka)) {
    problems.push(`kafka of ${about} must be key, topic or header:NAME, is "${kafka}"`);
  }
  if (expression !== undefined) problems.push(...expressionProblems(stream, about, expression));
  return field.role === "timestamp" ? [...problems, ...timeProblems(about, field)] : problems;
}

/** Druid would read a name that is none as null, and say nothing. */
function expressionProblems({ event }: Declaration, about: string, expression: string): Problems {
  if (expression.trim() === "") return [`the expression of ${about} is empty`];
  const isRaw = (name: string) => {
    const field = Object.hasOwn(event, name) ? event[name] : undefined;
    return field !== undefined && !("expression" in field && field.expression !== undefined);
  };
  const strange = [...expression.matchAll(/"([^"]+)"/g)].flatMap(([, name = ""]) =>
    isRaw(name) ? [] : [name],
  );
  return strange.map(
    (name) => `the expression of ${about} names "${name}", which is no field of the messages`,
  );
}

function timeProblems(about: string, { format, kafka }: TimestampField): Problems {
  if (format === undefined) return [];
  if (kafka !== undefined) return [`${about} is Kafka's timestamp, which has no format`];
  if (typeof format !== "object") return [];
  const { pattern, zone } = format;
  const letters = pattern.replace(/'[^']*'/g, "");
  const problems: Problems = [];
  if (!/[yYxe]/.test(letters) || /[^GCYxwedEyDMaHhKkmsSzZ\W\d_]/.test(letters)) {
    problems.push(
      `the pattern of ${about} must be one of Joda's with a year, and with other letters between ', is "${pattern}"`,
    );
  }
  if (zone !== undefined && !isZone(zone)) {
    problems.push(`the zone of ${about} must be one such as Europe/Lisbon, is "${zone}"`);
  }
  return problems;
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

const isLines = ({ format }: Declaration) => format?.type === "csv" || format?.type === "tsv";

function formatProblems(stream: Declaration): Problems {
  const { format, event, ingestion } = stream;
  const problems: Problems = [];
  if (format === undefined || format.type === "json") return problems;
  if (ingestion?.multiline) problems.push(`ingestion.multiline is for JSON, not ${format.type}`);
  if (format.type === "avro" || format.type === "protobuf") {
    const { url, credentialsVariable: variable } = format.registry;
    if (!/^https?:\/\/[^/\s@]+/.test(url)) {
      problems.push(
        `the registry's url must be http:// or https:// and have no password in it, is "${url.replace(/\/\/.*@/, "//…@")}"`,
      );
    }
    if (variable !== undefined && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)) {
      problems.push(
        `the registry's credentialsVariable must be the name of a variable, is "${variable}"`,
      );
    }
    return problems;
  }
  const { columns } = format;
  if (columns === undefined) return problems;
  const missing = Object.entries(event).filter(
    ([name, field]) =>
      field.kafka === undefined &&
      !("expression" in field && field.expression !== undefined) &&
      !columns.includes(name),
  );
  problems.push(...missing.map(([name]) => `format.columns does not have field "${name}"`));
  for (const name of columns) {
    if (columns.indexOf(name) !== columns.lastIndexOf(name)) {
      problems.push(`format.columns has "${name}" twice`);
    }
  }
  return [...new Set(problems)];
}

function metricProblems({ event, ingestion }: Declaration, name: string, metric: Metric): Problems {
  if (metric.aggregate === "count") return [];
  const field = Object.hasOwn(event, metric.field) ? event[metric.field] : undefined;
  const about = `metric "${name}"`;
  if (field === undefined) return [];
  if (metric.aggregate === "quantile") {
    const { fraction } = metric;
    if (!(fraction >= 0 && fraction <= 1)) {
      return [`${about} must have a fraction from 0 to 1, has ${fraction}`];
    }
  }
  if (field.role === "sketch") {
    const wanted = { distinct: "count-distinct", quantiles: "quantile" }[field.type];
    return metric.aggregate === wanted
      ? []
      : [`${about} is the ${metric.aggregate} of a sketch that answers ${wanted} only`];
  }
  if (field.role !== "measure" || !ingestion?.rollup) return [];
  const stored = field.rollup ?? "sum";
  const isAverage = metric.aggregate === "avg" && stored === "sum" && !field.optional;
  return metric.aggregate === stored || isAverage
    ? []
    : [
        `${about} is the ${metric.aggregate} of "${metric.field}", of which rolled-up rows have the ${stored}: add a field with another rollup, or a sketch`,
      ];
}

const granularities = ["NONE", "SECOND", "MINUTE", "HOUR", "DAY", "MONTH"];

/** Druid finds no segment for a row whose time is rounded down to one before it (33.0.0), and the stream stands still. */
function granularityProblems({ ingestion = {} }: Declaration): Problems {
  const { queryGranularity = "NONE", segmentGranularity = "HOUR" } = ingestion;
  return granularities.indexOf(queryGranularity) <= granularities.indexOf(segmentGranularity)
    ? []
    : [
        `ingestion.queryGranularity is ${queryGranularity}, longer than segmentGranularity, ${segmentGranularity}: set segmentGranularity to ${queryGranularity} as well`,
      ];
}

function rollupProblems({ event, metrics, ingestion }: Declaration): Problems {
  if (!ingestion?.rollup) {
    return Object.entries(event).flatMap(([name, field]) =>
      field.role === "measure" && field.rollup !== undefined
        ? [`field "${name}" has a rollup, and ingestion.rollup is not true`]
        : [],
    );
  }
  return Object.hasOwn(event, reserved) || Object.hasOwn(metrics, reserved)
    ? [`the name ${reserved} is reserved for the count of rolled-up rows`]
    : [];
}

/** The stack's senders write JSON whose fields are where their names say. */
function sendProblems({ event, format, producer }: Declaration): Problems {
  if (producer === undefined) return [];
  const not = (why: string) => [
    `producer can't send this stream, because ${why}: send its messages yourself`,
  ];
  if (format !== undefined && format.type !== "json") return not(`its format is ${format.type}`);
  const strange = Object.entries(event).flatMap(([name, field]) => {
    const isDerived = "expression" in field && field.expression !== undefined;
    const isTime =
      field.role === "timestamp" && field.format !== undefined && field.format !== "auto";
    const isElsewhere = field.path !== undefined || field.kafka !== undefined;
    const isOther = field.role === "sketch";
    return isDerived || isElsewhere || isTime || isOther ? [`"${name}"`] : [];
  });
  return strange.length === 0
    ? []
    : not(
        `it sends flat JSON with a time in form auto, and ${strange.join(", ")} ${strange.length === 1 ? "is" : "are"} otherwise`,
      );
}
