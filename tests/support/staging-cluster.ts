import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { V1Pod } from "@kubernetes/client-node";
import { objectStoreKeys } from "../../local/cluster/object-store";
import { parseOutputs, type StackOutputs } from "../../verify/outputs";
import { EditedFile } from "./edited-file";
import { coreApi, unlessMissing } from "./kubernetes";
import { make, mustMake } from "./stack";

/** A small copy of staging's topology. */
export const rehearsal = { STACK: "rehearsal" };

const root = join(__dirname, "../..");
const stackFile = new EditedFile("Pulumi.rehearsal.yaml");

/** Starts the S3 server, gives the rehearsal its keys, and stands the rehearsal up. */
export async function standUpRehearsal(): Promise<StackOutputs> {
  execFileSync("node", ["--import", "tsx", "local/cluster/main.ts", "object-store"], {
    ...{ cwd: root, stdio: "inherit", timeout: 900_000 },
  });
  const { accessKeyId, secretAccessKey } = objectStoreKeys();
  setSecret("druidS3AccessKeyId", accessKeyId);
  setSecret("druidS3SecretAccessKey", secretAccessKey);
  await mustMake("up", rehearsal);
  return readRehearsal();
}

/** Removes what `standUpRehearsal` made and is left. */
export async function removeRehearsal(): Promise<void> {
  await make("down", rehearsal);
  stackFile.putBack();
}

/** Removes the S3 server with its data, while the cluster runs. */
export async function removeObjectStore(): Promise<void> {
  await unlessMissing((await coreApi()).deleteNamespace({ name: "object-store" }));
}

/** The key is on standard input, as it must not be seen in the list of processes. */
function setSecret(key: string, value: string): void {
  const args = ["config", "set", "--secret", key];
  execFileSync("scripts/pulumi", args, {
    ...{ cwd: root, input: value, timeout: 120_000, stdio: ["pipe", "inherit", "inherit"] },
    env: { ...process.env, ...rehearsal },
  });
}

/** The rehearsal's outputs, with secrets. It also sets KUBECONFIG of this process to its cluster. */
export async function readRehearsal(): Promise<StackOutputs> {
  process.env.KUBECONFIG = (await mustMake("kubeconfig", rehearsal)).stdout.trim();
  const { stdout } = await mustMake("outputs", { ...rehearsal, SHOW_SECRETS: "1" });
  return parseOutputs(stdout);
}

/** The pods of one service of the stack, such as `kafka`, by name. */
export async function podsOf(outputs: StackOutputs, service: string): Promise<V1Pod[]> {
  const { items } = await (await coreApi()).listNamespacedPod({
    namespace: outputs.namespace,
    labelSelector: `app.kubernetes.io/name=${service}`,
  });
  return items.sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
}

export const nameOf = (pod: V1Pod): string => pod.metadata?.name ?? "";
export const idOf = (pod: V1Pod): string => pod.metadata?.uid ?? "";

export function isReady(pod: V1Pod): boolean {
  return (
    pod.metadata?.deletionTimestamp === undefined &&
    pod.status?.conditions?.find(({ type }) => type === "Ready")?.status === "True"
  );
}

/** The whole log of a pod. */
export async function logOf(outputs: StackOutputs, pod: V1Pod): Promise<string> {
  return (await coreApi()).readNamespacedPodLog({
    namespace: outputs.namespace,
    name: nameOf(pod),
  });
}

/** Adds lines to a values file of the rehearsal while `use` runs, so that the next `up` restarts the pods one by one. */
export async function withValues<T>(
  service: string,
  lines: string,
  use: () => Promise<T>,
): Promise<T> {
  const file = join(__dirname, "../../charts-values", `${service}.rehearsal.yaml`);
  // A killed run may have left its lines, which are removed first.
  const before = readFileSync(file, "utf8").replace(`${lines}\n`, "");
  writeFileSync(file, `${before}${lines}\n`);
  try {
    return await use();
  } finally {
    writeFileSync(file, before);
  }
}

/** Repeats `look`, with a pause of `pauseMs`, until `stop` is called. `stop` throws the error of a failed look. */
export function watch(look: () => Promise<void>, pauseMs: number): { stop(): Promise<void> } {
  let stopped = false;
  const run = async () => {
    while (!stopped) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  };
  const ended = run();
  // stop() reports it; before that it must not be an unhandled rejection.
  ended.catch(() => {});
  return {
    stop: () => {
      stopped = true;
      return ended;
    },
  };
}
