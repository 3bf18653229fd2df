import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { versionOf } from "../go";
import { addons } from "./addons";
import { objectPath } from "./api";
import { clusterPrograms } from "./binaries";
import { binaryImageName } from "./images";
import { objectStore } from "./object-store";

test("an image is named by its binary's name, version and hash", () => {
  assert.equal(
    binaryImageName("/cache/bin/coredns-v1.14.7-0123456789ab"),
    "realtime-analytics.local/coredns:v1.14.7-0123456789ab",
  );
});

test("versions come from each module's go.mod", () => {
  const versions = Object.fromEntries(clusterPrograms.map((p) => [p.name, versionOf(p)]));
  assert.deepEqual(versions, {
    pause: "own",
    coredns: "v1.14.7",
    "kube-router": "v2.1.0",
    kubernetes: "v1.35.4",
  });
});

test("every object that start-up applies has an address in the API", () => {
  const paths = addons("coredns:1").map(objectPath);
  assert.ok(paths.includes("/apis/storage.k8s.io/v1/storageclasses/local-path"));
  assert.ok(paths.includes("/api/v1/namespaces/kube-system/services/kube-dns"));
  assert.ok(paths.includes("/apis/apps/v1/namespaces/kube-system/deployments/coredns"));
  assert.equal(new Set(paths).size, paths.length);
});

test("the S3 server's keys stay texts, and its objects have an address", () => {
  const objects = objectStore("s3:1", { accessKeyId: "12345678", secretAccessKey: "1e5" });
  assert.ok(objects.map(objectPath).includes("/api/v1/namespaces/object-store/services/s3"));
  assert.deepEqual(objects.find(({ kind }) => kind === "Secret")?.stringData, {
    ROOT_ACCESS_KEY_ID: "12345678",
    ROOT_SECRET_ACCESS_KEY: "1e5",
  });
});

test("CoreDNS meets the restricted Pod Security profile", () => {
  const deployment = parse(
    JSON.stringify(addons("coredns:1").find(({ kind }) => kind === "Deployment")),
  );
  const { securityContext, containers } = deployment.spec.template.spec;
  assert.equal(securityContext.runAsNonRoot, true);
  assert.equal(securityContext.seccompProfile.type, "RuntimeDefault");
  assert.equal(containers[0].securityContext.allowPrivilegeEscalation, false);
  assert.deepEqual(containers[0].securityContext.capabilities, { drop: ["ALL"] });
});
