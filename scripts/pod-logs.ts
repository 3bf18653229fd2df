import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { errorText } from "../resources/error-text";
import { readStackOutputs } from "./stack-outputs";

/** The last lines of each container of the stack's pods, each line led by pod and container. */
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
        .catch((error: unknown) => `(no log: ${errorText(error)})`);
      console.log(log);
    }
  }
}

const { outputs } = readStackOutputs(process.argv.slice(2));
podLogs(outputs.namespace, outputs.context).catch((error: unknown) => {
  console.error(errorText(error));
  process.exitCode = 1;
});
