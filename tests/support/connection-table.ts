/** A stack's table of connections, held against those that are accepted. */
import assert from "node:assert/strict";
import type { V1Pod } from "@kubernetes/client-node";
import { connections } from "../../components/connections";
import { type Connections, includes, type Ports } from "../../components/kubernetes/network";
import { discoverStreams } from "../../pipelines";
import { settingsOf } from "../../render";
import {
  accepted,
  apiServer,
  type Endpoint,
  everyPair,
  line,
  listeningPorts,
  portOf,
  runningPods,
  standUpStranger,
  standUpStrangerIn,
} from "./network";

/**
 * Asserts that each pod of a running stack reaches what the table has, at each port at which one of its pods listens, and
 * beyond the namespace; and that a stranger in the namespace reaches nothing, and one in another namespace nothing of the stack.
 *
 * @param others ports beyond the namespace, besides those of the name server, the API server and the strangers
 * @returns the ports of the stack
 */
export async function assertOpenByTable(
  stack: string,
  namespace: string,
  others: readonly Endpoint[] = [],
): Promise<Endpoint[]> {
  const table = connections(settingsOf(stack), discoverStreams());
  const pods = await runningPods(namespace);
  const ports = await listeningPorts(pods);
  const [dns] = await runningPods("kube-system");
  assert.ok(dns);
  const elsewhere = await standUpStranger();
  const inside = await standUpStrangerIn(namespace);
  try {
    const outside = [elsewhere.port, apiServer, portOf(dns, 53), ...others];
    const all = [...ports, inside.port, ...outside];
    assert.deepEqual(
      await accepted([...pods, inside.pod, elsewhere.pod], all),
      [
        ...permitted(pods, all, table),
        ...everyPair([inside.pod], [inside.port]),
        ...everyPair([elsewhere.pod], outside),
      ].sort(),
    );
  } finally {
    await inside.remove();
    await elsewhere.remove();
  }
  return ports;
}

/** The lines of `accepted` that the table has, from the stack's pods to their own and others' ports. */
function permitted(
  pods: readonly V1Pod[],
  to: readonly Endpoint[],
  { within, out }: Connections,
): string[] {
  const has = (ports: readonly Ports[], number: number) =>
    ports.some(({ port, endPort = port }) => port <= number && number <= endPort);
  const isPermitted = (from: V1Pod, { pod, port }: Endpoint) => {
    const own = partyOf(from);
    if (pod === undefined || !pods.includes(pod)) {
      return out.some((one) => includes(one.from, own) && !one.cidrs && has(one.ports, port));
    }
    // A pod always reaches itself.
    if (pod === from) return true;
    return within.some(
      (one) => includes(one.from, own) && includes(one.to, partyOf(pod)) && has(one.ports, port),
    );
  };
  return pods.flatMap((from) =>
    to.filter((endpoint) => isPermitted(from, endpoint)).map((endpoint) => line(from, endpoint)),
  );
}

/** The pod as the table has it. */
function partyOf({ metadata }: V1Pod): string {
  const labels = metadata?.labels ?? {};
  return `${labels["app.kubernetes.io/name"]}/${labels["app.kubernetes.io/component"]}`;
}
