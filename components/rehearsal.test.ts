import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { manifestsOf, registeredResources } from "../render";
import type { Settings } from "../settings";
import { quantityBytes } from "./kubernetes/quantity";
import { values } from "./testing";

/** What makes a stack's topology: which parts there are, how many of each, and how many may be lost. */
function topology({ kafka, druid, superset }: Settings) {
  const { coordinator, broker, historical, indexer, router, zookeeper } = druid;
  return {
    kafka: {
      nodes: kafka.replicaCount,
      replicationFactor: kafka.replicationFactor,
      minInSyncReplicas: kafka.minInSyncReplicas,
    },
    druid: {
      discovery: druid.discovery,
      zookeepers: zookeeper.replicaCount,
      coordinators: coordinator.replicaCount,
      brokers: broker.replicaCount,
      historicals: historical.replicaCount,
      indexers: indexer.replicaCount,
      indexerKind: indexer.kind,
      taskReplicas: indexer.taskReplicas,
      taskSlots: indexer.workerCapacity,
      routers: router.replicaCount,
    },
    superset: superset.replicaCount,
  };
}

const podSpec = z.object({
  containers: z.array(
    z.object({
      resources: z.object({ requests: z.object({ cpu: z.string(), memory: z.string() }) }),
    }),
  ),
});
const workload = z.looseObject({
  spec: z.looseObject({
    replicas: z.number().default(1),
    template: z.object({ spec: podSpec }),
  }),
});

describe("the stack rehearsal", () => {
  it("has staging's topology", () => {
    assert.deepEqual(topology(values("rehearsal")), topology(values("staging")));
  });

  it("keeps its segments in S3, and has staging's policies, and Derby's", async () => {
    assert.equal(values("rehearsal").druid.deepStorage.type, "s3");
    const registry = { imageRegistry: "registry.example.com/team" };
    const policies = async (stack: string) =>
      manifestsOf(await registeredResources(stack, registry))
        .filter(({ kind }) => kind === "NetworkPolicy")
        .map(({ metadata }) => metadata.name)
        .sort();
    assert.deepEqual(await policies("rehearsal"), [...(await policies("staging")), "derby"].sort());
  });

  it("asks for at most 0.3 cores and 7 GiB, so that it fits beside other stacks on two cores", async () => {
    const requests = manifestsOf(await registeredResources("rehearsal"))
      .filter(({ kind }) => ["StatefulSet", "Deployment", "Job"].includes(kind))
      .map((one) => workload.parse(one).spec)
      .flatMap(({ replicas, template }) =>
        template.spec.containers.map(({ resources }) => ({
          millicores: replicas * Number(resources.requests.cpu.replace(/m$/, "")),
          bytes: replicas * quantityBytes(resources.requests.memory),
        })),
      );
    const millicores = requests.reduce((sum, one) => sum + one.millicores, 0);
    const bytes = requests.reduce((sum, one) => sum + one.bytes, 0);
    assert.ok(millicores <= 300, `${millicores}m`);
    assert.ok(bytes <= quantityBytes("7Gi"), `${Math.round(bytes / 2 ** 20)} MiB`);
  });
});
