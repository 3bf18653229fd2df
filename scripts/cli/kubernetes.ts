import { existsSync, readFileSync } from "node:fs";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { parse } from "yaml";
import { z } from "zod";

const stackFileSchema = z.object({
  config: z.object({ "kubernetes:context": z.string().optional() }).nullish(),
});

/** The API of a stack's cluster: that of `kubernetes:context` in its config, or else that of the current context. */
export function coreApiOf(stack: string): CoreV1Api {
  const config = new KubeConfig();
  config.loadFromDefault();
  const file = `Pulumi.${stack}.yaml`;
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const context = stackFileSchema.safeParse(parse(text)).data?.config?.["kubernetes:context"];
  if (context !== undefined) config.setCurrentContext(context);
  return config.makeApiClient(CoreV1Api);
}
