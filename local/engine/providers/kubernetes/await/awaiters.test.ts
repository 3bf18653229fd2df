import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PropertyMap } from "../../../provider";
import { withValueAt } from "../object";
import { awaiterOf } from "./awaiters";
import type { Progress, Snapshot } from "./progress";

describe("the readiness of", () => {
  describe("a Deployment", () => {
    const revision = { "deployment.kubernetes.io/revision": "2" };
    const replicaSet: PropertyMap = {
      metadata: { name: "web-2", annotations: revision, ownerReferences: [{ uid: "d" }], uid: "r" },
      spec: { replicas: 2 },
      status: { readyReplicas: 2 },
    };
    const object: PropertyMap = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", uid: "d", generation: 2, annotations: revision },
      spec: { template: { spec: {} } },
      status: {
        observedGeneration: 2,
        conditions: [
          { type: "Available", status: "True" },
          { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" },
        ],
      },
    };

    it("is given when the newest ReplicaSet has all its pods", () => {
      assert.equal(progressOf({ object, related: { replicaSets: [replicaSet] } }).ready, true);
    });

    it("is not, while the controller has not seen the change", () => {
      const newer = withValueAt(object, ["metadata", "generation"], 3);
      const progress = progressOf({ object: newer, related: { replicaSets: [replicaSet] } });
      assert.deepEqual(progress.reasons, ["the Deployment controller has not seen the change yet"]);
    });

    it("is not, while a pod is missing, and says how many there are", () => {
      const behind = withValueAt(replicaSet, ["status", "readyReplicas"], 1);
      const progress = progressOf({ object, related: { replicaSets: [behind] } });
      assert.equal(progress.ready, false);
      assert.deepEqual(progress.status, [
        "Waiting for app ReplicaSet to be available (1/2 Pods available)",
      ]);
    });

    it("fails when the rollout's own deadline is over", () => {
      const stuck = withValueAt(
        object,
        ["status", "conditions"],
        [
          {
            type: "Progressing",
            status: "False",
            reason: "ProgressDeadlineExceeded",
            message: "too late",
          },
        ],
      );
      assert.equal(
        progressOf({ object: stuck, related: {} }).failure,
        "[ProgressDeadlineExceeded] too late",
      );
    });
  });

  describe("a StatefulSet", () => {
    const object: PropertyMap = {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name: "db", uid: "s", generation: 2 },
      spec: { replicas: 1, updateStrategy: { type: "RollingUpdate" } },
      status: {
        observedGeneration: 2,
        replicas: 1,
        readyReplicas: 1,
        currentReplicas: 1,
        updatedReplicas: 1,
        currentRevision: "db-2",
        updateRevision: "db-2",
      },
    };
    const oldPod: PropertyMap = {
      metadata: {
        name: "db-0",
        uid: "p",
        labels: { "controller-revision-hash": "db-1" },
        ownerReferences: [{ uid: "s" }],
      },
      status: {
        containerStatuses: [{ name: "db", state: { waiting: { reason: "ImagePullBackOff" } } }],
      },
    };

    it("is given when all pods are ready and of the newest revision", () => {
      assert.equal(progressOf({ object, related: {} }).ready, true);
    });

    it("is not, while the old revision still runs", () => {
      const rolling = withValueAt(object, ["status", "currentRevision"], "db-1");
      assert.deepEqual(progressOf({ object: rolling, related: {} }).reasons, [
        'StatefulSet controller failed to advance from revision "db-1" to revision "db-2"',
      ]);
    });

    it("names an old pod that can't start, and would block the update for good", () => {
      const rolling = withValueAt(object, ["status", "readyReplicas"], 0);
      const progress = progressOf({ object: rolling, related: { pods: [oldPod] } });
      assert.deepEqual(progress.stuck, [oldPod]);
      assert.deepEqual(progress.pods, []);
    });
  });

  describe("a Service", () => {
    const object = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web" },
      spec: { selector: { app: "web" }, clusterIP: "10.0.0.1" },
    };
    const slice = (ready: boolean) => ({
      metadata: { name: "web-x", labels: { "kubernetes.io/service-name": "web" } },
      endpoints: [{ conditions: { ready }, targetRef: { name: "web-1" } }],
    });
    const pods = [{ metadata: { name: "web-1" } }];

    it("is given when its pods are ready, or it selects none", () => {
      assert.equal(progressOf({ object, related: { endpointSlices: [slice(true)] } }).ready, true);
      const empty = { ...slice(true), endpoints: null };
      assert.equal(progressOf({ object, related: { endpointSlices: [empty] } }).ready, true);
    });

    it("is not, while a pod isn't ready", () => {
      const progress = progressOf({ object, related: { endpointSlices: [slice(false)], pods } });
      assert.deepEqual([progress.ready, progress.pods], [false, pods]);
    });

    it("asks for no pods where it is headless", () => {
      const headless = withValueAt(object, ["spec", "clusterIP"], "None");
      assert.equal(progressOf({ object: headless, related: {} }).ready, true);
    });
  });

  describe("a Job", () => {
    const object: PropertyMap = { apiVersion: "batch/v1", kind: "Job", metadata: { name: "j" } };

    it("is given when it has completed, and fails when it has failed", () => {
      const withCondition = (condition: PropertyMap) =>
        progressOf({ object: { ...object, status: { conditions: [condition] } }, related: {} });
      assert.equal(withCondition({ type: "Complete", status: "True" }).ready, true);
      assert.equal(
        withCondition({ type: "Failed", status: "True", reason: "DeadlineExceeded", message: "m" })
          .failure,
        "[DeadlineExceeded] m",
      );
    });
  });

  describe("a PersistentVolumeClaim", () => {
    const object: PropertyMap = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "c" },
      status: { phase: "Pending" },
    };
    const storageClass = (mode: string) => ({
      metadata: {
        name: "std",
        annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
      },
      volumeBindingMode: mode,
    });

    it("waits for no volume that comes with its first pod alone", () => {
      const ready = (mode: string) =>
        progressOf({ object, related: { storageClasses: [storageClass(mode)] } }).ready;
      assert.deepEqual([ready("WaitForFirstConsumer"), ready("Immediate")], [true, false]);
    });
  });
});

function progressOf(snapshot: Snapshot): Progress {
  const awaiter = awaiterOf(snapshot.object);
  assert.ok(awaiter);
  return awaiter.progress(snapshot);
}
