import { parseArgs } from "node:util";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";

/** What of a namespace is still in the cluster: the namespace itself, and volumes that were claimed from it. */
async function leftovers(core: CoreV1Api, namespace: string): Promise<string[]> {
  const namespaces = await core.listNamespace();
  const volumes = await core.listPersistentVolume();
  return [
    ...namespaces.items
      .filter((item) => item.metadata?.name === namespace)
      .map((item) => `namespace ${item.metadata?.name} (${item.status?.phase})`),
    ...volumes.items
      .filter((item) => item.spec?.claimRef?.namespace === namespace)
      .map(
        (item) =>
          `volume ${item.metadata?.name} of ${item.spec?.claimRef?.name} (${item.status?.phase})`,
      ),
  ];
}

/** A released volume goes once the provisioner has emptied it, so an end is waited for, bounded. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      namespace: { type: "string" },
      "timeout-seconds": { type: "string", default: "60" },
    },
  });
  if (values.namespace === undefined) throw new Error("--namespace NAME is needed");
  const config = new KubeConfig();
  config.loadFromDefault();
  const core = config.makeApiClient(CoreV1Api);
  const deadline = Date.now() + Number(values["timeout-seconds"]) * 1000;
  let left = await leftovers(core, values.namespace);
  while (left.length > 0 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    left = await leftovers(core, values.namespace);
  }
  if (left.length > 0) {
    throw new Error(
      `Still there ${values["timeout-seconds"]} s after destroy:\n  ${left.join("\n  ")}`,
    );
  }
  console.log(`Nothing is left: no namespace ${values.namespace}, no volume that it claimed.`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
