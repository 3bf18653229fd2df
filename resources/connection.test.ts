import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type Server } from "node:http";
import { type AddressInfo, createServer, type Server as TcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openHttp, openKafka, withHttp } from "./connection";
import { supervisorProvider } from "./druid/supervisor";
import { topicProvider } from "./kafka/topic";
import { openForward } from "./port-forward";
import { chartProvider } from "./superset/chart";
import { FakeApiServer } from "./testing/fake-api-server";
import { revive } from "./testing/revive";

const api = new FakeApiServer({ name: "web", port: 80 });
const folder = mkdtempSync(join(tmpdir(), "connection-"));
const kubernetes = { namespace: "analytics", service: "web", port: 80 };
const servers: (Server | TcpServer)[] = [];
const { KUBECONFIG } = process.env;

before(async () => {
  process.env.KUBECONFIG = join(folder, "kubeconfig");
  writeFileSync(process.env.KUBECONFIG, await api.start());
});
after(() => {
  process.env.KUBECONFIG = KUBECONFIG;
  api.stop();
  for (const server of servers) {
    server.close();
  }
  rmSync(folder, { recursive: true });
});

async function portOf(server: Server | TcpServer): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** A server of HTTP that answers with a long text and its name. */
const web = (name: string) =>
  portOf(createHttpServer((_request, response) => response.end("x".repeat(1_000) + name)));
/** A server that sends back what it gets, and its name. */
const echo = (name: string) =>
  portOf(createServer((socket) => socket.on("data", (data) => socket.write(`${name}:${data}`))));

test("HTTP goes through the API server to a ready pod, and to another one when that is gone", async () => {
  const [first, second] = [await web("first"), await web("second")];
  const pending = { name: "web-0", ready: false, localPort: 1 };
  api.pods = [pending, { name: "web-1", ready: true, localPort: first }];
  await withHttp({ kubernetes }, async (url) => {
    const once = await fetch(url, { headers: { connection: "close" } });
    assert.equal((await once.text()).slice(-6), "xfirst");
    api.pods = [pending, { name: "web-2", ready: true, localPort: second }];
    const again = await fetch(url, { headers: { connection: "close" } });
    assert.equal((await again.text()).slice(-7), "xsecond");
  });
});

test("each broker's connection goes to the pod that its host names", async () => {
  api.pods = [
    { name: "kafka-0", ready: true, localPort: await echo("zero") },
    { name: "kafka-1", ready: true, localPort: await echo("one") },
  ];
  const { config, close } = await openKafka({ kubernetes });
  assert.deepEqual(config.brokers, ["web:80"]);
  const say = (host: string) =>
    new Promise<string>((resolve, reject) => {
      const socket = config.socketFactory?.({
        host,
        port: 9092,
        onConnect: () => socket?.write("hello"),
      });
      socket?.once("data", (data) => {
        resolve(String(data));
        socket.destroy();
      });
      socket?.once("error", reject);
    });
  assert.equal(await say("kafka-1.kafka-headless.analytics.svc.cluster.local"), "one:hello");
  assert.equal(await say("kafka-0.kafka-headless.analytics.svc.cluster.local"), "zero:hello");
  assert.equal(await say("kafka"), "zero:hello");
  await close();
});

test("no ready pod is an error that tells the pods' state", async () => {
  api.pods = [{ name: "web-0", ready: false, localPort: 1 }];
  await assert.rejects(
    openHttp({ kubernetes }, { timeoutMs: 300 }),
    /no ready pod behind service analytics\/web:80 after 0 s: pod web-0 is Pending \(containers with unready status: \[main\]\)/,
  );
  const nothing = { ...kubernetes, service: "none" };
  await assert.rejects(
    openHttp({ kubernetes: nothing }, { timeoutMs: 10 }),
    /the service does not exist/,
  );
  const wrongPort = { ...kubernetes, port: 81 };
  await assert.rejects(
    openHttp({ kubernetes: wrongPort }, { timeoutMs: 10 }),
    /no port 81, only 80/,
  );
});

test("in a namespace that no longer exists each provider reads no object and deletes none", async () => {
  api.hasNamespace = false;
  try {
    await assert.rejects(openHttp({ kubernetes }), /namespace analytics of .* does not exist/);
    const props = { connection: { kubernetes }, username: "", password: "", applied: {} } as never;
    for (const provider of [topicProvider, supervisorProvider, chartProvider]) {
      const { read, delete: remove } = await revive(provider as typeof topicProvider);
      assert.equal((await read("demo", props)).id, undefined);
      await remove("demo", props);
    }
  } finally {
    api.hasNamespace = true;
  }
});

test("an unknown context is an error that tells which there are", async () => {
  await assert.rejects(
    openHttp({ kubernetes: { ...kubernetes, context: "prod" } }),
    /kubeconfig has no context "prod", only fake/,
  );
});

test("a local port that is taken is an error, and an address needs no cluster", async () => {
  const localPort = await web("taken");
  api.pods = [{ name: "web-0", ready: true, localPort }];
  await assert.rejects(openForward(kubernetes, { localPort }), /EADDRINUSE/);
  const { url } = await openHttp({ url: "http://druid:8888/" });
  assert.equal(url, "http://druid:8888");
});
