import { openHttp } from "../resources/connection";
import type { Login } from "../resources/http-login";
import { coreApi } from "../resources/kubeconfig";
import { openSession, type Session } from "../resources/superset/api";
import { Druid } from "./druid";
import { describe, onLink } from "./link";
import { druidLogin, kafkaOf, type StackOutputs, supersetLogin, targetOf } from "./outputs";
import { type KafkaProbe, openKafkaProbe } from "./topic";

/** The stack's services, reached through the API server's port-forward. */
export interface StackAccess {
  readonly kafka: KafkaProbe;
  readonly druid: Druid;
  /** Logs in to Superset, and returns the session. */
  superset(): Promise<Session>;
}

/**
 * Opens port-forwards to all services, runs `use`, and closes them in any case.
 *
 * @throws BrokenLink if a service can't be reached; Error if the cluster can't
 */
export async function withStack<T>(
  outputs: StackOutputs,
  use: (stack: StackAccess) => Promise<T>,
): Promise<T> {
  await requireCluster(outputs);
  const closers: (() => Promise<void>)[] = [];
  const open = async (name: "druid" | "superset", login?: Login) => {
    const http = await openHttp({ kubernetes: targetOf(outputs, name) }, { login });
    closers.push(http.close);
    return http.url;
  };
  try {
    const kafka = await onLink("producer → Kafka", () => openKafkaProbe(kafkaOf(outputs)));
    closers.push(kafka.close);
    const druid = await onLink(
      "Kafka → Druid",
      async () => new Druid(await open("druid", druidLogin(outputs))),
    );
    const superset = () =>
      onLink("Druid → Superset", async () =>
        openSession(await open("superset"), supersetLogin(outputs)),
      );
    return await use({ kafka, druid, superset });
  } finally {
    await Promise.allSettled(closers.map((close) => close()));
  }
}

/** @throws Error if the cluster can't be reached, which is not the fault of a link */
async function requireCluster({ namespace, context }: StackOutputs): Promise<void> {
  try {
    await (await coreApi({ context })).listNamespacedPod({ namespace, limit: 1 });
  } catch (error) {
    const where = process.env.KUBECONFIG ?? "~/.kube/config";
    throw new Error(
      `cannot list the pods of namespace ${namespace} through ${where}: ${describe(error)}. Is the cluster up (\`make status\`), and KUBECONFIG that of the stack?`,
      { cause: error },
    );
  }
}
