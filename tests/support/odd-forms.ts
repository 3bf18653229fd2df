/** Messages of odd forms, and the rows that a query must then answer. */
import type { Stream } from "../../pipelines/declare/stream";
import { lines, nested, rolled, tabs } from "../../pipelines/testing/forms";

export interface FormCase {
  readonly stream: Stream;
  readonly messages: readonly {
    readonly key?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly value: string;
    /** In ms since 1970. Default: now. */
    readonly timestamp?: string;
  }[];
  readonly query: string;
  readonly rows: readonly object[];
}

/** Kafka deletes at once what is older than its retention. */
const sentAt = Date.now();
const hourMs = 3_600_000;

const order = {
  meta: { at: 1_769_854_500.125 },
  customer: { "country-code": "PT" },
  items: [{ sku: "a" }, { sku: "b" }],
  tags: ["x", "y"],
  paid: true,
  total: "123456789012345678901234567890.10",
  serial: 9_007_199_254_740_993n,
  price: 2.5,
  pieces: 4,
};

/** A bigint as a JSON number. */
const json = (value: object) =>
  JSON.stringify(value, (_key, one) => (typeof one === "bigint" ? `#${one}#` : one)).replace(
    /"#(\d+)#"/g,
    "$1",
  );

export const formCases: readonly FormCase[] = [
  {
    stream: nested,
    messages: [
      { key: "k1", headers: { source: "shop" }, value: json(order) },
      // No path finds anything, numbers are in texts, the decimal is a JSON number.
      {
        value:
          '{"meta":{"at":"1769854501.5"},"customer":7,"total":0.1,"serial":"18446744073709551616"}',
      },
      {
        value:
          '{"meta":{"at":1769854502},"serial":18446744073709551616,"pieces":9223372036854775807}',
      },
      { value: '{"meta":{"at":1769854503},"customer":{"country-code":"XX"}}' },
      { value: '{"meta":{"at":1769854504},"pieces":18446744073709551616}' },
      // These make no row.
      { value: '{"meta":{"at":"soon"}}' },
      { value: '{"meta":7}' },
      { value: "not json" },
    ],
    query: `SELECT TIMESTAMP_TO_MILLIS(__time) AS t, "country", MV_TO_STRING("skus", ',') AS skus,
      MV_TO_STRING("tags", ',') AS tags, "paid", "total", "serial", "source", "id", "price",
      CAST("pieces" AS VARCHAR) AS pieces, "worth" FROM "nested" ORDER BY __time`,
    rows: [
      {
        t: 1_769_854_500_125,
        country: "PT",
        skus: "a,b",
        tags: "x,y",
        paid: "true",
        total: "123456789012345678901234567890.10",
        serial: "9007199254740993",
        source: "shop",
        id: "k1",
        price: 2.5,
        pieces: "4",
        worth: 10,
      },
      {
        t: 1_769_854_501_500,
        country: null,
        skus: null,
        tags: null,
        paid: null,
        total: null,
        serial: "18446744073709551616",
        source: null,
        id: null,
        price: null,
        pieces: null,
        worth: null,
      },
      {
        t: 1_769_854_502_000,
        country: null,
        skus: null,
        tags: null,
        paid: null,
        total: null,
        serial: null,
        source: null,
        id: null,
        price: null,
        pieces: "9223372036854775807",
        worth: null,
      },
      {
        t: 1_769_854_504_000,
        country: null,
        skus: null,
        tags: null,
        paid: null,
        total: null,
        serial: null,
        source: null,
        id: null,
        price: null,
        pieces: null,
        worth: null,
      },
    ],
  },
  {
    stream: lines,
    messages: [
      { value: '1,31/07/2026 10:15:00,"Vila Real, PT",a|b,21.5,10.10' },
      { value: "2,31/01/2026 10:15:00,Faro,,,0.1\n3,31/01/2026 10:15:01,Faro,c,-1e1," },
      { value: "4,2026-01-31,Faro,c,1,1" },
    ],
    query: `SELECT TIMESTAMP_TO_MILLIS(__time) AS t, "city", MV_TO_STRING("tags", ',') AS tags, "degrees", "balance"
      FROM "lines" ORDER BY __time`,
    rows: [
      {
        t: Date.parse("2026-01-31T10:15:00Z"),
        city: "Faro",
        tags: null,
        degrees: null,
        balance: "0.1",
      },
      {
        t: Date.parse("2026-01-31T10:15:01Z"),
        city: "Faro",
        tags: "c",
        degrees: -10,
        balance: null,
      },
      {
        t: Date.parse("2026-07-31T09:15:00Z"),
        city: "Vila Real, PT",
        tags: "a,b",
        degrees: 21.5,
        balance: "10.10",
      },
    ],
  },
  {
    stream: tabs,
    messages: [{ value: "1769854500123456789\tOslo\t-3" }, { value: "soon\tOslo\t1" }],
    query: `SELECT TIMESTAMP_TO_MILLIS(__time) AS t, "city", "degrees" FROM "tabs"`,
    rows: [{ t: 1_769_854_500_123, city: "Oslo", degrees: -3 }],
  },
  {
    stream: rolled,
    messages: [1, 2, 3, 3].map((user) => ({
      timestamp: String(sentAt),
      value: JSON.stringify({ page: "/", bytes: 100 * user, ms: 10 * user, user: `u${user}` }),
    })),
    query: `SELECT TIMESTAMP_TO_MILLIS(__time) AS t, "page", SUM("event_count") AS hits, SUM("bytes") AS bytes,
      MAX("slowest") AS slowest, APPROX_COUNT_DISTINCT_DS_HLL("visitors") AS people,
      APPROX_QUANTILE_DS("latency", 0.9) AS p90 FROM "rolled" GROUP BY 1, 2`,
    rows: [
      {
        t: sentAt - (sentAt % hourMs),
        page: "/",
        hits: 4,
        bytes: 900,
        slowest: 30,
        people: 3,
        p90: 30,
      },
    ],
  },
];
