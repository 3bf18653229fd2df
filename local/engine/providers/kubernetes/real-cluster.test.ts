import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { kubeconfigPath, registryAddress } from "../../../paths";
import { InitializationError, type PropertyMap, Secret } from "../../provider";
import { ApiClient } from "./client";
import { loadKubeconfig } from "./kubeconfig";
import { mapsAt, numberAt, textAt, valueAt } from "./object";
import { KubernetesProvider } from "./provider";
import { contextFor } from "./testing/operation-context";

/** Built by `make up`; it has a `node` to run. */
const image = `${registryAddress}/analytics/node:22`;
const namespace = `provider-test-${randomBytes(4).toString("hex")}`;
describe("the Kubernetes provider on a real cluster", () => {
  const provider = new KubernetesProvider(0.1);
  let made: Resource;
  let missing: string | undefined;

  /** A test that is skipped where there is no cluster, with the reason. */
  function onCluster(name: string, test: () => Promise<void>): void {
    it(name, async (context) => (missing ? context.skip(missing) : test()));
  }

  before(async () => {
    missing = await whatIsMissing();
    if (missing) return;
    await provider.configure({ kubeconfig: kubeconfigPath, namespace });
    made = await create("core/v1", "Namespace", {
      metadata: {
        name: namespace,
        labels: { "pod-security.kubernetes.io/enforce": "restricted" },
      },
    });
  });
  after(async () => {
    if (!missing) await remove(made);
    await provider.close();
  });

  async function create(
    group: string,
    kind: string,
    args: PropertyMap,
    timeoutSeconds = 120,
  ): Promise<Resource> {
    const type = `kubernetes:${group}:${kind}`;
    const name = kind.toLowerCase();
    const seed = randomBytes(16);
    const apiVersion = group.replace("core/", "");
    const news = { apiVersion, kind, ...args };
    const checked = await provider.check(contextFor(type, name), undefined, news, seed);
    assert.deepEqual(checked.failures, []);
    const preview = await provider.create(
      contextFor(type, name, { preview: true }),
      checked.inputs,
    );
    assert.equal(preview.id, "");
    const ctx = contextFor(type, name, { timeoutSeconds });
    const result = await provider.create(ctx, checked.inputs);
    return { type, name, news, inputs: checked.inputs, ...result, statuses: ctx.statuses };
  }

  async function remove(resource: Resource): Promise<void> {
    const ctx = contextFor(resource.type, resource.name, { timeoutSeconds: 120 });
    await provider.delete(ctx, resource.id, resource.inputs, resource.outputs);
    const read = await provider.read(ctx, resource.id, resource.inputs, resource.outputs);
    assert.equal(read, undefined);
  }

  async function diff(resource: Resource, args: PropertyMap) {
    const ctx = contextFor(resource.type, resource.name);
    const news = { ...resource.news, ...args };
    const { inputs } = await provider.check(ctx, resource.inputs, news, Buffer.alloc(0));
    const result = await provider.diff(
      ctx,
      resource.id,
      resource.inputs,
      resource.outputs,
      inputs,
      [],
    );
    return { inputs, ...result };
  }

  async function update(resource: Resource, args: PropertyMap): Promise<Resource> {
    const { inputs } = await diff(resource, args);
    const ctx = contextFor(resource.type, resource.name, { timeoutSeconds: 120 });
    const { id, inputs: old, outputs } = resource;
    const result = await provider.update(ctx, id, old, outputs, inputs);
    return { ...resource, news: { ...resource.news, ...args }, inputs, outputs: result.outputs };
  }

  /** What holds for every kind: nothing to do for the same inputs, none of it seen as drift. */
  async function assertSettled(resource: Resource): Promise<void> {
    assert.deepEqual((await diff(resource, {})).detailedDiff, {});
    const ctx = contextFor(resource.type, resource.name);
    const read = await provider.read(ctx, resource.id, resource.inputs, resource.outputs);
    assert.deepEqual(read?.inputs, resource.inputs);
  }

  const kinds: [group: string, kind: string, args: PropertyMap, change: PropertyMap][] = [
    ["core/v1", "ConfigMap", { data: { a: "1" }, immutable: false }, { metadata: labelled() }],
    [
      "core/v1",
      "ServiceAccount",
      { automountServiceAccountToken: false },
      { metadata: labelled() },
    ],
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
      { metadata: labelled() },
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
      const first = await create(group, kind, args);
      await assertSettled(first);
      const changes = await diff(first, change);
      assert.deepEqual([changes.changes, changes.replaces], [true, []]);
      const second = await update(first, change);
      await assertSettled(second);
      await remove(second);
    });
  }

  onCluster("keeps a Secret's values secret, and replaces it for new ones", async () => {
    const secret = await create("core/v1", "Secret", {
      stringData: { password: new Secret("s3cr3t") },
    });
    assert.deepEqual(secret.outputs.data, new Secret({ password: "czNjcjN0" }));
    assert.deepEqual(secret.inputs.data, new Secret({ password: "czNjcjN0" }));
    await assertSettled(secret);
    const changes = await diff(secret, { stringData: { password: new Secret("other") } });
    assert.deepEqual([changes.replaces, changes.deleteBeforeReplace], [["data.password"], false]);
    await remove(secret);
  });

  onCluster("removes a field that the program no longer sets", async () => {
    const quota = await create("core/v1", "ResourceQuota", {
      spec: { hard: { "count/pods": "50", "count/secrets": "50" } },
    });
    const changed = await update(quota, { spec: { hard: { "count/pods": "50" } } });
    assert.deepEqual(valueAt(changed.outputs, "spec", "hard"), { "count/pods": "50" });
    await remove(changed);
  });

  onCluster("refuses in the preview what the server would refuse, naming the field", async () => {
    await assert.rejects(
      create("apps/v1", "Deployment", {
        spec: { selector: { matchLabels: { app: "a" } }, template: pod("b", ["x"]) },
      }),
      /would not be created by the Kubernetes API server: POST https:.*spec\.template\.metadata\.labels/s,
    );
  });

  onCluster(
    "waits until a Deployment is ready, rolls it, and replaces it for another selector",
    async () => {
      const spec = deploymentSpec("web", ["-e", "setInterval(() => {}, 1000)"]);
      const web = await create("apps/v1", "Deployment", { spec });
      assert.equal(numberAt(web.outputs, "status", "readyReplicas"), 1);
      assert.equal(web.statuses.at(-2), "Deployment initialization complete");
      assert.ok(
        web.statuses.includes("Waiting for app ReplicaSet to be available (0/1 Pods available)"),
      );
      await assertSettled(web);
      const rolled = await update(web, {
        spec: deploymentSpec("web", ["-e", "setInterval(() => {}, 2000)"]),
      });
      assert.equal(
        textAt(rolled.outputs, "metadata", "annotations", "deployment.kubernetes.io/revision"),
        "2",
      );
      const other = await diff(rolled, { spec: deploymentSpec("other", ["-v"]) });
      assert.deepEqual(other.replaces, ["spec.selector.matchLabels.app"]);
      await remove(rolled);
    },
  );

  onCluster(
    "waits until a StatefulSet and its volume are there, and rolls it in place",
    async () => {
      const spec = (args: string[]): PropertyMap => ({
        serviceName: "db",
        ...deploymentSpec("db", args),
        volumeClaimTemplates: [
          {
            metadata: { name: "data" },
            spec: {
              accessModes: ["ReadWriteOnce"],
              resources: { requests: { storage: "16Mi" } },
            },
          },
        ],
      });
      const db = await create("apps/v1", "StatefulSet", {
        spec: spec(["-e", "setInterval(() => {}, 1000)"]),
      });
      assert.equal(numberAt(db.outputs, "status", "readyReplicas"), 1);
      await assertSettled(db);
      const change = { spec: spec(["-e", "setInterval(() => {}, 2000)"]) };
      assert.deepEqual((await diff(db, change)).replaces, []);
      const rolled = await update(db, change);
      assert.equal(numberAt(rolled.outputs, "status", "updatedReplicas"), 1);
      await remove(rolled);
    },
  );

  onCluster("waits until a Job has completed, and fails with its log when it can't", async () => {
    const spec = (script: string): PropertyMap => ({
      backoffLimit: 0,
      template: pod("job", ["-e", script], "Never"),
    });
    const job = await create("batch/v1", "Job", { spec: spec("console.log('done')") });
    assert.equal(numberAt(job.outputs, "status", "succeeded"), 1);
    await assertSettled(job);
    await remove(job);
    const failing = spec("console.log('no database'); process.exit(3)");
    const error = await failure(create("batch/v1", "Job", { spec: failing }));
    const text = error.reasons.join("\n");
    assert.match(text, /BackoffLimitExceeded/);
    assert.match(text, /container "main" ended with exit code 3/);
    assert.match(text, /no database/);
    await removeFailed("batch/v1:Job", error);
  });

  onCluster(
    "fails soon when an image is not there, a container crashes, or no node has room",
    async () => {
      const noImage = deploymentSpec("no-image", ["-v"]);
      containerOf(noImage).image = `${registryAddress}/analytics/no-such-image:1`;
      const crashing = deploymentSpec("crashing", ["-e", "console.log('boom'); process.exit(7)"]);
      // Without a probe it would be ready for the moment that it runs.
      containerOf(crashing).readinessProbe = { tcpSocket: { port: 1 } };
      const tooLarge = deploymentSpec("too-large", ["-v"]);
      containerOf(tooLarge).resources = { requests: { memory: "9000Gi" } };
      const forbidden = deploymentSpec("forbidden", ["-v"]);
      containerOf(forbidden).securityContext = { privileged: true };
      const cases: [PropertyMap, RegExp][] = [
        [noImage, /container "main" waits \[(ErrImagePull|ImagePullBackOff)\].*no-such-image/],
        [crashing, /exit code 7.*boom/s],
        [tooLarge, /\[Unschedulable\] 0\/1 nodes are available: .*Insufficient memory/],
        [forbidden, /\[FailedCreate\].*violates PodSecurity "restricted/],
      ];
      await Promise.all(
        cases.map(async ([spec, expected]) => {
          const error = await failure(create("apps/v1", "Deployment", { spec }, 110));
          assert.match(error.reasons.join("\n"), expected);
          assert.doesNotMatch(error.reasons.join("\n"), /timed out/);
          await removeFailed("apps/v1:Deployment", error);
        }),
      );
    },
  );

  async function removeFailed(type: string, error: InitializationError): Promise<void> {
    const ctx = contextFor(`kubernetes:${type}`, "failed", { timeoutSeconds: 120 });
    await provider.delete(ctx, error.id, {}, error.outputs);
  }
});

interface Resource {
  type: string;
  name: string;
  news: PropertyMap;
  inputs: PropertyMap;
  id: string;
  outputs: PropertyMap;
  statuses: string[];
}

/** Why the tests can't run here; undefined when they can. */
async function whatIsMissing(): Promise<string | undefined> {
  if (!existsSync(kubeconfigPath)) return "the embedded cluster is not running (make up)";
  const client = new ApiClient(loadKubeconfig({ kubeconfig: kubeconfigPath }));
  try {
    await client.request({ path: "/version" });
  } catch (error) {
    return `the embedded cluster does not answer (make up): ${error}`;
  } finally {
    client.close();
  }
  const tags = `http://${registryAddress}/v2/analytics/node/tags/list`;
  const answer = await fetch(tags).catch(() => undefined);
  return answer?.ok ? undefined : `the registry has no ${image} (make up)`;
}

async function failure(promise: Promise<unknown>): Promise<InitializationError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof InitializationError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

function labelled(): PropertyMap {
  return { labels: { "example.com/changed": "yes" } };
}

function deploymentSpec(app: string, args: string[]): PropertyMap {
  return { replicas: 1, selector: { matchLabels: { app } }, template: pod(app, args) };
}

function containerOf(spec: PropertyMap): PropertyMap {
  const [container] = mapsAt(spec, "template", "spec", "containers");
  assert.ok(container);
  return container;
}

function pod(app: string, args: string[], restartPolicy = "Always"): PropertyMap {
  return {
    metadata: { labels: { app } },
    spec: {
      restartPolicy,
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          name: "main",
          image,
          command: ["node"],
          args,
          env: [{ name: "EMPTY", value: "" }],
          resources: { requests: { cpu: "0.01", memory: "16Mi" }, limits: { memory: "0.125Gi" } },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  };
}
