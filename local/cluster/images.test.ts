import assert from "node:assert/strict";
import { test } from "node:test";
import { versionOf } from "../go";
import { clusterPrograms } from "./binaries";
import { binaryImageName } from "./images";
import { objectStore } from "./object-store";
import { addons } from "./start";

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

test("every object that start-up applies has a name of its own, and all placeholders are filled in", () => {
  const objects = addons("coredns:1");
  const names = objects.map(({ kind, metadata }) => `${kind} ${metadata?.name}`);
  assert.ok(names.includes("StorageClass local-path"));
  assert.equal(new Set(names).size, names.length);
  assert.doesNotMatch(JSON.stringify(objects), /\$[A-Z]/);
  assert.match(JSON.stringify(objects), /"clusterIP":"10\.96\.0\.10"/);
});

test("the S3 server's keys stay texts", () => {
  const objects = objectStore("s3:1", { accessKeyId: "12345678", secretAccessKey: "1e5" });
  assert.deepEqual(
    objects.find(({ kind }) => kind === "Secret"),
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "keys", namespace: "object-store" },
      stringData: { ROOT_ACCESS_KEY_ID: "12345678", ROOT_SECRET_ACCESS_KEY: "1e5" },
    },
  );
});

test("CoreDNS meets the restricted Pod Security profile", () => {
  const found = addons("coredns:1").find(({ kind }) => kind === "Deployment");
  const { securityContext, containers } = JSON.parse(JSON.stringify(found)).spec.template.spec;
  assert.equal(securityContext.runAsNonRoot, true);
  assert.equal(securityContext.seccompProfile.type, "RuntimeDefault");
  assert.equal(containers[0].securityContext.allowPrivilegeEscalation, false);
  assert.deepEqual(containers[0].securityContext.capabilities, { drop: ["ALL"] });
});
