import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import type { Manifest } from "../../components/registered";
import { ApiServer } from "../support/api-server";
import { buildKubeScore, kubeScore } from "../support/kube-score";
import { type Found, outlived, readExceptions, unexcused } from "../support/kube-score-exceptions";
import { make, mustMake, until } from "../support/stack";

const variants = ["local", "dev", "staging", "rehearsal"].flatMap((stack) => [
  { stack, producer: "" },
  { stack, producer: "both" },
]);

const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.record(z.string(), z.unknown()),
});
const workload = z.object({
  spec: z.object({
    template: z.object({ metadata: z.looseObject({}), spec: z.looseObject({}) }),
    volumeClaimTemplates: z
      .array(z.object({ metadata: z.object({ name: z.string() }) }))
      .default([]),
  }),
});

interface Rendered {
  readonly title: string;
  readonly stack: string;
  readonly text: string;
  readonly manifests: readonly Manifest[];
}

/** The output of `make render`, as a person would pipe it. */
async function render({ stack, producer }: (typeof variants)[number]): Promise<Rendered> {
  // Staging's own images can't be rendered without a registry to push them to.
  const IMAGE_REGISTRY = stack === "staging" ? "registry.example.com/team" : "";
  const run = await mustMake("render", { STACK: stack, PRODUCER: producer, IMAGE_REGISTRY });
  assert.equal(run.output, run.stdout, `make render STACK=${stack} says more than the manifests`);
  const manifests = parseAllDocuments(run.stdout).map((document) => {
    assert.deepEqual([...document.errors, ...document.warnings], []);
    return manifest.parse(document.toJS());
  });
  const title = `${stack}${producer && " with Airflow"}`;
  return { title, stack, text: run.stdout, manifests };
}

/** The pod that a workload would make. It has no service account, which doesn't exist here and which Pod Security ignores. */
function podOf(owner: Manifest): Manifest {
  const { template, volumeClaimTemplates } = workload.parse(owner).spec;
  const { serviceAccountName: _, volumes, ...spec } = template.spec;
  const claimed = volumeClaimTemplates.map(({ metadata: { name } }) => ({
    name,
    persistentVolumeClaim: { claimName: name },
  }));
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...template.metadata, name: String(owner.metadata.name) },
    spec: { ...spec, volumes: [...(Array.isArray(volumes) ? volumes : []), ...claimed] },
  };
}

const isWorkload = ({ kind }: Manifest) => ["StatefulSet", "Deployment", "Job"].includes(kind);

describe("the manifests of each stack, by `make render`", () => {
  const rendered: Rendered[] = [];
  let server: ApiServer;
  let namespace = "";

  before(async () => {
    for (const variant of variants) rendered.push(await render(variant));
    server = await ApiServer.from((await mustMake("kubeconfig")).stdout.trim());
    // With the labels of the stacks' own namespace.
    const own = rendered[0]?.manifests.find(({ kind }) => kind === "Namespace");
    const labels = z.record(z.string(), z.string()).parse(own?.metadata.labels);
    namespace = await server.makeNamespace("manifests-", labels);
    await until(
      "the new namespace's default account",
      async () =>
        (await server.exists(`/api/v1/namespaces/${namespace}/serviceaccounts/default`)) ||
        undefined,
    );
  });

  after(async () => {
    if (!namespace) return;
    await server.deleteNamespace(namespace);
    await until(`namespace ${namespace} to go`, async () =>
      (await server.exists(`/api/v1/namespaces/${namespace}`)) ? undefined : true,
    );
  });

  it("are accepted by the API server, field by field, without a warning", async () => {
    const problems: string[] = [];
    for (const { title, manifests } of rendered) {
      assert.ok(manifests.length >= 30, `${title}: only ${manifests.length} objects`);
      for (const one of manifests) {
        const { message, warnings } = await server.dryRun(one, namespace);
        const said = [message, ...warnings].filter((text) => text !== "");
        problems.push(...said.map((text) => `${title}: ${one.kind}/${one.metadata.name}: ${text}`));
      }
    }
    assert.deepEqual(problems, []);
  });

  it("have pods that the Pod Security evaluator admits as restricted", async () => {
    const problems: string[] = [];
    for (const { title, manifests } of rendered) {
      for (const owner of manifests.filter(isWorkload)) {
        const { message, warnings } = await server.dryRun(podOf(owner), namespace);
        const said = [message, ...warnings].filter((text) => text !== "");
        problems.push(...said.map((text) => `${title}: ${owner.metadata.name}: ${text}`));
      }
    }
    assert.deepEqual(problems, []);
  });

  it("are judged by an API server that refuses what it should", async () => {
    const owner = rendered[0]?.manifests.find(isWorkload);
    assert.ok(owner);
    const pod = podOf(owner);
    const root = { ...pod, spec: { ...z.looseObject({}).parse(pod.spec), hostNetwork: true } };
    const refused = await server.dryRun(root, namespace);
    assert.equal(refused.accepted, false);
    assert.match(refused.message, /violates PodSecurity "restricted:.*host namespaces/);
    const { template } = workload.parse(owner).spec;
    const warned = await server.dryRun(
      {
        ...owner,
        spec: {
          ...z.looseObject({}).parse(owner.spec),
          template: { ...template, spec: { ...template.spec, hostNetwork: true } },
        },
      },
      namespace,
    );
    assert.match(warned.warnings.join("\n"), /would violate PodSecurity "restricted:/);
    const unknown = await server.dryRun({ ...owner, sepc: {} }, namespace);
    assert.match(unknown.message, /unknown field "sepc"/);
  });

  it("have no finding of kube-score's but those of tests/support/kube-score-exceptions.yaml", () => {
    const program = buildKubeScore();
    const found: Found[] = rendered.flatMap(({ stack, text }) =>
      kubeScore(program, text).map((finding) => ({ ...finding, stack })),
    );
    const exceptions = readExceptions();
    assert.deepEqual([...new Set(unexcused(found, exceptions))], []);
    assert.deepEqual(outlived(found, exceptions), []);
  });
});

describe("make render", () => {
  it("of a stack that doesn't exist says so, and prints no manifest", async () => {
    const run = await make("render", { STACK: "stagin" });
    assert.notEqual(run.exitCode, 0);
    assert.match(run.output, /Pulumi\.stagin\.yaml/);
    assert.equal(run.stdout, "");
  });
});
