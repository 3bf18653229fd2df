/** How texts and numbers tell a time. */
import type { TimeFormat } from "../../pipelines/declare/origin";

/** Joda patterns of well-known forms that are not ISO 8601. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/, "yyyy-MM-dd HH:mm:ss"],
  [/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/, "yyyy-MM-dd HH:mm:ss.SSS"],
  [/^\d{4}-\d\d-\d\d \d\d:\d\d$/, "yyyy-MM-dd HH:mm"],
  [/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}$/, "dd/MMM/yyyy:HH:mm:ss Z"],
  [/^\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d [AP]M$/, "MM/dd/yyyy hh:mm:ss a"],
];
const iso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?)?$/;
const units = [
  ["seconds", 1],
  ["milliseconds", 1e3],
  ["microseconds", 1e6],
  ["nanoseconds", 1e9],
] as const;
/** 2001 and 2100, in seconds since 1970: a number beyond them is taken for no time. */
const years = { from: 978_307_200, to: 4_102_444_800 };

/** The format of all these values, if they are times. */
export function timeFormatOf(values: readonly unknown[]): TimeFormat | undefined {
  const texts = values.map(String);
  if (texts.length === 0) return undefined;
  const all = (form: RegExp) => texts.every((text) => form.test(text));
  if (all(/^\d+(\.\d+)?$/)) {
    const numbers = texts.map(Number);
    return units.find(([, size]) =>
      numbers.every((one) => one >= years.from * size && one < years.to * size),
    )?.[0];
  }
  if (all(iso)) return "iso";
  const pattern = patterns.find(([form]) => all(form))?.[1];
  return pattern === undefined ? undefined : { pattern };
}

const exactNames = /^(@?timestamp|ts|time|datetime|date_?time|event_?time|dt|ts_ms)$/i;
const timeNames = /(time|date|timestamp|epoch|_at|_ts|_ms|created|updated|dt)$/i;

/** How much a name speaks for the time of the event; 0: it doesn't. */
export function timeNameScore(name: string): number {
  if (exactNames.test(name)) return 3;
  if (/^(created|event|pickup|occurred|.*pickup)/i.test(name) && timeNames.test(name)) return 2;
  return timeNames.test(name) ? 1 : 0;
}
