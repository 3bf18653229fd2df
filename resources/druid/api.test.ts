import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { getSupervisor } from "./api";

test("a request is repeated while no overlord leads, and a refused one is not", async (t) => {
  const answers = [503, 307, 200, 400];
  let asked = 0;
  const server = createServer((_, response) => {
    const status = answers[asked] ?? 500;
    asked += 1;
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(status === 200 ? { type: "kafka" } : { error: "not now" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  assert.deepEqual(await getSupervisor(url, "demo"), { type: "kafka" });
  await assert.rejects(getSupervisor(url, "demo"), /supervisor\/demo with 400: not now/);
  assert.equal(asked, 4);
});
