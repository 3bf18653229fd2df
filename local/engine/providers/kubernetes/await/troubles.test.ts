import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PropertyMap } from "../../../provider";
import { crashesOfPod, TroubleWatch, troublesOfPod, troubleTitle } from "./troubles";

describe("the troubles of a pod", () => {
  it("are none while it starts", () => {
    const starting = pod([{ name: "a", state: { waiting: { reason: "ContainerCreating" } } }]);
    assert.deepEqual(troublesOfPod(starting, [], true), []);
  });

  it("are a crash loop only after the third restart, and not where a Job counts", () => {
    const crashed = (restartCount: number) =>
      pod([{ name: "a", restartCount, state: { waiting: { reason: "CrashLoopBackOff" } } }]);
    assert.deepEqual(troublesOfPod(crashed(2), [], true), []);
    assert.equal(troublesOfPod(crashed(3), [], true).length, 1);
    assert.deepEqual(troublesOfPod(crashed(3), [], false), []);
  });

  it("are shown from the first crash on, with its exit code", () => {
    const crashed = pod([
      {
        name: "a",
        restartCount: 1,
        state: { waiting: { reason: "CrashLoopBackOff" } },
        lastState: { terminated: { exitCode: 3 } },
      },
    ]);
    assert.deepEqual(crashesOfPod(crashed), [
      '[Pod ns/p]: container "a" [CrashLoopBackOff] ended with exit code 3; restart 1',
    ]);
  });

  it("are none of scheduling when an autoscaler brings a node", () => {
    const pending = {
      ...pod([]),
      status: {
        conditions: [
          { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "no room" },
        ],
      },
    };
    assert.deepEqual(troublesOfPod(pending, [], true).map(troubleTitle), [
      "[Pod ns/p]: [Unschedulable]",
    ]);
    const event = { involvedObject: { uid: "u" }, reason: "TriggeredScaleUp", type: "Normal" };
    assert.deepEqual(troublesOfPod(pending, [event], true), []);
  });

  it("count once they have lasted, reasons that take turns as one", () => {
    const watch = new TroubleWatch();
    const at = (reason: string, now: number) =>
      watch.lasting(
        troublesOfPod(pod([{ name: "a", state: { waiting: { reason } } }]), [], true),
        now,
      ).length;
    assert.equal(at("ErrImagePull", 0), 0);
    assert.equal(at("ImagePullBackOff", 44_000), 0);
    assert.equal(at("ErrImagePull", 45_000), 1);
    assert.equal(watch.lasting([], 46_000).length, 0);
    assert.equal(at("ErrImagePull", 50_000), 0);
  });
});

function pod(containerStatuses: PropertyMap[]): PropertyMap {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "ns", uid: "u" },
    status: { containerStatuses },
  };
}
