import { existsSync } from "node:fs";
import { dockerSocket, kubeconfigPath, nodeAddress, registryAddress } from "../paths";
import { apiReady } from "./api";
import { layout, ports } from "./layout";
import { freshNode } from "./readiness";
import { programStates } from "./supervisor";

/** Prints what runs. Returns whether all of it does. */
export async function printStatus(): Promise<boolean> {
  const states = await programStates();
  if (states.length === 0) {
    console.log("The embedded cluster is stopped.");
    return false;
  }
  for (const { name, state, detail } of states) {
    console.log(`${name.padEnd(26)} ${state.padEnd(9)} ${detail}`);
  }
  const node = await Promise.all([apiReady(), freshNode(0)]).then(
    (problems) => problems.find((problem) => problem !== undefined) ?? "Ready",
    ({ message }: Error) => `unknown: ${message}`,
  );
  console.log(`node                       ${node}
API server                 https://${nodeAddress}:${ports.apiServer}
kubeconfig                 ${existsSync(kubeconfigPath) ? kubeconfigPath : "none yet"}
Docker engine              unix://${dockerSocket}
registry                   http://${registryAddress}
logs                       ${layout.logs}`);
  return node === "Ready" && states.every(({ state }) => state === "RUNNING");
}
