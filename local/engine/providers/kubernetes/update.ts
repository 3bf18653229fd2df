import {
  containsUnknown,
  InitializationError,
  mapWithoutSecrets,
  type OperationContext,
  type PropertyMap,
} from "../../provider";
import { annotations, isAnnotationTrue, timeoutMs } from "./annotations";
import { ApiError, NoSuchKindError, UnreachableError } from "./api-error";
import { apply, logWarnings, messageOf } from "./apply";
import { awaiterOf } from "./await/awaiters";
import { type Cluster, NotReadyError, waitUntilReady } from "./await/wait";
import { type CheckpointMarks, fromCheckpoint, marksOf, toCheckpoint } from "./checkpoint";
import type { ClusterConnection } from "./cluster";
import { pathOf, type ResourceType } from "./discovery";
import { isOwnedByCreation, takeOverPatch } from "./field-managers";
import { withIgnoredFields } from "./ignored-fields";
import { normalizeInputs } from "./normalize";
import { gvkOf, idOf, mapsAt, nameOf, namespaceOf } from "./object";
import type { ProviderSettings } from "./settings";

/**
 * Applies the new inputs and waits until the object is ready again. In a preview the server is asked
 * by a dry run. Throws InitializationError when it was changed but is not ready.
 */
export async function updateObject(
  ctx: OperationContext,
  connection: ClusterConnection,
  settings: ProviderSettings,
  oldOutputs: PropertyMap,
  markedInputs: PropertyMap,
  ignored: readonly string[],
): Promise<{ outputs: PropertyMap }> {
  if (ctx.preview && containsUnknown(markedInputs)) return { outputs: markedInputs };
  const inputs = normalizeInputs(mapWithoutSecrets(markedInputs));
  const marks = marksOf(oldOutputs, inputs);
  const old = fromCheckpoint(oldOutputs).live;
  const request = { inputs, marks, old, ignored };
  if (ctx.preview) {
    const live = await previewUpdate(ctx, connection, settings, request);
    return { outputs: live ? toCheckpoint(inputs, live, markedInputs, marks) : markedInputs };
  }

  const cluster = connection.open();
  const { live, previous, type } = await sendUpdate(ctx, cluster, settings, request).catch(
    (error) => {
      throw new Error(`update of resource "${ctx.urn}" failed: ${messageOf(error)}`, {
        cause: error,
      });
    },
  );
  try {
    const awaiter = awaiterOf(live);
    const waits = awaiter && !isAnnotationTrue(inputs, annotations.skipAwait);
    const ready = waits
      ? await waitUntilReady(ctx, cluster, awaiter, type, live, {
          previous,
          timeoutMs: timeoutMs(ctx.timeoutSeconds, inputs),
        })
      : live;
    return { outputs: toCheckpoint(inputs, ready, markedInputs, marks) };
  } catch (error) {
    const seen = error instanceof NotReadyError ? error.object : live;
    const reasons = error instanceof NotReadyError ? error.reasons : [];
    const message = `the Kubernetes API server reported that "${idOf(live)}" failed to fully initialize or become live: ${messageOf(error)}`;
    const outputs = toCheckpoint(inputs, seen, markedInputs, marks);
    throw new InitializationError(idOf(live), outputs, [message, ...reasons]);
  }
}

interface Update {
  inputs: PropertyMap;
  marks: CheckpointMarks;
  /** As the state has it. */
  old: PropertyMap;
  ignored: readonly string[];
}

/** The object as it would be; undefined where the server can't tell. */
async function previewUpdate(
  ctx: OperationContext,
  connection: ClusterConnection,
  settings: ProviderSettings,
  request: Update,
): Promise<PropertyMap | undefined> {
  try {
    return (await sendUpdate(ctx, connection.open(), settings, request)).live;
  } catch (error) {
    const cannotTell =
      error instanceof UnreachableError ||
      error instanceof NoSuchKindError ||
      (error instanceof ApiError && (error.code === 403 || error.isNotFound)) ||
      (!(error instanceof ApiError) && (await connection.unreachable()) !== undefined);
    if (cannotTell) return undefined;
    throw new Error(`update of resource "${ctx.urn}" would fail: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function sendUpdate(
  ctx: OperationContext,
  { client, discovery }: Cluster,
  settings: ProviderSettings,
  { inputs, marks, old, ignored }: Update,
): Promise<{ live: PropertyMap; previous: PropertyMap | undefined; type: ResourceType }> {
  const type = await discovery.resolve(gvkOf(inputs));
  const path = pathOf(type, namespaceOf(old) || namespaceOf(inputs), nameOf(old) || nameOf(inputs));
  let previous = await readIfThere(client, path);
  if (previous === undefined && !ctx.preview) {
    ctx.log("warning", `${idOf(inputs)} was deleted outside of this program: it is made anew`);
  }
  if (previous !== undefined && !ctx.preview) {
    previous = await takeOverFields(client, path, previous, marks.fieldManager);
  }
  const response = await apply(client, path, withIgnoredFields(inputs, previous, marks, ignored), {
    fieldManager: marks.fieldManager,
    force: isForced(settings, inputs, previous, ctx.preview),
    dryRun: ctx.preview,
  });
  logWarnings(ctx, response.warnings);
  return { live: response.body, previous, type };
}

/** A controller may write the object's status between the read and the patch: then both are done again. */
const TAKE_OVER_ATTEMPTS = 5;

/** Makes the object's own field manager the owner of what its creation set; the object as it is then. */
async function takeOverFields(
  client: Cluster["client"],
  path: string,
  found: PropertyMap,
  fieldManager: string,
): Promise<PropertyMap> {
  let live = found;
  for (let attempt = 1; ; attempt++) {
    const body = takeOverPatch(live, fieldManager);
    if (body === undefined) return live;
    try {
      const contentType = "application/json-patch+json";
      return (await client.request({ method: "PATCH", path, contentType, body })).body;
    } catch (error) {
      const wasChanged = error instanceof ApiError && error.isConflict;
      if (!wasChanged || attempt === TAKE_OVER_ATTEMPTS) throw error;
      live = (await client.request({ path })).body;
    }
  }
}

function isForced(
  settings: ProviderSettings,
  inputs: PropertyMap,
  previous: PropertyMap | undefined,
  isPreview: boolean,
): boolean {
  if (settings.enablePatchForce || isAnnotationTrue(inputs, annotations.patchForce)) return true;
  if (previous === undefined) return isPreview;
  // An object from before server-side apply has no managers at all.
  if (mapsAt(previous, "metadata", "managedFields").length === 0) return true;
  return isPreview && isOwnedByCreation(previous);
}

async function readIfThere(client: Cluster["client"], path: string) {
  try {
    return (await client.request({ path })).body;
  } catch (error) {
    if (error instanceof ApiError && error.isNotFound) return undefined;
    throw error;
  }
}
