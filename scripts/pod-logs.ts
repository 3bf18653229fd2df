import { errorText } from "../resources/error-text";
import { coreApi } from "../resources/kubeconfig";
import type { StackOutputs } from "../verify/outputs";
import { readStackOutputs } from "./stack-outputs";

/** The last lines of each container of the stack's pods, each line led by pod and container. */
async function podLogs({ namespace, context }: StackOutputs): Promise<void> {
  const core = await coreApi({ context });
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
podLogs(outputs).catch((error: unknown) => {
  console.error(errorText(error));
  process.exitCode = 1;
});
