import { existsSync, readFileSync } from "node:fs";
import type { CoreV1Api } from "@kubernetes/client-node";
import { parse } from "yaml";
import { z } from "zod";
import { coreApi } from "../../resources/kubeconfig";

const stackFileSchema = z.object({
  config: z.object({ "kubernetes:context": z.string().optional() }).nullish(),
});

/** The API of the cluster that a stack is on: of its config's `kubernetes:context`, else of the current context. */
export async function coreApiOf(stack: string): Promise<CoreV1Api> {
  const file = `Pulumi.${stack}.yaml`;
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const context = stackFileSchema.safeParse(parse(text)).data?.config?.["kubernetes:context"];
  return coreApi({ context });
}
