import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { PropertyMap } from "../../provider";
import { numberAt, textAt } from "./object";
import {
  ClusterFixture,
  containerOf,
  deploymentSpec,
  missingImage,
  pod,
} from "./testing/cluster-fixture";

const idle = ["-e", "setInterval(() => {}, 1000)"];
const idleToo = ["-e", "setInterval(() => {}, 2000)"];

describe("workloads on the embedded cluster", () => {
  const cluster = new ClusterFixture();
  before(() => cluster.start());
  after(() => cluster.stop());

  /** A test that is skipped where there is no cluster, with the reason. */
  function onCluster(name: string, test: () => Promise<void>): void {
    it(name, async (context) => (cluster.missing ? context.skip(cluster.missing) : test()));
  }

  onCluster(
    "a Deployment is ready with its pods, rolls, and is replaced for a selector",
    async () => {
      const web = await cluster.create("apps/v1", "Deployment", {
        spec: deploymentSpec("web", idle),
      });
      assert.equal(numberAt(web.outputs, "status", "readyReplicas"), 1);
      assert.equal(web.statuses.at(-2), "Deployment initialization complete");
      const waiting = "Waiting for app ReplicaSet to be available (0/1 Pods available)";
      assert.ok(web.statuses.includes(waiting));
      await cluster.assertSettled(web);
      const rolled = await cluster.update(web, { spec: deploymentSpec("web", idleToo) });
      const revision = "deployment.kubernetes.io/revision";
      assert.equal(textAt(rolled.outputs, "metadata", "annotations", revision), "2");
      assert.equal(numberAt(rolled.outputs, "status", "updatedReplicas"), 1);
      const other = await cluster.diff(rolled, { spec: deploymentSpec("other", idle) });
      assert.deepEqual(other.replaces, ["spec.selector.matchLabels.app"]);
      await cluster.remove(rolled);
    },
  );

  onCluster("a StatefulSet is ready with its volume, and rolls in place", async () => {
    const db = await cluster.create("apps/v1", "StatefulSet", {
      spec: statefulSetSpec("db", idle),
    });
    assert.equal(numberAt(db.outputs, "status", "readyReplicas"), 1);
    await cluster.assertSettled(db);
    const change = { spec: statefulSetSpec("db", idleToo) };
    assert.deepEqual((await cluster.diff(db, change)).replaces, []);
    const rolled = await cluster.update(db, change);
    assert.equal(numberAt(rolled.outputs, "status", "updatedReplicas"), 1);
    await cluster.remove(rolled);
  });

  onCluster("a StatefulSet whose image was missing comes up when the image is mended", async () => {
    const broken = statefulSetSpec("mended", idle);
    containerOf(broken).image = missingImage;
    const { error, resource } = await cluster.createFailing("apps/v1", "StatefulSet", {
      spec: broken,
    });
    assert.match(error.reasons.join("\n"), /waits \[(ErrImagePull|ImagePullBackOff)\]/);
    const mended = await cluster.update(resource, { spec: statefulSetSpec("mended", idle) });
    assert.equal(numberAt(mended.outputs, "status", "readyReplicas"), 1);
    await cluster.remove(mended);
  });

  onCluster("a Job is ready when it has completed, else its log tells why", async () => {
    const job = await cluster.create("batch/v1", "Job", { spec: jobSpec("console.log('done')") });
    assert.equal(numberAt(job.outputs, "status", "succeeded"), 1);
    await cluster.assertSettled(job);
    await cluster.remove(job);
    const { error, resource } = await cluster.createFailing("batch/v1", "Job", {
      metadata: { annotations: { "pulumi.com/replaceUnready": "true" } },
      spec: jobSpec("console.log('no database'); process.exit(3)"),
    });
    const text = error.reasons.join("\n");
    assert.match(text, /BackoffLimitExceeded/);
    assert.match(text, /container "main" ended with exit code 3/);
    assert.match(text, /no database/);
    assert.deepEqual((await cluster.diff(resource, {})).replaces, [
      'metadata.annotations["pulumi.com/replaceUnready"]',
    ]);
    await cluster.remove(resource);
  });

  onCluster("what can't start fails soon: image, crash, room, pod security", async () => {
    const noImage = deploymentSpec("no-image", idle);
    containerOf(noImage).image = missingImage;
    const crashing = deploymentSpec("crashing", ["-e", "console.log('boom'); process.exit(7)"]);
    // Without a probe it would be ready for the moment that it runs.
    containerOf(crashing).readinessProbe = { tcpSocket: { port: 1 } };
    const tooLarge = deploymentSpec("too-large", idle);
    containerOf(tooLarge).resources = { requests: { memory: "9000Gi" } };
    const forbidden = deploymentSpec("forbidden", idle);
    containerOf(forbidden).securityContext = { privileged: true };
    const cases: [PropertyMap, RegExp][] = [
      [noImage, /container "main" waits \[(ErrImagePull|ImagePullBackOff)\].*no-such-image/],
      [crashing, /exit code 7.*boom/s],
      [tooLarge, /\[Unschedulable\] 0\/1 nodes are available: .*Insufficient memory/],
      [forbidden, /\[FailedCreate\].*violates PodSecurity "restricted/],
    ];
    await Promise.all(
      cases.map(async ([spec, expected]) => {
        const { error, resource } = await cluster.createFailing("apps/v1", "Deployment", { spec });
        assert.match(error.reasons.join("\n"), expected);
        assert.doesNotMatch(error.reasons.join("\n"), /timed out/);
        await cluster.remove(resource);
      }),
    );
  });
});

function jobSpec(script: string): PropertyMap {
  return { backoffLimit: 0, template: pod("job", ["-e", script], "Never") };
}

function statefulSetSpec(app: string, args: string[]): PropertyMap {
  const accessModes = ["ReadWriteOnce"];
  const resources = { requests: { storage: "16Mi" } };
  return {
    serviceName: app,
    ...deploymentSpec(app, args),
    volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { accessModes, resources } }],
  };
}
