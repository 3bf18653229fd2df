import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { prices, specOf } from "../pipelines/testing/streams";
import { helpText, readSettings, SettingsError } from "./settings";
import { variableNames } from "./variables";

const spec = specOf(prices);

function problems(args: readonly string[], env: Record<string, string> = {}): readonly string[] {
  try {
    readSettings(args, env, spec);
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    return error.problems;
  }
  assert.fail("nothing was refused");
}

test("nothing set gives what the stream declares, and a client id of its name", () => {
  assert.deepEqual(readSettings([], {}, spec), {
    spec,
    kafka: {
      brokers: ["localhost:9092"],
      topic: "prices",
      clientId: "producer-prices",
      tls: undefined,
      sasl: undefined,
    },
    pace: { intervalMs: 5_000 },
    count: undefined,
    logLevel: "info",
    bufferMessages: 100_000,
    batchMessages: 2_000,
    shutdownMs: 20_000,
    healthPort: 0,
    stallMs: 300_000,
  });
});

test("all that is wrong is said at once, each with its name, its value and what is allowed", () => {
  const env = {
    KAFKA_BROKERS: "kafka",
    PRODUCER_INTERVAL_SECONDS: "-1",
    PRODUCER_BUFFER_MESSAGES: "1.5",
    LOG_LEVEL: "loud",
  };
  assert.deepEqual(problems([], env), [
    'KAFKA_BROKERS must be host:port, or several with commas between, is "kafka"',
    'PRODUCER_INTERVAL_SECONDS must be a number from 0.01 to 86400, is "-1"',
    'LOG_LEVEL must be one of debug, info, warn, error, silent, is "loud"',
    'PRODUCER_BUFFER_MESSAGES must be a whole number from 1 to 10000000, is "1.5"',
  ]);
});

test("a broker needs a port between 1 and 65535", () => {
  for (const list of ["a:0", "a:65536", "a:9092,", "a b:1", ":9092"]) {
    assert.match(problems(["--brokers", list])[0] ?? "", /^--brokers must be host:port/, list);
  }
  const settings = readSettings(["--brokers", "kafka-0.kafka:9092, [::1]:9093"], {}, spec);
  assert.deepEqual(settings !== "help" && settings.kafka.brokers, [
    "kafka-0.kafka:9092",
    "[::1]:9093",
  ]);
});

test("a flag wins over its variable, and an error names the one that was read", () => {
  const env = { KAFKA_TOPIC: "from-env", PRODUCER_INTERVAL_SECONDS: "9", LOG_LEVEL: "" };
  const settings = readSettings(["--topic", "from-flag", "--rate", "1000"], env, spec);
  assert.ok(settings !== "help");
  assert.equal(settings.kafka.topic, "from-flag");
  assert.deepEqual(settings.pace, { perSecond: 1_000 });
  assert.equal(settings.logLevel, "info");
  assert.deepEqual(problems(["--rate", "fast"], env), [
    '--rate must be a number from 0.001 to 1000000, is "fast"',
  ]);
});

test("rate and interval from one place contradict each other", () => {
  const both = { PRODUCER_RATE: "1", PRODUCER_INTERVAL_SECONDS: "1" };
  assert.deepEqual(problems([], both), [
    "PRODUCER_RATE and PRODUCER_INTERVAL_SECONDS are both set: set one of them",
  ]);
});

test("a login needs user and password, and no message holds a password", () => {
  assert.deepEqual(problems([], { KAFKA_SASL_MECHANISM: "plain", KAFKA_SASL_PASSWORD: "hidden" }), [
    "KAFKA_SASL_USERNAME must be set when KAFKA_SASL_MECHANISM is",
  ]);
  const unlocked = { KAFKA_SASL_MECHANISM: "plain", KAFKA_SASL_USERNAME: "producer" };
  assert.deepEqual(problems([], unlocked), [
    "KAFKA_SASL_PASSWORD or KAFKA_SASL_PASSWORD_FILE must be set when KAFKA_SASL_MECHANISM is",
  ]);
  readSettings([], { ...unlocked, KAFKA_SASL_PASSWORD_FILE: "/login/password" }, spec);
  const settings = readSettings(
    [],
    {
      KAFKA_SSL: "true",
      KAFKA_SSL_CA_FILE: "/tls/ca.crt",
      KAFKA_SASL_MECHANISM: "scram-sha-512",
      KAFKA_SASL_USERNAME: "producer",
      KAFKA_SASL_PASSWORD: "hidden",
    },
    spec,
  );
  assert.ok(settings !== "help");
  assert.deepEqual(settings.kafka.tls, {
    caFile: "/tls/ca.crt",
    certFile: undefined,
    keyFile: undefined,
  });
  assert.deepEqual(settings.kafka.sasl, {
    mechanism: "scram-sha-512",
    username: "producer",
    password: "hidden",
    passwordFile: undefined,
  });
});

test("the events come from the file that is named, and a wrong one is refused with its name and reason", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "spec-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "stream.json");
  const env = { PRODUCER_SPEC: file };
  assert.throws(() => readSettings([], {}), /PRODUCER_SPEC or --spec must name the file/);
  assert.throws(() => readSettings([], env), /PRODUCER_SPEC .*stream\.json": Error: ENOENT/);
  writeFileSync(file, JSON.stringify({ ...spec, ranges: {} }));
  assert.throws(() => readSettings([], env), /ranges: must have a value/);
  writeFileSync(file, JSON.stringify(spec));
  const settings = readSettings(["--timestamp-format", "iso-8601"], env);
  assert.ok(settings !== "help");
  assert.deepEqual(
    [settings.kafka.topic, settings.pace, settings.spec.timestampFormat, settings.spec.ranges],
    ["prices", { intervalMs: 5_000 }, "iso-8601", spec.ranges],
  );
});

test("an unknown flag is refused", () => {
  assert.match(problems(["--broker", "a:1"]).join(), /Unknown option '--broker'/);
});

test("the help lists every variable", () => {
  assert.equal(readSettings(["--help"], {}), "help");
  const help = helpText();
  for (const name of variableNames) assert.ok(help.includes(name), name);
});
