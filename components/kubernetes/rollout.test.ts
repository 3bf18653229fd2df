import assert from "node:assert/strict";
import { test } from "node:test";
import { pendingRollout } from "./rollout";

const deployment = (status: object, replicas = 2, generation = 5) => ({
  metadata: { generation },
  spec: { replicas, selector: {}, template: {} },
  status: { observedGeneration: 5, ...status },
});
const done = { replicas: 2, updatedReplicas: 2, availableReplicas: 2 };

test("a rollout is waited for until the new pods alone are there and available", () => {
  assert.equal(pendingRollout(deployment(done)), undefined);
  assert.equal(pendingRollout(deployment({}, 0)), undefined);
  assert.match(pendingRollout(deployment(done, 2, 6)) ?? "", /has not seen the update/);
  assert.match(pendingRollout({ metadata: { generation: 1 } }) ?? "", /has not seen the update/);
  assert.match(
    pendingRollout(deployment({ ...done, updatedReplicas: 1 })) ?? "",
    /1 of 2 pods are new/,
  );
  assert.match(pendingRollout(deployment({ ...done, replicas: 3 })) ?? "", /1 old pods are left/);
  assert.match(
    pendingRollout(deployment({ ...done, availableReplicas: 1 })) ?? "",
    /1 of 2 new pods are available/,
  );
});
