import type { OperationContext, PropertyMap } from "../../provider";
import { deletionPropagation, skipsAwaitOnDelete, timeoutMs } from "./annotations";
import { ApiError, NoSuchKindError } from "./api-error";
import { waitUntilGone } from "./await/deletion";
import { fromCheckpoint } from "./checkpoint";
import type { ClusterConnection } from "./cluster";
import { pathOf } from "./discovery";
import { gvkOf, gvkOfToken, namespaceOf, parseId } from "./object";
import type { ProviderSettings } from "./settings";

/**
 * Deletes an object and waits until it is gone, and with it what it owns. An object or a kind that
 * is not there is a success.
 */
export async function deleteObject(
  ctx: OperationContext,
  connection: ClusterConnection,
  settings: ProviderSettings,
  id: string,
  outputs: PropertyMap,
): Promise<void> {
  const unreachable = await connection.unreachable();
  if (unreachable) {
    if (!settings.deleteUnreachable) {
      throw new Error(
        `${unreachable.message} If the cluster is gone for good, run again with PULUMI_K8S_DELETE_UNREACHABLE=true to forget what it held`,
        { cause: unreachable },
      );
    }
    ctx.log("warning", `${unreachable.message} It is forgotten, as deleteUnreachable says`);
    return;
  }
  const cluster = connection.open();
  const { inputs, live } = fromCheckpoint(outputs);
  const { namespace, name } = parseId(id);
  try {
    const gvk = live.kind === undefined ? gvkOfToken(ctx.type) : gvkOf(live);
    const type = await cluster.discovery.resolve(gvk);
    const path = pathOf(type, namespaceOf(live) || namespace, name);
    await cluster.client.request({
      method: "DELETE",
      path,
      body: {
        apiVersion: "v1",
        kind: "DeleteOptions",
        propagationPolicy: deletionPropagation(inputs),
      },
    });
    if (skipsAwaitOnDelete(inputs)) return;
    const target = { ...live, metadata: { name, namespace, ...metadataOf(live) } };
    await waitUntilGone(ctx, cluster, type, target, timeoutMs(ctx.timeoutSeconds, inputs));
  } catch (error) {
    const isGone =
      error instanceof NoSuchKindError || (error instanceof ApiError && error.isNotFound);
    if (isGone) return;
    throw error;
  }
}

function metadataOf(live: PropertyMap): PropertyMap {
  const { metadata } = live;
  return typeof metadata === "object" && metadata !== null ? (metadata as PropertyMap) : {};
}
