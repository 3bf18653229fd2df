import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { CertificateAuthority } from "../resources/tls/authority";
import type { KafkaValues } from "../settings";
import { project } from "../settings/config-key";
import { loadSettings, type Settings } from "../settings/load";
import { valueAt } from "../settings/problems";
import type { KafkaAccount } from "./kafka/account";
import type { KafkaArgs } from "./kafka/kafka";
import { Namespace } from "./kubernetes/namespace";
import type { Manifest, Registered } from "./registered";

/** The repository's own values for `stack`, for tests to take over or change. */
export function values(stack: string): Settings {
  return loadSettings({
    project,
    stack,
    config: {},
    secretConfigKeys: [],
    readFile: (path) => {
      const file = join(__dirname, "..", path);
      return existsSync(file) ? readFileSync(file, "utf8") : undefined;
    },
  });
}

/** What stands at `path`, such as `spec.replicas`, in the one object of a kind and name. */
export function field(
  manifests: readonly Manifest[],
  kind: string,
  name: string,
  path: string,
): unknown {
  const found = manifests.filter((one) => one.kind === kind && one.metadata.name === name);
  assert.equal(found.length, 1, `${found.length} objects ${kind} ${name}`);
  return valueAt(found[0], path.split("."));
}

/** A namespace for components to live in, to be made within `registeredBy`. */
export function testNamespace(
  keepData = false,
  storageClass?: string,
  context?: string,
): Namespace {
  return new Namespace("analytics", {
    name: "analytics",
    stack: "test",
    readyTimeout: "10m",
    clusterDomain: "cluster.local",
    keepData,
    storageClass,
    context,
  });
}

/** A user of Kafka, to be made within `registeredBy`. */
export function testAccount(name: string, tls = false): KafkaAccount {
  return {
    bootstrapServers: "kafka:9092",
    name,
    username: name,
    password: pulumi.secret("not-the-password"),
    mechanism: "scram-sha-512",
    tls,
    authority: tls ? pulumi.output("the authority") : undefined,
    before: [],
    permit: () => assert.fail("it is given no access"),
  };
}

/** What Kafka is made of, to be made within `registeredBy`. */
export function kafkaArgs(kafkaValues: KafkaValues, namespace: Namespace): KafkaArgs {
  const authority = new CertificateAuthority("authority", { commonName: "project/test" });
  return { namespace, values: kafkaValues, authority, secretsGeneration: 1 };
}

/** `type name` of what was registered below a component, sorted. */
export function typesAndNames(registered: readonly Registered[], component: string): string[] {
  return registered
    .filter(({ name }) => name === component || name.startsWith(`${component}-`))
    .map(({ type, name }) => `${type} ${name}`)
    .sort();
}
