import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type PropertyMap, Secret } from "../../provider";
import { valueAt } from "./object";
import { ClusterFixture, pod } from "./testing/cluster-fixture";

describe("objects on the embedded cluster", () => {
  const cluster = new ClusterFixture();
  before(() => cluster.start());
  after(() => cluster.stop());

  /** A test that is skipped where there is no cluster, with the reason. */
  function onCluster(name: string, test: () => Promise<void>): void {
    it(name, async (context) => (cluster.missing ? context.skip(cluster.missing) : test()));
  }

  const labelled: PropertyMap = { metadata: { labels: { "example.com/changed": "yes" } } };
  const kinds: [group: string, kind: string, args: PropertyMap, change: PropertyMap][] = [
    ["core/v1", "ConfigMap", { data: { a: "1" }, immutable: false }, labelled],
    ["core/v1", "ServiceAccount", { automountServiceAccountToken: false }, labelled],
    [
      "rbac.authorization.k8s.io/v1",
      "Role",
      { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] },
      { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] }] },
    ],
    [
      "networking.k8s.io/v1",
      "NetworkPolicy",
      { spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [] } },
      { spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"], ingress: [] } },
    ],
    [
      "policy/v1",
      "PodDisruptionBudget",
      { spec: { maxUnavailable: 1, selector: { matchLabels: { app: "x" } } } },
      { spec: { maxUnavailable: 2, selector: { matchLabels: { app: "x" } } } },
    ],
    [
      "core/v1",
      "Service",
      { spec: { selector: { app: "none" }, ports: [{ name: "http", port: 80 }] } },
      { spec: { selector: { app: "none" }, ports: [{ name: "http", port: 81 }] } },
    ],
    [
      "core/v1",
      "PersistentVolumeClaim",
      { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1024Mi" } } } },
      labelled,
    ],
    [
      "core/v1",
      "ResourceQuota",
      { spec: { hard: { "limits.memory": "20480Mi", "count/pods": "50" } } },
      { spec: { hard: { "limits.memory": "30Gi", "count/pods": "50" } } },
    ],
  ];
  for (const [group, kind, args, change] of kinds) {
    onCluster(`makes, changes, reads and removes a ${kind}`, async () => {
      const first = await cluster.create(group, kind, args);
      await cluster.assertSettled(first);
      const changes = await cluster.diff(first, change);
      assert.deepEqual([changes.changes, changes.replaces], [true, []]);
      const second = await cluster.update(first, change);
      await cluster.assertSettled(second);
      await cluster.remove(second);
    });
  }

  onCluster("keeps a Secret's values secret, and replaces it for new ones", async () => {
    const secret = await cluster.create("core/v1", "Secret", {
      stringData: { password: new Secret("s3cr3t") },
    });
    assert.deepEqual(secret.outputs.data, new Secret({ password: "czNjcjN0" }));
    assert.deepEqual(secret.inputs.data, new Secret({ password: "czNjcjN0" }));
    await cluster.assertSettled(secret);
    const changes = await cluster.diff(secret, { stringData: { password: new Secret("other") } });
    assert.deepEqual([changes.replaces, changes.deleteBeforeReplace], [["data.password"], false]);
    await cluster.remove(secret);
  });

  onCluster("removes a field that the program no longer sets", async () => {
    const quota = await cluster.create("core/v1", "ResourceQuota", {
      spec: { hard: { "count/pods": "50", "count/secrets": "50" } },
    });
    const changed = await cluster.update(quota, { spec: { hard: { "count/pods": "50" } } });
    assert.deepEqual(valueAt(changed.outputs, "spec", "hard"), { "count/pods": "50" });
    await cluster.remove(changed);
  });

  onCluster("refuses in the preview what the server would refuse, naming the field", async () => {
    const spec = { selector: { matchLabels: { app: "a" } }, template: pod("b", ["x"]) };
    await assert.rejects(
      cluster.create("apps/v1", "Deployment", { spec }),
      /would not be created by the Kubernetes API server: POST https:.*spec\.template\.metadata\.labels/s,
    );
  });
});
