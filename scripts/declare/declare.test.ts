import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Stream } from "../../pipelines/declare/stream";
import { ingestionSpec } from "../../pipelines/derive/ingestion";
import type { StoredMessage } from "../../resources/kafka/messages";
import { inferShape } from "./infer";
import { decode, UnusableMessages } from "./messages";
import { shapes, type TestMessage } from "./testing/shapes";
import { streamText } from "./write";

const stored = ({ value, key, headers }: TestMessage, offset: number): StoredMessage => ({
  partition: 0,
  offset,
  value: Buffer.from(value),
  ...(key !== undefined && { key: Buffer.from(key) }),
  ...(headers && { headers }),
});
const raw = (value: Buffer | string | null): StoredMessage => ({
  partition: 0,
  offset: 3,
  value: value === null ? null : Buffer.from(value),
});
const shapeOf = (topic: string) => inferShape(decode((shapes[topic] ?? []).map(stored)));
const kinds = (topic: string) =>
  Object.fromEntries(
    shapeOf(topic).fields.map(({ name, kind, optional }) => [name, optional ? `${kind}?` : kind]),
  );
const timeOf = (topic: string) => {
  const { name, path, kafka, format } =
    shapeOf(topic).fields.find(({ kind }) => kind === "timestamp") ?? {};
  return [name, path ?? kafka, format];
};

test("finds the time of each shape, and its format", () => {
  assert.deepEqual(Object.fromEntries(Object.keys(shapes).map((topic) => [topic, timeOf(topic)])), {
    "repository.events": ["created_at", undefined, "iso"],
    "wiki-edits": ["timestamp", undefined, "seconds"],
    Taxi_Trips: ["tpep_pickup_datetime", undefined, { pattern: "yyyy-MM-dd HH:mm:ss" }],
    clicks: ["kafka_time", "timestamp", undefined],
    sensors: ["ts", undefined, "nanoseconds"],
    orders_lines: ["placed_at", undefined, "milliseconds"],
    trades: ["time", undefined, "microseconds"],
    access_log: ["time_local", undefined, { pattern: "dd/MMM/yyyy:HH:mm:ss Z" }],
    weather: ["column_2", undefined, "iso"],
    "shop.public.customers": ["ts_ms", undefined, "milliseconds"],
  });
});

test("finds paths, lists, nulls, Kafka's key and headers, decimals and large numbers", () => {
  const { items_sku, customer_address_city, order_id, total } = kinds("orders_lines");
  assert.deepEqual(
    [items_sku, customer_address_city, order_id, total],
    ["dimension.strings", "dimension.string", "dimension.integer", "measure.number"],
  );
  const clicks = kinds("clicks");
  assert.deepEqual(clicks, {
    kafka_time: "timestamp",
    page: "dimension.string",
    ms: "measure.integer",
    tags: "dimension.strings",
    kafka_key: "dimension.string",
    kafka_header_source: "dimension.string",
  });
  const { price, price_number, trade_id, maker } = kinds("trades");
  assert.deepEqual(
    [price, price_number, trade_id, maker],
    ["dimension.decimal", "measure.number", "dimension.bigInteger", "dimension.boolean"],
  );
  assert.equal(kinds("shop.public.customers").after_email, "dimension.string?");
  assert.deepEqual(shapeOf("orders_lines").leftOut, [
    "$.items[*].pieces: a list of other values than texts",
    "$.items[*].price: a list of other values than texts",
  ]);
  assert.deepEqual(kinds("weather"), {
    column_2: "timestamp",
    column_1: "dimension.string",
    column_3: "measure.number",
    column_4: "measure.integer?",
    column_5: "dimension.string",
  });
});

test("tells what messages that can't be declared are, and what to do", () => {
  const message = (...values: (Buffer | string | null)[]) => {
    try {
      decode(values.map(raw));
    } catch (error) {
      if (error instanceof UnusableMessages) return error.message;
    }
    return "";
  };
  assert.match(
    message(Buffer.from("000000000c0a1b", "hex")),
    /offset 3 .*schema registry's prefix.*schema 12.*avro\(/,
  );
  assert.match(message(Buffer.from("ff00fe", "hex")), /binary \(3 bytes, the first ff00fe\)/);
  assert.match(message("hello", "you"), /neither JSON objects nor lines .*"hello"/);
  assert.match(message(null), /none has a value/);
});

test("takes the names of a CSV's first line, and a field's spaces by its path", () => {
  const lines = decode([raw("at,city\n2026-01-01T00:00:00Z,Bonn")]);
  assert.deepEqual(lines.columns, ["at", "city"]);
  const { fields } = inferShape(decode([raw('{"time":1767225600,"a b":"x"}')]));
  assert.equal(fields.find(({ name }) => name === "a_b")?.path, "$['a b']");
});

describe("the files", () => {
  const root = join(__dirname, "../..");
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(root, "pipelines/testing/declared-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test("of all shapes compile, keep the linter's rules, and derive a specification", {
    timeout: 280_000,
  }, () => {
    const files = Object.entries(shapes).map(([topic, messages], n) => {
      const decoded = decode(messages.map(stored));
      const facts = { name: topic, partitions: 1, replicationFactor: 1, config: {} };
      const text = streamText({
        name: `shape-${n}`,
        topic: facts,
        decoded,
        shape: inferShape(decoded),
      });
      const file = join(folder, `shape-${n}.ts`);
      writeFileSync(file, text.replace('"./declare"', '"../../declare"'));
      return file;
    });
    const bin = (name: string) => join(root, "node_modules/.bin", name);
    execFileSync(bin("biome"), ["check", "--write", folder], { cwd: root, stdio: "pipe" });
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({
        extends: "../../../tsconfig.json",
        include: ["*.ts"],
        compilerOptions: { noEmit: true },
      }),
    );
    execFileSync(bin("tsc"), ["-p", folder], {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
    });
    for (const file of files) {
      const [stream] = Object.values(require(file)) as Stream[];
      assert.ok(stream);
      const { spec } = ingestionSpec(stream, { bootstrapServers: "kafka:9092" });
      assert.equal(spec.ioConfig.topic, stream.topic.name);
      assert.equal(stream.dashboard?.rows.length, 2);
    }
  });
});
