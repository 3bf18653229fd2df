import assert from "node:assert/strict";
import { test } from "node:test";
import { requireTime } from "./message-time";
import { readingRules, verdictOf } from "./message-verdict";
import { doubtsOf } from "./validation";

/** Rules of a spec with these parts. What Druid makes of the messages here was seen in its sampler (33.0.0). */
const rules = (inputFormat: object, time: object, dimensions: object[]) =>
  readingRules({
    spec: {
      dataSchema: { timestampSpec: time, dimensionsSpec: { dimensions } },
      ioConfig: { inputFormat },
    },
  });
const verdict = (text: string, of: ReturnType<typeof rules>) => verdictOf(Buffer.from(text), of);

test("nested JSON is judged by its paths", () => {
  const nested = rules(
    {
      type: "json",
      assumeNewlineDelimited: true,
      flattenSpec: {
        fields: [
          { name: "at", expr: "$.meta.at" },
          { name: "skus", expr: "$.items[*].sku" },
          { name: "price", expr: "$.items[0]['unit price']" },
        ],
      },
    },
    { column: "at", format: "millis" },
    [
      { name: "skus", type: "string" },
      { name: "price", type: "double" },
    ],
  );
  const good = '{"meta":{"at":1},"items":[{"sku":"a","unit price":"x"}]}';
  assert.deepEqual(verdict(good, nested).wrongFields, ["price: a text is no double"]);
  assert.deepEqual(verdict('{"meta":{"at":1}}', nested).missing, ["skus", "price"]);
  assert.deepEqual(verdict('{"meta":7}', nested).unparseable, ["no time in at"]);
});

test("lines of CSV are judged by their columns, and an empty value is none", () => {
  const lines = rules(
    { type: "csv", columns: ["at", "city", "heat"] },
    { column: "at", format: "dd/MM/yyyy HH:mm:ss" },
    [
      { name: "city", type: "string" },
      { name: "heat", type: "double" },
    ],
  );
  const two = verdict('31/01/2026 10:15:00,"Faro, PT",\n31/01/2026 10:15:00,Faro,hot', lines);
  assert.deepEqual(
    [two.rows, two.missing, two.wrongFields],
    [2, ["heat"], ["heat: a text is no double"]],
  );
  assert.deepEqual(verdict("2026-01-31,Faro,1", lines).unparseable, [
    "no time that Druid reads as dd/MM/yyyy HH:mm:ss in at",
  ]);
});

test("a registry's messages are not judged, and Kafka's timestamp is always there", () => {
  const time = { column: "kafka.timestamp", format: "millis" };
  assert.equal(verdict("\u0000\u0000", rules({ type: "avro_stream" }, time, [])).rows, 1);
  const kafka = { type: "kafka", valueFormat: { type: "json", assumeNewlineDelimited: true } };
  assert.equal(verdict("{}", rules(kafka, time, [])).rows, 1);
});

test("a time fits its format as Druid reads it", () => {
  const fits = (time: unknown, format: string) => {
    try {
      requireTime(time, "at", format);
      return true;
    } catch {
      return false;
    }
  };
  const good: [unknown, string][] = [
    [1.5, "ruby"],
    ["1769854500.125", "ruby"],
    ["1769854500123456789", "nano"],
    ["2026-01-31T10:15:00+02:00", "iso"],
    ["31 January 2026", "dd MMMM yyyy"],
  ];
  const bad: [unknown, string][] = [
    ["soon", "ruby"],
    ["1.5", "millis"],
    [1_769_854_500, "iso"],
    ["2026-01-31", "dd/MM/yyyy"],
    [null, "auto"],
  ];
  assert.deepEqual(
    good.filter(([time, format]) => !fits(time, format)),
    [],
  );
  assert.deepEqual(
    bad.filter(([time, format]) => fits(time, format)),
    [],
  );
});

test("a path that no message has, and a time that none fits, are told with the field and Druid's words", () => {
  const spec = {
    type: "kafka",
    spec: {
      dataSchema: { dimensionsSpec: { dimensions: [{ name: "city" }, { name: "country" }] } },
      ioConfig: {
        inputFormat: {
          type: "json",
          flattenSpec: {
            fields: [
              { name: "city", expr: "$.city.name" },
              { name: "country", expr: "$.country" },
            ],
          },
        },
      },
    },
  };
  const reply = (data: object[]) => ({ numRowsRead: 2, numRowsIndexed: 1, data });
  assert.deepEqual(
    doubtsOf(spec, reply([{ parsed: { city: null, country: "PT" } }, { error: "not JSON" }])),
    ["none of the 2 messages of its topic that were tried has $.city.name, the path of field city"],
  );
  assert.deepEqual(doubtsOf(spec, reply([{ error: "Timestamp[soon] is unparseable!" }])), [
    "none of the 1 messages of its topic that were tried makes a row, such as: Timestamp[soon] is unparseable!",
  ]);
  assert.deepEqual(doubtsOf(spec, reply([])), []);
});
