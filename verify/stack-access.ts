import { openHttp } from "../resources/connection";
import { coreApi } from "../resources/kubeconfig";
import { openSession, type Session } from "../resources/superset/api";
import { Druid } from "./druid";
import { describe, onLink } from "./link";
import { type StackOutputs, targetOf } from "./outputs";
import { type KafkaProbe, openKafkaProbe } from "./topic";

/** The stack's services, reached through the API server's port-forward. */
export interface StackAccess {
  readonly kafka: KafkaProbe;
  readonly druid: Druid;
  /** Logs in to Superset. */
  superset(): Promise<Session>;
}

/**
 * Opens the way to all services, uses them, and closes what was opened, whatever came of it.
 *
 * @throws BrokenLink for a service that can't be reached; Error when it is the cluster itself
 */
export async function withStack<T>(
  outputs: StackOutputs,
  use: (stack: StackAccess) => Promise<T>,
): Promise<T> {
  await requireCluster(outputs);
  const closers: (() => Promise<void>)[] = [];
  const open = async (name: "druid" | "superset") => {
    const http = await openHttp({ kubernetes: targetOf(outputs, name) });
    closers.push(http.close);
    return http.url;
  };
  try {
    const kafka = await onLink("producer → Kafka", () =>
      openKafkaProbe({ kubernetes: targetOf(outputs, "kafka") }),
    );
    closers.push(kafka.close);
    const druid = await onLink("Kafka → Druid", async () => new Druid(await open("druid")));
    const superset = () =>
      onLink("Druid → Superset", async () =>
        openSession(await open("superset"), {
          username: outputs.supersetUsername,
          password: outputs.supersetPassword,
        }),
      );
    return await use({ kafka, druid, superset });
  } finally {
    await Promise.allSettled(closers.map((close) => close()));
  }
}

/** Tells a cluster that can't be reached from a link that is broken. */
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
