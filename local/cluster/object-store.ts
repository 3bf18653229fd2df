import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { AppsV1Api, type KubernetesObject } from "@kubernetes/client-node";
import { z } from "zod";
import { readIfThere, writePrivate } from "../files";
import { binaryPath, ensureBinary } from "../go";
import { clusterDir } from "../paths";
import { say } from "../program";
import { adminConfig, applyAll, objectsOf } from "./api";
import { versitygw } from "./binaries";
import { ensureBinaryImage } from "./images";
import { waitFor } from "./wait";

/** Its one bucket, which the stack `rehearsal` keeps its segments in. */
export const bucket = "realtime-analytics-rehearsal";

/** Mode 0600. `reset` removes it, with the server's data. */
const keysFile = join(clusterDir, "object-store.json");

const keysSchema = z.object({ accessKeyId: z.string(), secretAccessKey: z.string() });

type Keys = z.infer<typeof keysSchema>;

/** Starts an S3 server in the running cluster, for stacks that keep their segments in one, and says where the keys are. */
export async function startObjectStore(): Promise<void> {
  await ensureBinary(versitygw);
  const image = await ensureBinaryImage(binaryPath(versitygw));
  await applyAll(objectStore(image, objectStoreKeys()));
  await waitFor("the S3 server", 120_000, async () => {
    const deployments = adminConfig().makeApiClient(AppsV1Api);
    const which = { namespace: "object-store", name: "s3" };
    const { status } = await deployments.readNamespacedDeployment(which);
    return status?.readyReplicas ? undefined : "its pod is not ready";
  });
  say(`http://s3.object-store.svc.cluster.local:7070 has the bucket ${bucket}; keys: ${keysFile}`);
}

/** The objects of object-store.yaml. */
export function objectStore(image: string, keys: Keys): KubernetesObject[] {
  const { accessKeyId, secretAccessKey } = keys;
  return objectsOf("object-store.yaml", {
    ...{ IMAGE: image, BUCKET: bucket },
    ...{ ACCESS_KEY_ID: accessKeyId, SECRET_ACCESS_KEY: secretAccessKey },
  });
}

/** The server's keys, which are made once. */
export function objectStoreKeys(): Keys {
  const text = readIfThere(keysFile);
  if (text !== undefined) return keysSchema.parse(JSON.parse(text));
  const random = (bytes: number) => randomBytes(bytes).toString("hex");
  const keys = { accessKeyId: random(10), secretAccessKey: random(24) };
  writePrivate(keysFile, JSON.stringify(keys));
  return keys;
}
