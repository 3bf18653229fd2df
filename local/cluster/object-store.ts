import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { readIfThere, writePrivate } from "../files";
import { binaryPath, ensureBinary, isCompiled, versionOf } from "../go";
import { clusterDir } from "../paths";
import { say } from "../program";
import { apply, getJson, type KubernetesObject } from "./api";
import { versitygw } from "./binaries";
import { binaryImageName, ensureBinaryImage } from "./images";
import { waitFor } from "./wait";

/** Its one bucket, which the stack `rehearsal` keeps its segments in. */
export const bucket = "realtime-analytics-rehearsal";

/** Mode 0600. `reset` removes it, with the server's data. */
const keysFile = join(clusterDir, "object-store.json");

const keysSchema = z.object({ accessKeyId: z.string(), secretAccessKey: z.string() });

type Keys = z.infer<typeof keysSchema>;

const deployment = z.object({ status: z.object({ readyReplicas: z.number().default(0) }) });

/** Starts an S3 server in the running cluster, for stacks that keep their segments in one, and says where the keys are. */
export async function startObjectStore(): Promise<void> {
  if (!isCompiled(versitygw)) {
    say(`compile ${versitygw.name} ${versionOf(versitygw)}`);
    await ensureBinary(versitygw);
  }
  await ensureBinaryImage(binaryPath(versitygw));
  const image = binaryImageName(binaryPath(versitygw));
  for (const object of objectStore(image, objectStoreKeys())) await apply(object);
  await waitFor("the S3 server", 120_000, async () => {
    const path = "/apis/apps/v1/namespaces/object-store/deployments/s3";
    const { readyReplicas } = deployment.parse(await getJson(path)).status;
    return readyReplicas > 0 ? undefined : "its pod is not ready";
  });
  say(`http://s3.object-store.svc.cluster.local:7070 has the bucket ${bucket}; keys: ${keysFile}`);
}

/** The objects of object-store.yaml. */
export function objectStore(image: string, keys: Keys): KubernetesObject[] {
  const text = readFileSync(join(__dirname, "object-store.yaml"), "utf8")
    .replace("$IMAGE", image)
    .replaceAll("$BUCKET", bucket)
    .replace("$ACCESS_KEY_ID", keys.accessKeyId)
    .replace("$SECRET_ACCESS_KEY", keys.secretAccessKey);
  return [...parseAllDocuments(text)].map((document) => document.toJS());
}

/** The server's keys, which are made once. */
export function objectStoreKeys(): Keys {
  const text = readIfThere(keysFile);
  if (text !== undefined) return keysSchema.parse(JSON.parse(text));
  const [accessKeyId = "", secretAccessKey = ""] = [10, 24].map((n) =>
    randomBytes(n).toString("hex"),
  );
  writePrivate(keysFile, JSON.stringify({ accessKeyId, secretAccessKey }));
  return { accessKeyId, secretAccessKey };
}
