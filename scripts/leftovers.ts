import { parseArgs } from "node:util";
import type { CoreV1Api } from "@kubernetes/client-node";
import { errorText } from "../resources/error-text";
import { coreApi } from "../resources/kubeconfig";
import { poll } from "../resources/poll";

interface Found {
  /** Objects that should have been deleted. */
  readonly left: string[];
  /** Objects that the stack keeps. */
  readonly kept: string[];
}

/** Finds the namespace, its volumes and, if the stack keeps data, also its pods, Services and Secrets. */
async function findLeftovers(core: CoreV1Api, namespace: string, keeps: boolean): Promise<Found> {
  const namespaces = await core.listNamespace();
  const volumes = await core.listPersistentVolume();
  const held = [
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
  if (!keeps) return { left: held, kept: [] };
  const pods = await core.listNamespacedPod({ namespace });
  const services = await core.listNamespacedService({ namespace });
  const secrets = await core.listNamespacedSecret({ namespace });
  return {
    left: [
      ...pods.items.map((item) => `pod ${item.metadata?.name} (${item.status?.phase})`),
      ...services.items.map((item) => `service ${item.metadata?.name}`),
    ],
    kept: [...held, ...secrets.items.map((item) => `secret ${item.metadata?.name}`)],
  };
}

/** Waits, up to `--timeout-seconds`, until nothing is left: the provisioner empties a released volume before it deletes it. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      namespace: { type: "string" },
      // The stack keeps its data: the namespace and the volumes must stay.
      keep: { type: "boolean", default: false },
      "timeout-seconds": { type: "string", default: "60" },
    },
  });
  const { namespace, keep } = values;
  if (namespace === undefined) throw new Error("--namespace NAME is needed");
  const core = await coreApi();
  const seconds = Number(values["timeout-seconds"]);
  const failure = (last: string) => new Error(`Still there ${seconds} s after destroy:\n  ${last}`);
  const { kept } = await poll({ timeoutMs: seconds * 1_000, failure }, async (report) => {
    const found = await findLeftovers(core, namespace, keep);
    return found.left.length === 0 ? found : report(found.left.join("\n  "));
  });
  if (!keep) {
    console.log(`Nothing is left: no namespace ${namespace}, no volume that it claimed.`);
    return;
  }
  console.log(
    `Kept, as dataOnDestroy says. The next \`make up\` finds it again:\n  ${kept.join("\n  ")}\n` +
      "To remove it: set dataOnDestroy to delete, `make up`, `make down`; or delete the namespace.",
  );
}

main().catch((error: unknown) => {
  console.error(errorText(error));
  process.exitCode = 1;
});
