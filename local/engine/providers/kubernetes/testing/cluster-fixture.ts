import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { kubeconfigPath, registryAddress } from "../../../../paths";
import { InitializationError, type PropertyMap } from "../../../provider";
import { ApiClient } from "../client";
import { loadKubeconfig } from "../kubeconfig";
import { mapsAt } from "../object";
import { KubernetesProvider } from "../provider";
import { contextFor } from "./operation-context";

/** Built by `make up`; it has a `node` to run. */
const image = `${registryAddress}/analytics/node:22`;

/** An image that no registry has. */
export const missingImage = `${registryAddress}/analytics/no-such-image:1`;

export interface Resource {
  type: string;
  name: string;
  news: PropertyMap;
  inputs: PropertyMap;
  id: string;
  outputs: PropertyMap;
  statuses: string[];
}

/** For tests: a namespace of its own on the embedded cluster, and resources in it. */
export class ClusterFixture {
  /** Why there is none; tests are then skipped. */
  missing: string | undefined;
  private readonly namespace = `provider-test-${randomBytes(4).toString("hex")}`;
  /** A tenth of the patience with troubled pods. */
  private readonly provider = new KubernetesProvider(0.1);
  private made: Resource | undefined;

  async start(): Promise<void> {
    this.missing = await whatIsMissing();
    if (this.missing) return;
    await this.provider.configure({ kubeconfig: kubeconfigPath, namespace: this.namespace });
    this.made = await this.create("core/v1", "Namespace", {
      metadata: {
        name: this.namespace,
        labels: { "pod-security.kubernetes.io/enforce": "restricted" },
      },
    });
  }

  async stop(): Promise<void> {
    if (this.made) await this.remove(this.made);
    await this.provider.close();
  }

  /** Checks, previews and creates. */
  async create(
    group: string,
    kind: string,
    args: PropertyMap,
    timeoutSeconds = 120,
  ): Promise<Resource> {
    const type = `kubernetes:${group}:${kind}`;
    const name = kind.toLowerCase();
    const news = { apiVersion: group.replace("core/", ""), kind, ...args };
    const seed = randomBytes(16);
    const checked = await this.provider.check(contextFor(type, name), undefined, news, seed);
    assert.deepEqual(checked.failures, []);
    const preview = contextFor(type, name, { preview: true });
    assert.equal((await this.provider.create(preview, checked.inputs)).id, "");
    const ctx = contextFor(type, name, { timeoutSeconds });
    const result = await this.provider.create(ctx, checked.inputs);
    return { type, name, news, inputs: checked.inputs, ...result, statuses: ctx.statuses };
  }

  async remove(resource: Resource): Promise<void> {
    const ctx = contextFor(resource.type, resource.name, { timeoutSeconds: 120 });
    await this.provider.delete(ctx, resource.id, resource.inputs, resource.outputs);
    const { id, inputs, outputs } = resource;
    assert.equal(await this.provider.read(ctx, id, inputs, outputs), undefined);
  }

  async diff(resource: Resource, args: PropertyMap) {
    const ctx = contextFor(resource.type, resource.name);
    const news = { ...resource.news, ...args };
    const { inputs } = await this.provider.check(ctx, resource.inputs, news, Buffer.alloc(0));
    const { id, inputs: olds, outputs } = resource;
    return { inputs, ...(await this.provider.diff(ctx, id, olds, outputs, inputs, [])) };
  }

  async update(resource: Resource, args: PropertyMap): Promise<Resource> {
    const { inputs } = await this.diff(resource, args);
    const ctx = contextFor(resource.type, resource.name, { timeoutSeconds: 120 });
    const { id, inputs: olds, outputs } = resource;
    const result = await this.provider.update(ctx, id, olds, outputs, inputs);
    return { ...resource, news: { ...resource.news, ...args }, inputs, outputs: result.outputs };
  }

  /** What holds for every kind: nothing to do for the same inputs, none of it seen as drift. */
  async assertSettled(resource: Resource): Promise<void> {
    assert.deepEqual((await this.diff(resource, {})).detailedDiff, {});
    const ctx = contextFor(resource.type, resource.name);
    const { id, inputs, outputs } = resource;
    const read = await this.provider.read(ctx, id, inputs, outputs);
    assert.deepEqual(read?.inputs, inputs);
  }

  /** Creates what can't become ready, and returns the error with what is there. */
  async createFailing(
    group: string,
    kind: string,
    args: PropertyMap,
  ): Promise<{ error: InitializationError; resource: Resource }> {
    try {
      await this.create(group, kind, args, 110);
    } catch (error) {
      if (!(error instanceof InitializationError)) throw error;
      const { id, outputs } = error;
      const inputs = outputs.__inputs as PropertyMap;
      const news = { ...inputs, ...args };
      const type = `kubernetes:${group}:${kind}`;
      const name = kind.toLowerCase();
      return { error, resource: { type, name, news, inputs, id, outputs, statuses: [] } };
    }
    throw new Error(`the ${kind} did not fail`);
  }
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

export function deploymentSpec(app: string, args: string[]): PropertyMap {
  return { replicas: 1, selector: { matchLabels: { app } }, template: pod(app, args) };
}

export function containerOf(spec: PropertyMap): PropertyMap {
  const [container] = mapsAt(spec, "template", "spec", "containers");
  assert.ok(container);
  return container;
}

export function pod(app: string, args: string[], restartPolicy = "Always"): PropertyMap {
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
