import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { namespace, pod } from "../testing/examples";
import { checkClaims, checkOwner, checkPodSecurity, checkReleased } from "./namespace";

const own = {
  "app.kubernetes.io/part-of": "realtime-analytics",
  "app.kubernetes.io/instance": "dev",
};
const claim = { name: "data-kafka-0", labels: {}, volumeName: "v", phase: "Bound" };

describe("the check of the namespace", () => {
  it("takes one that the stack made or kept", () => {
    assert.deepEqual(checkOwner(namespace(own), "dev", [claim]), []);
  });

  it("refuses somebody else's, with what it holds, and the ways out", () => {
    const [finding] = checkOwner(namespace({}), "dev", [claim]);
    assert.match(finding?.found ?? "", /is not a stack's of this program.* data-kafka-0\.$/);
    assert.match(finding?.todo ?? "", /config set namespace <name>.*delete namespace analytics/);
    assert.match(
      finding?.todo ?? "",
      /kubectl label --overwrite namespace analytics app\.kubernetes\.io\/part-of=realtime-analytics app\.kubernetes\.io\/instance=dev, and .* keep/,
    );
  });

  it("names the other stack whose it is", () => {
    const [finding] = checkOwner(namespace(own), "staging", []);
    assert.match(finding?.found ?? "", /is the stack dev's/);
  });

  it("says of one that is being deleted what holds it", () => {
    const deleted = namespace(own, {
      metadata: { name: "analytics", labels: own, deletionTimestamp: "2026-01-01T00:00:00Z" },
      status: {
        conditions: [
          { type: "NamespaceContentRemaining", status: "True", message: "pods. has 1 instance" },
          { type: "NamespaceDeletionDiscoveryFailure", status: "False", message: "all fine" },
        ],
      },
    });
    const [finding] = checkOwner(deleted, "dev", []);
    assert.equal(finding?.found, "Namespace analytics is being deleted. pods. has 1 instance");
  });

  it("refuses claims that have lost their volume, and tells of volumes that nothing claims", () => {
    assert.deepEqual(checkClaims([claim], "analytics"), []);
    const [lost] = checkClaims([{ ...claim, phase: "Lost" }], "analytics");
    assert.match(lost?.todo ?? "", /kubectl -n analytics delete pvc data-kafka-0/);
    const volume = {
      name: "pvc-1",
      phase: "Released",
      storageClassName: "gp3",
      claimRef: { namespace: "analytics", name: "data-kafka-0" },
    };
    const others = [
      { ...volume, phase: "Bound" },
      { ...volume, claimRef: { namespace: "shop", name: "data" } },
    ];
    assert.deepEqual(checkReleased(others, "analytics"), []);
    const [released] = checkReleased([...others, volume], "analytics");
    assert.equal(released?.severity, "warning");
    assert.match(released?.found ?? "", /: pvc-1 \(of data-kafka-0\)\.$/);
  });

  it("warns of pods of others that restricted Pod Security would stop", () => {
    const privileged = namespace({ ...own, "pod-security.kubernetes.io/enforce": "privileged" });
    const stranger = pod({ name: "agent", labels: {} });
    const restricted = namespace({ ...own, "pod-security.kubernetes.io/enforce": "restricted" });
    assert.deepEqual(checkPodSecurity(privileged, "dev", [pod()]), []);
    assert.deepEqual(checkPodSecurity(restricted, "dev", [stranger]), []);
    const [finding] = checkPodSecurity(privileged, "dev", [pod(), stranger]);
    assert.match(finding?.found ?? "", /enforces Pod Security "privileged"\. .*: agent\.$/);
  });
});
