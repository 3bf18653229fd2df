/** What the cluster lacks is told before anything is made: all of it at once, in `preview` and in `up`. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { look } from "../../preflight";
import { Declared } from "../../preflight/declared";
import type { Finding } from "../../preflight/finding";
import { registeredResources } from "../../render";
import { ApiServer } from "../support/api-server";
import { readState } from "../support/interrupted-run";
import { coreApi, holdNamespace, kubeConfig } from "../support/kubernetes";
import { OwnStack, root } from "../support/own-stack";
import { make, type Run, standUp, until } from "../support/stack";

let server: ApiServer;
before(async () => {
  // The cluster runs, and has another stack's pods.
  await standUp();
  server = await ApiServer.from(process.env.KUBECONFIG ?? "");
});

describe("make preview and make up", () => {
  const stack = new OwnStack("preflight");
  const run = (target: string) => make(target, { STACK: stack.name });

  before(() => stack.declare());
  after(() => {
    // The `up` has left a stack without resources. `make down` might stop the cluster.
    execFileSync("scripts/pulumi", ["stack", "rm", "--yes", "--force", stack.name], {
      cwd: root,
      env: { ...process.env, STACK: stack.name },
      stdio: "pipe",
      timeout: 60_000,
    });
    stack.forget();
  });

  async function assertNothingMade(): Promise<void> {
    assert.equal(await server.exists(`/api/v1/namespaces/${stack.namespace}`), false);
    const types = readState(stack.name).resources.map(({ type }) => type);
    assert.deepEqual(
      types.filter((type) => type !== "pulumi:pulumi:Stack"),
      [],
    );
  }

  function assertRefused({ exitCode, output }: Run): void {
    assert.notEqual(exitCode, 0, output);
    assert.match(output, /The preflight found 3 problems in context "\S+" \(https:\/\/\S+\)/);
    assert.match(output, /There is no StorageClass "not-there".*data-kafka-0.*The cluster has: /);
    assert.match(output, /pulumi config set storageClass \S+/);
    assert.match(output, /No node has the labels .* druid-broker: kubernetes\.io\/arch=s390x/);
    assert.match(output, /No node has room for it: superset reserves .* 9000 GiB of memory/);
    assert.doesNotMatch(output, /unhandled exception|failed to register/);
  }

  it("of an unfit stack tell every finding in one error, and make nothing", async () => {
    stack.setConfig("storageClass", "not-there");
    stack.setValue("druid", ["broker", "nodeSelector"], { "kubernetes.io/arch": "s390x" });
    for (const kind of ["requests", "limits"])
      stack.setValue("superset", ["resources", kind, "memory"], "9000Gi");
    for (const target of ["preview", "up"]) {
      assertRefused(await run(target));
      await assertNothingMade();
    }
  });

  it("go on with a warning where preflight is warn", async () => {
    for (const kind of ["requests", "limits"])
      stack.setValue("superset", ["resources", kind, "memory"], "512Mi");
    stack.setConfig("preflight", "warn");
    const { exitCode, output } = await run("preview");
    assert.equal(exitCode, 0, output);
    assert.match(output, /warning: .*The preflight found 2 problems/s);
    stack.setConfig("preflight", undefined);
  });

  it("name a context that does not exist, and those that do", async () => {
    stack.setConfig("kubernetes:context", "nowhere");
    const { exitCode, output } = await run("preview");
    assert.notEqual(exitCode, 0, output);
    assert.match(output, /The preflight found a problem in context "nowhere"/);
    assert.match(output, /kubeconfig has no context "nowhere", only \S+/);
    await assertNothingMade();
  });
});

describe("the preflight, asked of the real API server", () => {
  const folder = mkdtempSync(join(tmpdir(), "preflight-"));
  const ownLabels = {
    "app.kubernetes.io/part-of": "realtime-analytics",
    "app.kubernetes.io/instance": "local",
    "pod-security.kubernetes.io/enforce": "privileged",
  };
  const declared = new Declared();
  const namespaces: string[] = [];

  before(async () => {
    for (const { type, name, inputs } of await registeredResources("local"))
      declared.add(type, name, inputs);
  });
  after(async () => {
    for (const name of namespaces) await server.deleteNamespace(name);
    rmSync(folder, { recursive: true });
  });

  async function makeNamespace(labels: Record<string, string>): Promise<string> {
    const name = await server.makeNamespace("preflight-", labels);
    namespaces.push(name);
    return name;
  }

  const inspect = async (namespace: string) =>
    (await look({ stack: "local", namespace, storageClass: "" }, declared)).report;
  const textsOf = (findings: readonly Finding[]) =>
    findings.map(({ severity, found }) => `${severity}: ${found}`);

  it("finds nothing where a stack can be made, or was kept", async () => {
    for (const namespace of [`not-there-${randomUUID()}`, await makeNamespace(ownLabels)]) {
      assert.deepEqual(await inspect(namespace), { findings: [], skipped: [] });
    }
  });

  it("refuses a namespace of somebody else, with the claims in it", async () => {
    const namespace = await makeNamespace({});
    await (await coreApi()).createNamespacedPersistentVolumeClaim({
      namespace,
      body: {
        metadata: { name: "somebodys-data" },
        spec: {
          accessModes: ["ReadWriteOnce"],
          storageClassName: "never-bound",
          resources: { requests: { storage: "1Mi" } },
        },
      },
    });
    const { findings } = await inspect(namespace);
    assert.match(
      textsOf(findings).join("\n"),
      /^error: Namespace \S+ exists, and is not a stack's .*: somebodys-data\.$/,
    );
  });

  it("refuses a namespace that is being deleted, with what holds it", async () => {
    const namespace = await makeNamespace(ownLabels);
    const release = await holdNamespace({ namespace });
    try {
      await server.deleteNamespace(namespace);
      const text = await until("the namespace to say what holds it", async (say) => {
        const found = textsOf((await inspect(namespace)).findings).join("\n");
        say(found);
        return /configmaps/.test(found) ? found : undefined;
      });
      assert.match(text, /^error: Namespace \S+ is being deleted\. .*finalizers/);
    } finally {
      await release();
    }
  });

  it("tells claims that have lost their volume, and volumes that nothing claims any more", async () => {
    const core = await coreApi();
    const namespace = await makeNamespace(ownLabels);
    await core.createNamespacedPersistentVolumeClaim({
      namespace,
      body: {
        metadata: {
          name: "data-kafka-0",
          annotations: { "pv.kubernetes.io/bind-completed": "yes" },
        },
        spec: {
          accessModes: ["ReadWriteOnce"],
          volumeName: "never-there",
          storageClassName: "",
          resources: { requests: { storage: "1Mi" } },
        },
      },
    });
    await until("the claim to be lost", async (say) => {
      const found = textsOf((await inspect(namespace)).findings).join("\n");
      say(found);
      return /^error: Volume claims .* lost their volume: data-kafka-0\.$/.test(found) || undefined;
    });

    const gone = `gone-${randomUUID()}`;
    const name = `preflight-${randomUUID()}`;
    await core.createPersistentVolume({
      body: {
        metadata: { name },
        spec: {
          accessModes: ["ReadWriteOnce"],
          capacity: { storage: "1Mi" },
          persistentVolumeReclaimPolicy: "Retain",
          storageClassName: "never-bound",
          hostPath: { path: join(folder, "volume") },
          claimRef: { namespace: gone, name: "data-kafka-0", uid: randomUUID() },
        },
      },
    });
    try {
      const text = await until("the volume to be released", async () => {
        const [found] = textsOf((await inspect(gone)).findings);
        return found;
      });
      assert.match(text, new RegExp(`^warning: Volumes .*: ${name} \\(of data-kafka-0\\)\\.$`));
    } finally {
      await core.deletePersistentVolume({ name });
    }
  });

  it("warns of a stranger's pod in a namespace that will be restricted", async () => {
    const namespace = await makeNamespace(ownLabels);
    const core = await coreApi();
    await until(
      "the namespace's default account",
      async () =>
        (await server.exists(`/api/v1/namespaces/${namespace}/serviceaccounts/default`)) ||
        undefined,
    );
    await core.createNamespacedPod({
      namespace,
      body: {
        metadata: { name: "agent" },
        spec: {
          nodeSelector: { "never-on": "a-node" },
          containers: [{ name: "agent", image: "never.example/pulled" }],
        },
      },
    });
    const { findings } = await inspect(namespace);
    assert.match(textsOf(findings).join("\n"), /^warning: .*"privileged"\. .*: agent\.$/);
  });

  it("tells a user without rights what is lacking, and does not check what that user may not read", async () => {
    const core = await coreApi();
    const namespace = await makeNamespace(ownLabels);
    await core.createNamespacedServiceAccount({
      namespace,
      body: { metadata: { name: "powerless" } },
    });
    const { status } = await core.createNamespacedServiceAccountToken({
      namespace,
      name: "powerless",
      body: { spec: { audiences: [], expirationSeconds: 600 } },
    });
    const { KUBECONFIG } = process.env;
    const cluster = (await kubeConfig()).getCurrentCluster();
    process.env.KUBECONFIG = join(folder, "powerless");
    writeFileSync(
      process.env.KUBECONFIG,
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": "own",
        clusters: [
          {
            name: "own",
            cluster: {
              server: cluster?.server,
              "certificate-authority": cluster?.caFile,
              "certificate-authority-data": cluster?.caData,
            },
          },
        ],
        contexts: [{ name: "own", context: { cluster: "own", user: "powerless" } }],
        users: [{ name: "powerless", user: { token: status?.token } }],
      }),
      { mode: 0o600 },
    );
    try {
      const { findings, skipped } = await inspect(namespace);
      const text = textsOf(findings).join("\n");
      assert.match(text, /User "powerless" may not create namespaces, and may not see whether/);
      assert.match(
        text,
        /User "powerless" may not .*statefulsets\.apps.*create: pods\/portforward/,
      );
      assert.match(skipped.join("\n"), /^nodes, .*: user "powerless" may not read them \(403\)$/m);
    } finally {
      process.env.KUBECONFIG = KUBECONFIG;
    }
  });
});
