import {
  InitializationError,
  mapWithoutSecrets,
  type OperationContext,
  type PropertyMap,
} from "../../provider";
import { annotations, isAnnotationTrue } from "./annotations";
import { ApiError, NoSuchKindError } from "./api-error";
import { messageOf } from "./apply";
import { awaiterOf } from "./await/awaiters";
import { type Cluster, judgeReadiness, NotReadyError } from "./await/wait";
import { fromCheckpoint, marksOf, toCheckpoint } from "./checkpoint";
import type { ClusterConnection } from "./cluster";
import { pathOf } from "./discovery";
import { normalizeInputs } from "./normalize";
import { apiVersionOf, gvkOf, gvkOfToken, idOf, parseId, withoutValueAt } from "./object";
import { pruneToShape } from "./prune";
import { withSecrecyOf } from "./secrecy";
import type { ProviderSettings } from "./settings";

/**
 * Reads an object back. Its inputs are what is live of the fields that the program set, so that
 * what was changed outside shows as a change of inputs. Undefined when the object is gone. Throws
 * InitializationError when it is there but not ready.
 */
export async function readObject(
  ctx: OperationContext,
  connection: ClusterConnection,
  settings: ProviderSettings,
  id: string,
  markedInputs: PropertyMap,
  outputs: PropertyMap,
): Promise<{ id: string; inputs: PropertyMap; outputs: PropertyMap } | undefined> {
  const unreachable = await connection.unreachable();
  if (unreachable) return readUnreachable(ctx, settings, unreachable);
  const cluster = connection.open();
  const olds = normalizeInputs(mapWithoutSecrets(markedInputs));
  const live = await readLive(ctx, cluster, id, olds, fromCheckpoint(outputs).live);
  if (live === undefined) return undefined;

  const isImport = Object.keys(olds).length === 0;
  const inputs = isImport ? importedInputs(live) : pruneToShape(live, olds);
  const state = toCheckpoint(inputs, live, markedInputs, marksOf(outputs, olds));
  const result = {
    id: id || idOf(live),
    inputs: withSecrecyOf(inputs, markedInputs),
    outputs: state,
  };
  const awaiter = awaiterOf(live);
  const isJudged = awaiter?.onRead && !isImport && !isAnnotationTrue(olds, annotations.skipAwait);
  if (!isJudged) return result;
  try {
    await judgeReadiness(ctx, cluster, awaiter, live);
    return result;
  } catch (error) {
    const reasons = error instanceof NotReadyError ? error.reasons : [];
    throw new InitializationError(
      result.id,
      result.outputs,
      [messageOf(error), ...reasons],
      result.inputs,
    );
  }
}

function readUnreachable(
  ctx: OperationContext,
  settings: ProviderSettings,
  unreachable: Error,
): undefined {
  if (!settings.deleteUnreachable) {
    throw new Error(
      `${unreachable.message} If the cluster is gone for good, run again with PULUMI_K8S_DELETE_UNREACHABLE=true to forget what it held`,
      { cause: unreachable },
    );
  }
  ctx.log("warning", `${unreachable.message} It is forgotten, as deleteUnreachable says`);
  return undefined;
}

async function readLive(
  ctx: OperationContext,
  { client, discovery }: Cluster,
  id: string,
  inputs: PropertyMap,
  oldLive: PropertyMap,
): Promise<PropertyMap | undefined> {
  const known = [inputs, oldLive].find((object) => object.kind !== undefined);
  const { namespace, name } = parseId(id);
  try {
    const type = await discovery.resolve(known ? gvkOf(known) : gvkOfToken(ctx.type));
    const scope = type.namespaced && namespace === "" ? "default" : namespace;
    const { body } = await client.request({ path: pathOf(type, scope, name) });
    return { apiVersion: apiVersionOf(type.gvk), kind: type.gvk.kind, ...body };
  } catch (error) {
    const isGone =
      error instanceof NoSuchKindError || (error instanceof ApiError && error.isNotFound);
    if (isGone) return undefined;
    throw error;
  }
}

/** An object that the program has not set yet: all but what the server alone sets. */
function importedInputs(live: PropertyMap): PropertyMap {
  const { status: _, ...rest } = normalizeInputs(live);
  return [
    "deployment.kubernetes.io/revision",
    "kubectl.kubernetes.io/last-applied-configuration",
  ].reduce((object, key) => withoutValueAt(object, ["metadata", "annotations", key]), rest);
}
