/** Says what Druid makes of a message, by the rules of its JSON readers and of a supervisor's spec (Druid 33). */
import { errorText } from "../error-text";
import { isObject, objectOf, objectsOf } from "../json";
import { EncodingError, JsonBytes, NestingError } from "./json-bytes";

/** What Druid makes of one message. A message has an object on each of its lines. */
export interface Verdict {
  /** Number of rows. */
  readonly rows: number;
  /** Why a line has no row, one entry for each such line. */
  readonly unparseable: readonly string[];
  /** `field: reason` of each value that becomes null, because it does not fit its column. */
  readonly wrongFields: readonly string[];
  /** How many rows have such a value. */
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
}

/** The rules of a supervisor's spec that decide over a message. */
export interface ReadingRules {
  readonly timeColumn: string;
  readonly columns: readonly Column[];
  /** True: each line of a message is an object. False: objects may have several lines. */
  readonly byLine: boolean;
  /** How many malformed rows and lines a task takes before it fails. */
  readonly maxParseExceptions: number;
}

/** The rules in a spec that this program has made. */
export function readingRules(spec: unknown): ReadingRules {
  const { dataSchema, ioConfig, tuningConfig } = objectOf(objectOf(spec).spec);
  const { timestampSpec, dimensionsSpec } = objectOf(dataSchema);
  return {
    timeColumn: String(objectOf(timestampSpec).column),
    columns: objectsOf(objectOf(dimensionsSpec).dimensions).map(({ name, type }) => ({
      name: String(name),
      type: String(type),
    })),
    byLine: objectOf(objectOf(ioConfig).inputFormat).assumeNewlineDelimited === true,
    maxParseExceptions: Number(objectOf(tuningConfig).maxParseExceptions ?? Infinity),
  };
}

/** Says what Druid makes of a message's value. (A message without a value is a tombstone, and is thrown away.) */
export function verdictOf(value: Uint8Array, rules: ReadingRules): Verdict {
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
function verdictOfObject(value: unknown, { timeColumn, columns }: ReadingRules): Verdict {
  const object = isObject(value) ? value : {};
  requireTime(object[timeColumn], isObject(value) ? timeColumn : undefined);
  const isMissing = ({ name }: Column) => (object[name] ?? null) === null;
  const wrongFields = columns
    .filter((column) => !isMissing(column) && !fits(object[column.name], column.type))
    .map(({ name, type }) => `${name}: ${kindOf(object[name])} is no ${type}`);
  return {
    ...nothing,
    rows: 1,
    wrongFields,
    rowsWithWrongFields: wrongFields.length > 0 ? 1 : 0,
    missing: columns.filter(isMissing).map(({ name }) => name),
  };
}

/** A date as Joda reads it in Druid's `auto`: of a year, a month, a day, a week, or a day of the year. */
const isoDate = /^([-+]?\d{1,9})(?:-(\d{1,2})(?:-(\d{1,2}))?|-(\d{3})|-W(\d{1,2})(?:-[1-7])?)?$/;
const isoTime =
  /^(?:(\d{1,2})(?::(\d{1,2})(?::(\d{1,2}))?)?(?:[.,]\d+)?)?(?:[Zz]|[-+]\d{2}(?::?\d{2})?)?$/;
/** Druid's times are within 2^62 ms of 1970. */
const lastTime = 2 ** 62;
const lastYear = 146_000_000;

function requireTime(time: unknown, column: string | undefined): void {
  if (column === undefined) throw new Error("no object");
  if ((time ?? null) === null) throw new Error(`no time in ${column}`);
  const isNumber = typeof time === "number" || (typeof time === "string" && /^\d+$/.test(time));
  const fits = isNumber
    ? Number(time) >= -lastTime && Number(time) < lastTime
    : typeof time === "string" && isDate(time);
  if (!fits) throw new Error(`no time that Druid reads in ${column}`);
}

function isDate(text: string): boolean {
  // A zone may follow a space.
  const bare = text
    .replace(/^"(.*)"$/s, "$1")
    .trim()
    .replace(/ [A-Za-z]\S*$/, "");
  const [, date = "", time] = /^([^T ]*)(?:[T ](.*))?$/.exec(bare) ?? [];
  const parts = isoDate.exec(date);
  if (parts === null || (time !== undefined && !isTimeOfDay(time))) return false;
  const [year, month, day, dayOfYear, week] = parts.slice(1).map((part) => Number(part ?? 1));
  const isLeap = new Date(Date.UTC(2000 + ((year ?? 1) % 400), 1, 29)).getUTCMonth() === 1;
  const daysOfMonth = new Date(Date.UTC(isLeap ? 2024 : 2023, month ?? 1, 0)).getUTCDate();
  return (
    Math.abs(year ?? 0) <= lastYear &&
    between(month, 1, 12) &&
    between(day, 1, daysOfMonth) &&
    between(dayOfYear, 1, isLeap ? 366 : 365) &&
    between(week, 1, 53)
  );
}

function isTimeOfDay(text: string): boolean {
  const parts = isoTime.exec(text);
  if (parts === null) return false;
  const [hour, minute, second] = parts.slice(1).map((part) => Number(part ?? 0));
  return between(hour, 0, 23) && between(minute, 0, 59) && between(second, 0, 59);
}

const between = (value: number | undefined, min: number, max: number) =>
  value !== undefined && value >= min && value <= max;

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

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (typeof value === "string") return value === "" ? "an empty text" : "a text";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
