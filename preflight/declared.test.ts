import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type * as pulumi from "@pulumi/pulumi";
import { createAuthority } from "../components/authority";
import { Druid } from "../components/druid/druid";
import { Kafka } from "../components/kafka/kafka";
import { amountOf } from "../components/kubernetes/quantity";
import { Postgres } from "../components/postgres/postgres";
import { Superset } from "../components/superset/superset";
import { kafkaArgs, testAccount, testNamespace, values } from "../components/testing";
import { registeredBy } from "../render";
import { Declared } from "./declared";
import { sum, times } from "./quantity";

/** What a stack's components declare, as the preflight sees it: before anything of it is registered. */
async function declaredBy(stack: string): Promise<Declared> {
  const declared = new Declared();
  const transformations: pulumi.ResourceTransformation[] = [
    ({ type, name, props }) => {
      declared.add(type, name, props);
      return undefined;
    },
  ];
  const { kafka, druid, postgres, superset } = values(stack);
  await registeredBy(() => {
    const common = { namespace: testNamespace(false, "fast"), secretsGeneration: 1 };
    const opts = { transformations };
    new Kafka("kafka", kafkaArgs(kafka, common.namespace), opts);
    const server = new Postgres(
      "postgres",
      { ...common, authority: createAuthority(), values: postgres, clients: ["druid", "superset"] },
      opts,
    );
    const database = server.databases.access("druid");
    new Druid("druid", { ...common, values: druid, database, kafka: testAccount("druid") }, opts);
    const admin = { username: "admin", email: "admin@localhost" };
    const registry = { address: "registry.example", platform: "linux/amd64" };
    new Superset("superset", { ...common, values: superset, database, admin, registry }, opts);
  }, stack);
  return declared;
}

describe("what the program declares", () => {
  for (const stack of ["local", "dev", "staging"]) {
    it(`is read of every workload and claim of ${stack}, before the program runs`, async () => {
      const { unread, pods, claims } = await declaredBy(stack);
      assert.deepEqual(unread, []);
      const names = pods.map(({ name }) => name);
      for (const name of ["kafka", "postgres", "druid-historical", "druid-broker", "superset"])
        assert.ok(names.includes(name), `${name} is not among ${names}`);
      assert.ok(claims.every(({ storageClass }) => storageClass === "fast"));
    });
  }

  it("has the requests, copies and images of each workload, and which pods one volume holds together", async () => {
    const { druid } = values("dev");
    const { pods, builds } = await declaredBy("dev");
    const indexer = pods.find(({ name }) => name === "druid-indexer");
    assert.deepEqual(indexer && { ...indexer, labels: {}, together: undefined }, {
      name: "druid-indexer",
      app: "druid",
      isJob: false,
      count: 1,
      requests: {
        cpu: amountOf(druid.indexer.resources.requests.cpu),
        memory: amountOf(druid.indexer.resources.requests.memory),
      },
      labels: {},
      images: [`${druid.image.repository}:${druid.image.tag}`],
      nodeSelector: {},
      tolerations: [],
      hasNodeAffinity: false,
      together: undefined,
    });
    const together = pods.filter((one) => one.together !== undefined).map(({ name }) => name);
    assert.deepEqual(together.sort(), ["druid-coordinator", "druid-historical", "druid-indexer"]);
    assert.deepEqual(builds, [{ name: "superset-image", platform: "linux/amd64" }]);
    const jobs = pods.filter(({ isJob }) => isJob).map(({ name }) => name);
    assert.deepEqual(jobs.sort(), ["postgres-databases", "superset-setup"]);
  });

  it("has the API's names of resources, whatever the plural, and of those that Pulumi patches", () => {
    const declared = new Declared();
    for (const type of [
      "core/v1:PersistentVolumeClaimPatch",
      "networking.k8s.io/v1:NetworkPolicy",
      "networking.k8s.io/v1:Ingress",
      "rbac.authorization.k8s.io/v1:RoleBinding",
    ])
      declared.add(`kubernetes:${type}`, "one", {});
    declared.add("pulumi:providers:kubernetes", "provider", {});
    assert.deepEqual(
      [...declared.resources],
      [
        "persistentvolumeclaims",
        "networkpolicies.networking.k8s.io",
        "ingresses.networking.k8s.io",
        "rolebindings.rbac.authorization.k8s.io",
      ],
    );
  });

  it("has a claim for each pod of a StatefulSet, and the resources that must be allowed", async () => {
    const { claims, resources, pods } = await declaredBy("staging");
    const names = claims.map(({ name }) => name);
    for (const name of ["data-kafka-0", "data-kafka-2", "var-druid-historical-1"])
      assert.ok(names.includes(name), `${name} is not among ${names}`);
    assert.ok(!names.includes("druid-deep-storage"), "the segments are in S3");
    for (const resource of ["statefulsets.apps", "poddisruptionbudgets.policy", "secrets"])
      assert.ok(resources.has(resource), `${resource} is not among ${[...resources]}`);
    const total = sum(pods.map(({ requests, count }) => times(requests, count)));
    assert.ok(total.memory > 30 * 2 ** 30, `${total.memory}`);
  });
});
