import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Volume } from "../facts";
import { checkStorage, missingClasses, newClaims } from "./storage";

const gp2 = { name: "gp2", provisioner: "kubernetes.io/aws-ebs", isDefault: false };
const gp3 = { name: "gp3", provisioner: "ebs.csi.aws.com", isDefault: false };
const claim = { name: "data-kafka-0", app: "kafka" };
const storage = {
  claims: [claim],
  classes: [gp2, gp3],
  volumes: [] as Volume[],
  stack: "dev",
  configured: "",
};

describe("the check of StorageClasses", () => {
  it("finds nothing where the named class exists, or the cluster has a default", () => {
    const named = [{ ...claim, storageClass: "gp3" }];
    assert.deepEqual(missingClasses(named, [gp2, gp3]), []);
    assert.deepEqual(missingClasses([claim], [gp2, { ...gp3, isDefault: true }]), []);
  });

  it("names what to set on a cluster without a default, such as EKS", () => {
    const [finding, ...others] = checkStorage(storage);
    assert.deepEqual(others, []);
    assert.match(
      finding?.found ?? "",
      /: data-kafka-0\. The cluster has: gp2 \(kubernetes\.io\/aws-ebs\), gp3 \(ebs\.csi\.aws\.com\)\.$/,
    );
    assert.match(
      finding?.todo ?? "",
      /pulumi config set storageClass gp2, pulumi config set storageClass gp3/,
    );
  });

  it("names the stack's key or the service's file for a class that doesn't exist", () => {
    const claims = [{ ...claim, storageClass: "gp4" }];
    const ofStack = checkStorage({ ...storage, claims, configured: "gp4" });
    assert.match(ofStack[0]?.found ?? "", /no StorageClass "gp4", .*: data-kafka-0/);
    assert.match(ofStack[0]?.todo ?? "", /config set storageClass gp2/);
    const ofService = checkStorage({ ...storage, claims });
    assert.match(ofService[0]?.todo ?? "", /storageClass in charts-values\/kafka\.dev\.yaml/);
  });

  it("says that a cluster without classes needs a provisioner", () => {
    const [finding] = checkStorage({ ...storage, classes: [] });
    assert.match(finding?.found ?? "", /has none at all/);
    assert.match(finding?.todo ?? "", /^Install a provisioner/);
  });

  it("accepts volumes that an administrator made", () => {
    const volume = { name: "by-hand", phase: "Available", storageClassName: "" };
    assert.deepEqual(checkStorage({ ...storage, volumes: [volume] }), []);
    const other = { ...volume, storageClassName: "other" };
    assert.equal(checkStorage({ ...storage, volumes: [other] }).length, 1);
  });

  it("passes over claims that are there already", () => {
    const existing = { name: claim.name, labels: {}, phase: "Bound", volumeName: "v" };
    assert.deepEqual(newClaims([claim], [existing]), []);
    assert.deepEqual(newClaims([claim], []), [claim]);
  });
});
