import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { Counter, Registry } from "prom-client";
import { until } from "../producer/testing/until";
import { receiveDruidEvents, receiveStatsd, serveMetrics } from "./server";

const portOf = (server: { address(): AddressInfo | string | null }) => {
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  return address.port;
};

test("metrics and the answer to probes are at their paths, and nothing else", async () => {
  const registry = new Registry();
  new Counter({ name: "some_total", help: "Some.", registers: [registry] }).inc(2);
  const server = await serveMetrics(0, registry);
  const url = `http://127.0.0.1:${portOf(server)}`;
  try {
    const answer = await fetch(`${url}/metrics`);
    assert.match(answer.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
    assert.match(await answer.text(), /^some_total 2$/m);
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    assert.equal((await fetch(url)).status, 404);
  } finally {
    server.close();
  }
});

test("batches of Druid are taken; what is none, or is too large, is refused", async () => {
  const taken: unknown[] = [];
  const server = await receiveDruidEvents(0, (batch) => {
    if (!Array.isArray(batch)) throw new Error("no list");
    taken.push(...batch);
  });
  const post = async (body: string) =>
    (
      await fetch(`http://127.0.0.1:${portOf(server)}/druid`, { method: "POST", body }).catch(
        () => undefined,
      )
    )?.status;
  try {
    assert.equal(await post('[{"metric":"query/time","value":1}]'), 200);
    assert.deepEqual(taken, [{ metric: "query/time", value: 1 }]);
    assert.equal(await post("{}"), 400);
    assert.equal(await post("[{"), 400);
    // It may close the connection before all is sent.
    assert.ok([413, undefined].includes(await post(`["${"x".repeat(7 * 2 ** 20)}"]`)));
    assert.equal(await post("[1]"), 200);
    assert.equal(taken.length, 2);
  } finally {
    server.close();
  }
});

test("packets of statsd are taken", async () => {
  const packets: string[] = [];
  const server = await receiveStatsd(0, (packet) => packets.push(packet));
  const client = createSocket("udp4");
  try {
    await until("a packet", () => {
      client.send("a:1|c", portOf(server), "127.0.0.1");
      return packets.length > 0;
    });
    assert.equal(packets[0], "a:1|c");
  } finally {
    client.close();
    server.close();
  }
});
