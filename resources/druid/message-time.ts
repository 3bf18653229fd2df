/** Whether Druid finds a time in what a message has, by the formats of its timestampSpec (Druid 33). */

/** A date as Joda reads it in Druid's `auto`: of a year, a month, a day, a week, or a day of the year. */
const isoDate = /^([-+]?\d{1,9})(?:-(\d{1,2})(?:-(\d{1,2}))?|-(\d{3})|-W(\d{1,2})(?:-[1-7])?)?$/;
const isoTime =
  /^(?:(\d{1,2})(?::(\d{1,2})(?::(\d{1,2}))?)?(?:[.,]\d+)?)?(?:[Zz]|[-+]\d{2}(?::?\d{2})?)?$/;
/** Druid's times are within 2^62 ms of 1970. */
const lastTime = 2 ** 62;
const lastYear = 146_000_000;

/** Formats of numbers, by how many of them are a ms. */
const units: Readonly<Record<string, number>> = {
  ruby: 1e-3,
  posix: 1e-3,
  millis: 1,
  micro: 1e3,
  nano: 1e6,
};

/**
 * @param column undefined if there is no object to have one
 * @param format of Druid's timestampSpec
 * @throws Error where Druid finds no time
 */
export function requireTime(time: unknown, column: string | undefined, format: string): void {
  if (column === undefined) throw new Error("no object");
  if ((time ?? null) === null) throw new Error(`no time in ${column}`);
  if (!fitsFormat(time, format))
    throw new Error(`no time that Druid reads as ${format} in ${column}`.replace(" as auto", ""));
}

function fitsFormat(time: unknown, format: string): boolean {
  const isDigits = typeof time === "string" && /^\d+$/.test(time);
  const isNumber = typeof time === "number" || isDigits;
  const inRange = (ms: number) => ms >= -lastTime && ms < lastTime;
  const unit = units[format];
  if (format === "auto")
    return isNumber ? inRange(Number(time)) : typeof time === "string" && isDate(time);
  if (format === "iso")
    return typeof time === "string" && !/^[-+]?[\d.]{5,}$/.test(time) && isDate(time);
  if (unit === undefined) return typeof time === "number" || fitsPattern(String(time), format);
  const isFraction = format === "ruby" && typeof time === "string" && /^[-+]?\d+\.\d*$/.test(time);
  const isSigned = typeof time === "string" && /^[-+]?\d+$/.test(time);
  return (typeof time === "number" || isSigned || isFraction) && inRange(Number(time) / unit);
}

/** Whether a text has the digits and the signs of a Joda pattern. What is between them, such as a month's name, is not looked at. */
function fitsPattern(text: string, pattern: string): boolean {
  const source = pattern.replace(
    /'([^']*)'|([A-Za-z])\2*|[^A-Za-z']/g,
    (found, literal, letter) => {
      if (literal !== undefined) return escaped(literal === "" ? "'" : literal);
      if (letter === undefined) return escaped(found);
      if (letter === "M" && found.length > 2) return "[^\\d]+";
      if (letter === "S") return `\\d{${found.length}}`;
      if ("yYxwedDMHhKkmsSC".includes(letter)) return letter === "y" ? "[-+]?\\d+" : "\\d{1,3}";
      return ".+";
    },
  );
  return new RegExp(`^${source}$`, "s").test(text);
}

const escaped = (literal: string) => literal.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

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
