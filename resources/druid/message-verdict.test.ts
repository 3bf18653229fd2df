import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { message, shapeColumns } from "../testing/message-shapes";
import { describeBytes } from "./describe-bytes";
import { readingRules, type Verdict, verdictOf } from "./message-verdict";

const spec = (inputFormat: object) => ({
  type: "kafka",
  spec: {
    dataSchema: {
      timestampSpec: { column: "at", format: "auto" },
      dimensionsSpec: { dimensions: shapeColumns },
    },
    ioConfig: { inputFormat: { type: "json", ...inputFormat } },
    tuningConfig: { maxParseExceptions: 3 },
  },
});
const byLine = readingRules(spec({ assumeNewlineDelimited: true }));
const whole = readingRules(spec({}));
const good = '{"at":1767323045,"name":"a","amount":1.5,"pieces":2,"probe_id":"x"}';

/** `rows / lines without a row / rows with a wrong field`, as Druid counts them. */
function counts(value: string | Buffer, rules = byLine): string {
  const verdict = verdictOf(Buffer.from(value as string), rules);
  return `${verdict.rows}/${verdict.unparseable.length}/${verdict.rowsWithWrongFields}`;
}
const withField = (field: string, json: string) => `{"at":1767323045,"${field}":${json}}`;
const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string)));

// All the counts below are those of Druid 33.0.0's own readers for the same bytes.
test("values that do not fit a number's column are null in the row, and counted", () => {
  for (const json of ['"1,000.00"', '""', '"N/A"', '" 1 "', "[1,2]", "[]", '{"v":1}', "{}"]) {
    assert.equal(counts(withField("amount", json)), "1/0/1", json);
    assert.equal(counts(withField("pieces", json)), "1/0/1", json);
  }
  for (const json of ["null", "1.5", "1e400", '"1e3"', '"7"', '"5."']) {
    assert.equal(counts(withField("amount", json)), "1/0/0", json);
    assert.equal(counts(withField("pieces", json)), "1/0/0", json);
  }
  assert.equal(counts(withField("amount", "true")), "1/0/1");
  assert.equal(counts(withField("pieces", "true")), "1/0/0");
  assert.equal(counts(withField("amount", '"NaN"')), "1/0/0");
  assert.equal(counts(withField("pieces", '"1.5"')), "1/0/1");
  assert.equal(counts(withField("pieces", '"9223372036854775807"')), "1/0/0");
  assert.equal(counts(withField("pieces", '"9223372036854775808"')), "1/0/1");
  assert.equal(counts(withField("name", '[1,{"a":2}]')), "1/0/0");
  assert.deepEqual(verdictOf(Buffer.from(withField("amount", '""')), byLine).wrongFields, [
    "amount: an empty text is no double",
  ]);
});

test("an integer of more than 64 bits is null where the spec says so, which Druid does not count", () => {
  const limited = spec({ assumeNewlineDelimited: true });
  const transformSpec = {
    transforms: [
      {
        name: "pieces",
        expression: `if(abs("pieces") >= 9223372036854775807.0 && 1, null, "pieces")`,
      },
    ],
  };
  const rules = readingRules({
    spec: { ...limited.spec, dataSchema: { ...limited.spec.dataSchema, transformSpec } },
  });
  const judged = (json: string) => verdictOf(Buffer.from(withField("pieces", json)), rules);
  for (const json of ["9223372036854775808", "-9223372036854775809", "1e308", '"1E19"']) {
    const { wrongFields, rowsWithWrongFields } = judged(json);
    const large = "pieces: a number of more than 64 bits";
    assert.deepEqual([wrongFields, rowsWithWrongFields], [[large], 0], json);
  }
  for (const json of ["9223372036854775807", "-9223372036854775808", "1e18", "1e400"]) {
    assert.deepEqual(judged(json).wrongFields, [], json);
  }
  assert.equal(judged('"9223372036854775808"').rowsWithWrongFields, 1);
});

test("times are numbers and ISO 8601, within what Druid has", () => {
  const times = (list: string[], expected: string) => {
    for (const json of list) assert.equal(counts(`{"at":${json}}`), expected, json);
  };
  times(["0", "-5", '"-5"', "1767323045.5", "4e18", "1767323045000000000"], "1/0/0");
  times(['"2026"', '"2026-01"', '"2026-1-2"', '"2026-W01-2"', '"2024-366"'], "1/0/0");
  times(['"2026-01-02T03Z"', '"2026-01-02 03:04:05.123+0200"', '"2026-01-02T"'], "1/0/0");
  times(['"2026-01-02 03:04:05 Europe/Berlin"', '" 2026-01-02"'], "1/0/0");
  times(['"2026-02-29"', '"2023-366"', '"2026-13-01"', '"2026-01-02T24:00Z"'], "0/1/0");
  times(['"02/01/2026"', '"20260102T030405Z"', '"1e9"', '"1767323045.5"'], "0/1/0");
  times(["null", '""', "true", "[]", "{}", "1e25", "5e18", '"999999999-01-01"'], "0/1/0");
});

test("odd bytes: each line is one object, and what follows it is not read", () => {
  const cases: [string | Buffer, string][] = [
    ["", "0/0/0"],
    [" ", "0/1/0"],
    ["\n\n", "0/2/0"],
    [`${good}\r\n${good}\n`, "2/0/0"],
    [`${good}\n\n${good}`, "2/1/0"],
    [good + good, "1/0/0"],
    [`${good} garbage`, "1/0/0"],
    [bytes(good, [0xff]), "1/0/0"],
    ["[]", "0/1/0"],
    [`[${good}]`, "0/1/0"],
    ["null", "0/1/0"],
    [good.slice(0, -1), "0/1/0"],
    [`{"deep":${"[".repeat(2_000)}${"]".repeat(2_000)},"at":1}`, "1/0/0"],
    [withField("name", `"${"a".repeat(1_000_000)}"`), "1/0/0"],
    [withField("name", '"a\tb"'), "0/1/0"],
    [withField("amount", "NaN"), "0/1/0"],
    [bytes([0xef, 0xbb, 0xbf], good), "1/0/0"],
    [Buffer.from(good, "utf16le"), "1/0/0"],
    [Buffer.from(`\ufeff${good}`, "utf16le").swap16(), "1/0/0"],
    [bytes([0, 0, 0, 0, 1], good), "0/1/0"],
    // The prefix ends with a line feed: the JSON is a line of its own.
    [bytes([0, 0, 0, 0, 10], good), "1/1/0"],
    [bytes('{"at":1,"name":"', [0xc3], '"}'), "0/1/0"],
    [bytes('{"at":1,"name":"\ufffd ', [0xff], '"}'), "0/1/0"],
    ['{"at":1,"name":"\ufffd 😀"}', "1/0/0"],
  ];
  for (const [value, expected] of cases) {
    assert.equal(counts(value), expected, describeBytes(Buffer.from(value as string)));
  }
  assert.equal(verdictOf(Buffer.from(`${good} {}`), byLine).unread, 1);
});

test("without lines, one bad object takes the whole message, and zero bytes stop the task", () => {
  assert.equal(counts(`${good}\n${good}{\n${good.slice(1)}`, whole), "3/0/0");
  assert.equal(counts(`${good} { no json`, whole), "0/1/0");
  assert.equal(counts("", whole), "0/1/0");
  const prefixed = bytes([0, 0, 0, 0, 1], good);
  assert.match(verdictOf(prefixed, whole).stops ?? "", /^zero bytes before the JSON/);
  assert.equal(verdictOf(prefixed, byLine).stops, undefined);
  const nested = (depth: number) => verdictOf(Buffer.from("[".repeat(depth)), byLine);
  assert.match(nested(1_000_000).stops ?? "", /^more than 900000/);
  assert.deepEqual(nested(500_000).unparseable, ["no valid JSON"]);
});

test("a message's lines are judged one by one, whatever they are, and good ones are always rows", () => {
  const plus = (left: Verdict, right: Verdict) => [
    left.rows + right.rows,
    [...left.unparseable, ...right.unparseable],
    [...left.wrongFields, ...right.wrongFields],
  ];
  const lines = message("mark").map((value) => value ?? Buffer.alloc(0));
  fc.assert(
    fc.property(lines, lines, (first, second) => {
      const [left, right] = [first, second].map((value) => verdictOf(value, byLine));
      const parts = [first, Buffer.from("\n"), Buffer.from(good), Buffer.from("\n"), second];
      // An empty first line is one more line without a row; a \r before the line feed belongs to it.
      fc.pre(first.length > 0 && ![10, 13].includes(first.at(-1) ?? 0));
      const both = verdictOf(Buffer.concat(parts), byLine);
      assert.ok(left && right);
      assert.deepEqual([both.rows - 1, both.unparseable, both.wrongFields], plus(left, right));
    }),
    { numRuns: 1_000 },
  );
});

test("first bytes are shown as text where they are one, in hexadecimal where they are not", () => {
  assert.equal(describeBytes(Buffer.from("é\n")), '"é\\n"');
  assert.equal(describeBytes(Buffer.from("aaaa"), 3), '"aaa" … (4 bytes)');
  assert.equal(describeBytes(bytes([0, 0, 1], "{")), "00 00 01 7b");
});
