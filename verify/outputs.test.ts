import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { kafkaOf, readOutputs, supersetLogin, targetOf } from "./outputs";

const folder = mkdtempSync(join(tmpdir(), "outputs-"));
after(() => rmSync(folder, { recursive: true }));

function read(content: unknown) {
  const file = join(folder, "outputs.json");
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return readOutputs(file);
}

const services = Object.fromEntries(
  ["kafka", "druid", "coordinator", "superset"].map((name) => [name, { service: name, port: 80 }]),
);
const complete = {
  namespace: "analytics",
  services,
  kafkaUsername: "administrator",
  kafkaPassword: "of Kafka",
  certificateAuthority: "the authority",
  supersetUsername: "admin",
  supersetPassword: "secret",
  pipelines: { demo: { topic: "demo", datasource: "demo", dashboard: "demo", charts: { a: "7" } } },
};

test("chart numbers that arrive as text are numbers", () => {
  assert.deepEqual(read(complete).pipelines.demo?.charts, { a: 7 });
});

test("a context is passed on only where there is one", () => {
  assert.deepEqual(targetOf(read(complete), "kafka"), {
    namespace: "analytics",
    service: "kafka",
    port: 80,
  });
  const elsewhere = read({ ...complete, context: "kind" });
  assert.equal(targetOf(elsewhere, "kafka").context, "kind");
});

test("Kafka is reached as its administrator, and by TLS where its clients use it", () => {
  const user = { username: "administrator", password: "of Kafka" };
  const kubernetes = { namespace: "analytics", service: "kafka", port: 80 };
  assert.deepEqual(kafkaOf(read(complete)), { kubernetes, user });
  const encrypted = { ...services, kafka: { service: "kafka", port: 80, tls: true } };
  assert.deepEqual(kafkaOf(read({ ...complete, services: encrypted })), {
    kubernetes,
    user,
    tls: { authority: "the authority" },
  });
});

test("a stack that isn't up is told from outputs that lack something", () => {
  assert.throws(() => read("{}"), /no outputs: `make up`/);
  assert.throws(() => read({ ...complete, supersetPassword: undefined }), /supersetPassword/);
});

test("logs in to Superset as the registrar, and as the administrator in stacks that have none", () => {
  const before = read(complete);
  assert.deepEqual(supersetLogin(before), { username: "admin", password: "secret" });
  const registrar = { supersetRegistrarUsername: "registrar", supersetRegistrarPassword: "made" };
  assert.deepEqual(supersetLogin({ ...before, ...registrar }), {
    username: "registrar",
    password: "made",
  });
});
