import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  Health,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  PatchStrategy,
  type RequestContext,
} from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { kubeconfigPath } from "../paths";

/** Name of the field manager under which the cluster's own objects are applied. */
const fieldManager = "realtime-analytics-cluster";

/** Ends each call after 10 s: a server that hangs would hold one for minutes. */
class AdminConfig extends KubeConfig {
  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    context.setSignal(AbortSignal.timeout(10_000));
  }
}

/** How the cluster's administrator reaches its API. */
export function adminConfig(): KubeConfig {
  const config = new AdminConfig();
  config.loadFromFile(kubeconfigPath);
  return config;
}

/** Undefined once the API server takes requests. */
export async function apiReady(): Promise<string | undefined> {
  const isReady = await new Health(adminConfig()).readyz({ signal: AbortSignal.timeout(10_000) });
  return isReady ? undefined : "its /readyz says that it is not ready";
}

/** Creates objects, or changes them to what is given, by server-side apply. */
export async function applyAll(objects: readonly KubernetesObject[]): Promise<void> {
  const api = adminConfig().makeApiClient(KubernetesObjectApi);
  const how = [fieldManager, true, PatchStrategy.ServerSideApply] as const;
  for (const object of objects) await api.patch(object, undefined, undefined, ...how);
}

/** The objects of a YAML file beside this one, in which each `$NAME` stands for the value of that name. */
export function objectsOf(
  file: string,
  values: Readonly<Record<string, string>>,
): KubernetesObject[] {
  const text = readFileSync(join(__dirname, file), "utf8").replace(
    /\$([A-Z_]+)/g,
    (name, key: string) => values[key] ?? name,
  );
  return parseAllDocuments(text).map((document) => document.toJS());
}
