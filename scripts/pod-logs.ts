import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { readStackOutputs } from "./stack-outputs";

/** Prints the last lines of each container of the stack's pods. Each line begins with the pod and the container. */
async function podLogs(namespace: string, context: string | undefined): Promise<void> {
  const config = new KubeConfig();
  config.loadFromDefault();
  if (context !== undefined) config.setCurrentContext(context);
  const core = config.makeApiClient(CoreV1Api);
  const pods = await core.listNamespacedPod({ namespace });
  for (const pod of pods.items) {
    const name = pod.metadata?.name ?? "";
    for (const { name: container, restartCount, ready } of pod.status?.containerStatuses ?? []) {
      console.log(`--- ${name}/${container}: ready ${ready}, restarts ${restartCount}`);
      const log = await core
        .readNamespacedPodLog({ namespace, name, container, tailLines: 50 })
        .catch((error: unknown) => `(no log: ${error instanceof Error ? error.message : error})`);
      console.log(log);
    }
  }
}

const { outputs } = readStackOutputs(process.argv.slice(2));
podLogs(outputs.namespace, outputs.context).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
