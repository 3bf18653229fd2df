/** Says what Druid makes of a message, by the rules of its JSON readers and of a supervisor's spec (Druid 33). */
import { errorText } from "../error-text";
import { isObject, objectOf, objectsOf } from "../json";
import { EncodingError, JsonBytes, NestingError } from "./json-bytes";
import { requireTime } from "./message-time";
import { type ValueForm, valueForm, withPaths } from "./value-form";

/** What Druid makes of one message. A message has an object on each of its lines. */
export interface Verdict {
  /** Number of rows. */
  readonly rows: number;
  /** Why a line has no row, one entry for each such line. */
  readonly unparseable: readonly string[];
  /** `field: reason` of each value that becomes null, because it does not fit its column. */
  readonly wrongFields: readonly string[];
  /** How many rows Druid counts for such a value. It does not count an integer that the spec makes null. */
  readonly rowsWithWrongFields: number;
  /** Columns of a row for which the message has no value. */
  readonly missing: readonly string[];
  /** Number of lines on which more follows the first object: Druid does not read it. */
  readonly unread: number;
  /** Set if the message makes every task fail that reads it. */
  readonly stops?: string;
}

export interface Column {
  readonly name: string;
  readonly type: string;
  /** Set if the spec makes an integer of more than 64 bits null. */
  readonly limited?: true;
}

/** The rules of a supervisor's spec that decide over a message. */
export interface ReadingRules {
  readonly timeColumn: string;
  readonly columns: readonly Column[];
  readonly timeFormat: string;
  /** How a line or an object is read. */
  readonly format: ValueForm;
  /** Whether rows are filtered or rolled up. */
  readonly selects: boolean;
  /** True: each line of a message is an object. False: objects may have several lines. */
  readonly byLine: boolean;
  /** How many malformed rows and lines a task takes before it fails. */
  readonly maxParseExceptions: number;
}

/** The rules in a spec that this program has made. */
export function readingRules(spec: unknown): ReadingRules {
  const { dataSchema, ioConfig, tuningConfig } = objectOf(objectOf(spec).spec);
  const { timestampSpec, transformSpec, granularitySpec } = objectOf(dataSchema);
  const format = valueForm(objectOf(objectOf(ioConfig).inputFormat));
  return {
    timeColumn: String(objectOf(timestampSpec).column),
    timeFormat: String(objectOf(timestampSpec).format ?? "auto"),
    format,
    columns: judgedColumns(objectOf(dataSchema)),
    selects: isObject(objectOf(transformSpec).filter) || objectOf(granularitySpec).rollup === true,
    byLine: format.byLine,
    maxParseExceptions: Number(objectOf(tuningConfig).maxParseExceptions ?? Infinity),
  };
}

const kafkaTime = "kafka.timestamp";

/** The columns that have a message's own values: others are made by an expression. */
function judgedColumns({
  dimensionsSpec,
  metricsSpec,
  transformSpec,
}: Readonly<Record<string, unknown>>): Column[] {
  const made = objectsOf(objectOf(transformSpec).transforms);
  const isMade = (name: string) =>
    made.some((one) => one.name === name && !String(one.expression).includes(JSON.stringify(name)));
  const stored = objectsOf(metricsSpec).flatMap(({ fieldName, type }) => {
    const number = /^(long|double)/.exec(String(type))?.[1];
    return number === undefined ? [] : [{ name: String(fieldName), type: number }];
  });
  const isLimited = (name: string) =>
    made.some((one) => one.name === name && String(one.expression).includes(String(maxLong)));
  return [
    ...objectsOf(objectOf(dimensionsSpec).dimensions).map(({ name, type }) => ({
      name: String(name),
      type: String(type),
    })),
    ...stored,
  ]
    .filter(({ name }) => !isMade(name))
    .map((column) => (isLimited(column.name) ? { ...column, limited: true } : column));
}

/** Says what Druid makes of a message's value. (A message without a value is a tombstone, and is thrown away.) */
export function verdictOf(value: Uint8Array, rules: ReadingRules): Verdict {
  // Only a registry's schema tells what is in it.
  if (rules.format.type === "other") return { ...nothing, rows: 1 };
  return rules.byLine
    ? sum(linesOf(value).map((line) => verdictOfLine(line, rules)))
    : verdictOfWhole(value, rules);
}

const nothing: Verdict = {
  rows: 0,
  unparseable: [],
  wrongFields: [],
  rowsWithWrongFields: 0,
  missing: [],
  unread: 0,
};

function sum(verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce(
    (total, one) => ({
      rows: total.rows + one.rows,
      unparseable: [...total.unparseable, ...one.unparseable],
      wrongFields: [...total.wrongFields, ...one.wrongFields],
      rowsWithWrongFields: total.rowsWithWrongFields + one.rowsWithWrongFields,
      missing: [...total.missing, ...one.missing],
      unread: total.unread + one.unread,
      ...((total.stops ?? one.stops) && { stops: total.stops ?? one.stops }),
    }),
    nothing,
  );
}

const lineFeed = 10;
const carriageReturn = 13;

/** The lines as Druid's FastLineIterator gives them: nothing follows the last line feed. */
function linesOf(value: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < value.length; ) {
    const found = value.indexOf(lineFeed, start);
    const end = found === -1 ? value.length : found;
    const isCrLf = found > start && value[found - 1] === carriageReturn;
    lines.push(value.subarray(start, isCrLf ? end - 1 : end));
    start = end + 1;
  }
  return lines;
}

function verdictOfLine(line: Uint8Array, rules: ReadingRules): Verdict {
  try {
    if (rules.format.type === "lines") return verdictOfObject(rules.format.parse(line), rules);
    const json = new JsonBytes(line);
    return { ...verdictOfObject(json.next(), rules), unread: json.hasMore() ? 1 : 0 };
  } catch (error) {
    if (error instanceof NestingError) return { ...nothing, stops: error.message };
    return { ...nothing, unparseable: [errorText(error)] };
  }
}

/** Without lines, Druid takes either all objects of a message or none. */
function verdictOfWhole(value: Uint8Array, rules: ReadingRules): Verdict {
  try {
    const json = new JsonBytes(value);
    const found: Verdict[] = [];
    do found.push(verdictOfObject(json.next(), rules));
    while (json.hasMore());
    return sum(found);
  } catch (error) {
    // The task takes these kinds for a fault of its own.
    const isStop = error instanceof EncodingError || error instanceof NestingError;
    if (isStop) return { ...nothing, stops: error.message };
    return { ...nothing, unparseable: [errorText(error)] };
  }
}

/** @throws Error where Druid finds no time */
function verdictOfObject(value: unknown, rules: ReadingRules): Verdict {
  const { timeColumn, columns, format } = rules;
  const object = isObject(value) ? withPaths(value, format.paths) : {};
  if (timeColumn !== kafkaTime) {
    requireTime(object[timeColumn], isObject(value) ? timeColumn : undefined, rules.timeFormat);
  }
  const isMissing = ({ name }: Column) => (object[name] ?? null) === null;
  const isTooLarge = ({ name, limited }: Column) => limited === true && isLarge(object[name]);
  const large = columns.filter(isTooLarge);
  const wrong = columns.filter(
    (one) => !isMissing(one) && !isTooLarge(one) && !fits(object[one.name], one.type),
  );
  return {
    ...nothing,
    rows: 1,
    wrongFields: [
      ...wrong.map(({ name, type }) => `${name}: ${kindOf(object[name])} is no ${type}`),
      ...large.map(({ name }) => `${name}: a number of more than 64 bits`),
    ],
    rowsWithWrongFields: wrong.length > 0 ? 1 : 0,
    missing: columns.filter(isMissing).map(({ name }) => name),
  };
}

/** Guava's Doubles.tryParse. */
const double = /^[-+]?(NaN|Infinity|(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?[fFdD]?)$/;
/** Java's BigDecimal, whose value must then be a whole number. */
const decimal = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/;
const minLong = -(2n ** 63n);
const maxLong = 2n ** 63n - 1n;

/** Whether Druid can store a value in a column of this type (DimensionHandlerUtils). */
function fits(value: unknown, type: string): boolean {
  if (type === "string" || typeof value === "number") return true;
  if (typeof value === "boolean") return type === "long";
  if (typeof value !== "string") return false;
  if (type === "double") return double.test(value);
  if (!decimal.test(value) || !Number.isInteger(Number(value))) return false;
  const whole = BigInt(/^[-+]?\d+$/.test(value) ? value.replace("+", "") : Number(value));
  return whole >= minLong && whole <= maxLong;
}

/** Whether the expression of `expressions.ts` for an integer makes this null: a double or a text of one with an E. */
function isLarge(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value) && Math.abs(value) >= 2 ** 63;
  return typeof value === "string" && value.includes("E") && Math.abs(Number(value)) >= 2 ** 63;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (typeof value === "string") return value === "" ? "an empty text" : "a text";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
