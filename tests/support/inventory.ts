/** Compares what exists in the live services with what a stack's state contains. */
import assert from "node:assert/strict";
import { KubernetesObjectApi } from "@kubernetes/client-node";
import type { Kafka } from "kafkajs";
import { z } from "zod";
import { firstInternalUser } from "../../resources/druid/internal-user";
import { fetchAs } from "../../resources/http-login";
import type { ObjectPath } from "../../resources/superset/api";
import { findByUuid, findObjects } from "../../resources/superset/lookup";
import { withSession } from "../../resources/superset/session";
import type { StackOutputs } from "../../verify/outputs";
import { readState, type StateResource } from "./interrupted-run";
import { asNode } from "./kafka";
import { kubeConfig, secretOf } from "./kubernetes";
import { withKafkaClient, withService } from "./stack";

/** Kinds of objects that only the stack makes in its namespace, except for those that the cluster makes itself. */
const kinds = [
  ["v1", "ConfigMap"],
  ["v1", "Secret"],
  ["v1", "Service"],
  ["v1", "ServiceAccount"],
  ["apps/v1", "Deployment"],
  ["apps/v1", "StatefulSet"],
  ["batch/v1", "Job"],
  ["batch/v1", "CronJob"],
  ["networking.k8s.io/v1", "NetworkPolicy"],
  ["policy/v1", "PodDisruptionBudget"],
  ["rbac.authorization.k8s.io/v1", "Role"],
  ["rbac.authorization.k8s.io/v1", "RoleBinding"],
] as const;
const madeByTheCluster = new Set(["ConfigMap kube-root-ca.crt", "ServiceAccount default"]);

/** `Deployment producer`, sorted. */
export async function liveObjects(namespace: string): Promise<string[]> {
  const api = (await kubeConfig()).makeApiClient(KubernetesObjectApi);
  const lists = await Promise.all(
    kinds.map(async ([version, kind]) => {
      const { items } = await api.list(version, kind, namespace);
      return items.map((item) => `${kind} ${item.metadata?.name}`);
    }),
  );
  return lists
    .flat()
    .filter((name) => !madeByTheCluster.has(name))
    .sort();
}

function stateObjects(resources: StateResource[]): string[] {
  const known = new Set<string>(kinds.map(([, kind]) => kind));
  return resources
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ type, id }) => `${type.split(":").at(-1)} ${id.split("/").at(-1)}`)
    .filter((name) => known.has(name.split(" ")[0] ?? ""))
    .sort();
}

const idsOfType = (resources: StateResource[], type: string) =>
  resources.filter((resource) => resource.type.endsWith(type)).map(({ id }) => id);

/** Asserts that the state and the live services have the same objects, each once, and that no operation is pending. */
export async function assertNothingOrphaned(outputs: StackOutputs): Promise<void> {
  const { resources, pending } = readState();
  assert.deepEqual(pending, []);
  assert.deepEqual(
    resources.filter((resource) => resource.delete).map(({ urn }) => urn),
    [],
  );
  const urns = resources.map(({ urn }) => urn);
  assert.equal(new Set(urns).size, urns.length, "a resource stands in the state twice");
  assert.deepEqual(await liveObjects(outputs.namespace), stateObjects(resources));
  assert.deepEqual(await topics(outputs), idsOfType(resources, ":Topic").sort());
  assert.deepEqual(await supervisors(outputs), idsOfType(resources, ":Supervisor").sort());
  await assertSuperset(outputs, resources);
}

/** The topics, without Kafka's internal ones; by a node's certificate, which is there before any user and its output. */
export async function topics(outputs: StackOutputs): Promise<string[]> {
  const list = async (kafka: Kafka) => {
    const admin = kafka.admin();
    await admin.connect();
    try {
      return (await admin.listTopics()).filter((name) => !name.startsWith("__")).sort();
    } finally {
      await admin.disconnect();
    }
  };
  return withKafkaClient(outputs, list, await asNode(outputs));
}

/** The supervisors; by the user of Druid's own processes, which is there before any other and its output. */
export async function supervisors(outputs: StackOutputs): Promise<string[]> {
  const { DRUID_INTERNAL_PASSWORD: druidPassword = "" } = await secretOf(outputs, "druid-secret");
  const internal = { ...outputs, druidUsername: firstInternalUser, druidPassword };
  return withService(internal, "coordinator", async (url) => {
    const response = await fetchAs(`${url}/druid/indexer/v1/supervisor`, {
      signal: AbortSignal.timeout(30_000),
    });
    return z
      .array(z.string())
      .parse(await response.json())
      .sort();
  });
}

async function assertSuperset(outputs: StackOutputs, resources: StateResource[]): Promise<void> {
  const { namespace, services, supersetUsername: username, supersetPassword: password } = outputs;
  const connection = { kubernetes: { ...services.superset, namespace } };
  await withSession({ connection, username, password }, async (session) => {
    for (const path of ["database", "dataset", "chart", "dashboard"] as ObjectPath[]) {
      const wanted = idsOfType(
        resources,
        `superset:${path.replace(/^./, (first) => first.toUpperCase())}`,
      );
      const live = await findObjects(session, path, []);
      const found = await Promise.all(wanted.map((uuid) => findByUuid(session, path, uuid)));
      const ids = found.filter((id) => id !== undefined);
      assert.deepEqual(
        [...ids].sort((a, b) => a - b),
        [...live].sort((a, b) => a - b),
        `Superset's ${path}s are not those of the state (${wanted.length} there)`,
      );
      assert.equal(ids.length, wanted.length, `a ${path} of the state is not in Superset`);
    }
  });
}
