/** The table of connections, held against those that are accepted. 12-staging does the same with more pods, and S3. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connections } from "../../components/connections";
import { discoverStreams } from "../../pipelines";
import { settingsOf } from "../../render";
import type { StackOutputs } from "../../verify/outputs";
import {
  accepted,
  apiServer,
  everyPair,
  listeningPorts,
  type Outsider,
  permitted,
  portOf,
  runningPods,
  standUpStranger,
  standUpStrangerIn,
} from "../support/network";
import { standUp, testStack } from "../support/stack";

let outputs: StackOutputs;
const strangers: Outsider[] = [];
before(async () => {
  outputs = await standUp();
});
after(async () => {
  for (const { remove } of strangers) await remove();
});

test("each pod reaches at each other's ports what the table has, and a stranger in or outside of the namespace none", async () => {
  const pods = await runningPods(outputs.namespace);
  const table = connections(settingsOf(testStack), discoverStreams());
  const ports = await listeningPorts(pods);
  assert.ok(ports.length >= 10, JSON.stringify(ports.map(({ name }) => name)));
  const inside = await standUpStrangerIn(outputs.namespace);
  strangers.push(inside);
  const elsewhere = await standUpStranger();
  strangers.push(elsewhere);
  const [dns] = await runningPods("kube-system");
  assert.ok(dns);
  const outside = [elsewhere.port, apiServer, portOf(dns, 53)];
  const all = [...ports, inside.port, ...outside];
  assert.deepEqual(
    await accepted([...pods, inside.pod, elsewhere.pod], all),
    [
      ...permitted(pods, all, table),
      ...everyPair([inside.pod], [inside.port]),
      ...everyPair([elsewhere.pod], outside),
    ].sort(),
  );
});
