import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { manifestsOf, registeredResources } from "../render";
import type { Manifest, Registered } from "./registered";

const container = z.looseObject({
  name: z.string(),
  image: z.string().min(1),
  command: z.array(z.string()).optional(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).optional(),
  resources: z.object({
    requests: z.object({ cpu: z.string(), memory: z.string() }),
    limits: z.object({ cpu: z.string(), memory: z.string() }),
  }),
  securityContext: z.object({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.object({ drop: z.tuple([z.literal("ALL")]) }),
  }),
});
const probe = z.looseObject({ timeoutSeconds: z.number() });
const probes = { startupProbe: probe, readinessProbe: probe, livenessProbe: probe };
const podSpec = z.looseObject({
  automountServiceAccountToken: z.boolean(),
  serviceAccountName: z.string().optional(),
  enableServiceLinks: z.literal(false),
  securityContext: z.object({
    runAsNonRoot: z.literal(true),
    runAsUser: z.number().min(1),
    runAsGroup: z.number().min(1),
    fsGroup: z.number().min(1),
    fsGroupChangePolicy: z.literal("OnRootMismatch"),
    seccompProfile: z.object({ type: z.literal("RuntimeDefault") }),
  }),
  containers: z.array(container).min(1),
  initContainers: z.array(container).optional(),
});
const workload = z.looseObject({
  spec: z.looseObject({
    replicas: z.number().optional(),
    selector: z.object({ matchLabels: z.record(z.string(), z.string()) }).optional(),
    template: z.object({
      metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }),
      spec: podSpec,
    }),
  }),
});
const workloadKinds = ["StatefulSet", "Deployment", "Job"];
const recommendedLabels = ["name", "instance", "component", "part-of", "managed-by", "version"].map(
  (label) => `app.kubernetes.io/${label}`,
);

function named(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.find((one) => one.kind === kind && one.metadata.name === name);
  assert.ok(found, `no ${kind} ${name}`);
  return found;
}

const withAirflow = { producerMode: "both" };
/** Staging refuses to run without one. */
const withRegistry = { imageRegistry: "registry.example.com/team" };
const variants: { stack: string; overrides?: Record<string, string> }[] = [
  { stack: "local" },
  { stack: "dev" },
  { stack: "staging", overrides: withRegistry },
  { stack: "local", overrides: withAirflow },
  { stack: "dev", overrides: withAirflow },
  { stack: "staging", overrides: { ...withRegistry, ...withAirflow } },
];

for (const { stack, overrides = {} } of variants) {
  describe(`stack ${[stack, ...Object.values(overrides)].join(", ")}, rendered without a cluster`, () => {
    let registered: Registered[] = [];
    let manifests: Manifest[] = [];
    let workloads: { name: string; kind: string; spec: z.infer<typeof workload>["spec"] }[] = [];
    before(async () => {
      registered = await registeredResources(stack, overrides);
      manifests = manifestsOf(registered);
      workloads = manifests
        .filter(({ kind }) => workloadKinds.includes(kind))
        .map((one) => ({
          name: String(one.metadata.name),
          kind: one.kind,
          spec: workload.parse(one).spec,
        }));
    });
    after(() => {
      manifests = [];
    });

    it("has only pods that are restricted, sized and without service links", () => {
      // Parsing the workloads above proves the fields; this, that none was left out.
      assert.ok(workloads.length >= 9, `only ${workloads.length} workloads`);
    });

    it("mounts an API token only where a service account was asked for", () => {
      for (const { name, spec } of workloads) {
        const { automountServiceAccountToken, serviceAccountName } = spec.template.spec;
        assert.equal(automountServiceAccountToken, serviceAccountName !== undefined, name);
      }
    });

    it("probes start, readiness and liveness of every container that serves", () => {
      for (const { kind, spec } of workloads) {
        if (kind === "Job") continue;
        for (const one of spec.template.spec.containers) z.looseObject(probes).parse(one);
      }
    });

    it("gives every pod Kubernetes' recommended labels, and a selector that they match", () => {
      for (const { name, spec } of workloads) {
        const { labels } = spec.template.metadata;
        for (const label of recommendedLabels) assert.ok(labels[label], `${name}: no ${label}`);
        for (const [key, value] of Object.entries(spec.selector?.matchLabels ?? {})) {
          assert.equal(labels[key], value, `${name}: selector ${key}`);
        }
      }
    });

    it("has no secret outside of Secrets", () => {
      for (const manifest of manifests) {
        if (manifest.kind === "Secret") continue;
        assert.doesNotMatch(JSON.stringify(manifest), /not-the-secret-itself/, manifest.kind);
      }
    });

    // With a name of its own, a changed one is deleted first, and the workloads that refer to it go with it.
    it("leaves the name of each ConfigMap and Secret to Pulumi, so that another content is another object", () => {
      const configMaps = registered.filter(({ type }) =>
        ["kubernetes:core/v1:ConfigMap", "kubernetes:core/v1:Secret"].includes(type),
      );
      assert.ok(configMaps.length > 0);
      for (const { name, inputs } of configMaps) {
        // Found by its name after a destroy, and never changed.
        if (/-(secret|fernet)-key(-\d+)?-(keep|kept)$/.test(name)) continue;
        const { metadata } = z.object({ metadata: z.looseObject({}) }).parse(inputs);
        assert.equal(metadata.name, undefined, name);
      }
    });

    it("keeps all in one namespace that enforces the restricted Pod Security Standard", () => {
      const namespace = named(manifests, "Namespace", "analytics");
      const { labels } = z
        .object({ labels: z.record(z.string(), z.string()) })
        .parse(namespace.metadata);
      for (const mode of ["enforce", "audit", "warn"]) {
        assert.equal(labels[`pod-security.kubernetes.io/${mode}`], "restricted");
      }
      for (const { kind, metadata } of manifests) {
        if (kind !== "Namespace") assert.equal(metadata.namespace, "analytics", kind);
      }
    });
  });
}

describe("the stacks' sizes", () => {
  const replicas = async (stack: string, overrides = {}) => {
    const manifests = manifestsOf(await registeredResources(stack, overrides));
    return Object.fromEntries(
      manifests
        .filter(({ kind }) => kind === "StatefulSet" || kind === "Deployment")
        // There is one for each stream.
        .filter(({ metadata }) => !String(metadata.name).startsWith("producer-"))
        .map((one) => [one.metadata.name, workload.parse(one).spec.replicas]),
    );
  };

  it("are one of each and a ZooKeeper on local", async () => {
    assert.deepEqual(await replicas("local"), {
      kafka: 1,
      zookeeper: 1,
      postgres: 1,
      "druid-coordinator": 1,
      "druid-broker": 1,
      "druid-historical": 1,
      "druid-indexer": 1,
      "druid-router": 1,
      superset: 1,
      exporter: 1,
      prometheus: 1,
    });
  });

  it("survive the loss of a pod on staging", async () => {
    assert.deepEqual(await replicas("staging", withRegistry), {
      kafka: 3,
      zookeeper: 3,
      postgres: 1,
      "druid-coordinator": 2,
      "druid-broker": 2,
      "druid-historical": 2,
      "druid-indexer": 2,
      "druid-router": 2,
      superset: 2,
      exporter: 1,
    });
  });

  it("ask for less than 0.75 cores together on local, so that two of them fit on two", async () => {
    const manifests = manifestsOf(await registeredResources("local"));
    const millicores = manifests
      .filter(({ kind }) => workloadKinds.includes(kind))
      .flatMap((one) => workload.parse(one).spec.template.spec.containers)
      .map(({ resources }) => resources.requests.cpu)
      .map((cpu) => (cpu.endsWith("m") ? Number(cpu.slice(0, -1)) : Number(cpu) * 1000))
      .reduce((sum, one) => sum + one, 0);
    assert.ok(millicores < 750, `${millicores}m`);
  });
});
