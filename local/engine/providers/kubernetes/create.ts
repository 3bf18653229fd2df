import { setTimeout as delay } from "node:timers/promises";
import {
  containsUnknown,
  InitializationError,
  mapWithoutSecrets,
  type OperationContext,
  type PropertyMap,
} from "../../provider";
import { findOwnCreation } from "./adoption";
import { annotations, isAnnotationTrue, timeoutMs } from "./annotations";
import { ApiError, NoSuchKindError, UnreachableError } from "./api-error";
import { apply, logWarnings, messageOf } from "./apply";
import { awaiterOf } from "./await/awaiters";
import { type Cluster, NotReadyError, waitUntilReady } from "./await/wait";
import { toCheckpoint } from "./checkpoint";
import type { ClusterConnection } from "./cluster";
import { pathOf, type ResourceType } from "./discovery";
import { creationManager } from "./field-managers";
import { newFieldManager } from "./naming";
import { annotationOf, describe, gvkOf, idOf, nameOf, namespaceOf, textAt } from "./object";
import type { ProviderSettings } from "./settings";

/** A namespace or a definition made a moment ago may not be known yet: 1, 2, 4, 8, 16 s. */
const maxRetries = 5;

/**
 * Creates an object and waits until it is ready. In a preview the server is asked by a dry run,
 * unless something is still unknown. Throws InitializationError when it exists but is not ready.
 */
export async function createObject(
  ctx: OperationContext,
  connection: ClusterConnection,
  settings: ProviderSettings,
  markedInputs: PropertyMap,
): Promise<{ id: string; outputs: PropertyMap }> {
  if (ctx.preview && containsUnknown(markedInputs)) return { id: "", outputs: markedInputs };
  const inputs = mapWithoutSecrets(markedInputs);
  const marks = {
    initialApiVersion: textAt(inputs, "apiVersion") ?? "",
    fieldManager: annotationOf(inputs, annotations.patchFieldManager) ?? newFieldManager(),
  };
  const request = { inputs, fieldManager: marks.fieldManager };
  if (ctx.preview) {
    const live = await previewCreation(ctx, connection, settings, request);
    if (live === undefined) return { id: "", outputs: markedInputs };
    const { status: _, ...rest } = live;
    return { id: "", outputs: toCheckpoint(inputs, rest, markedInputs, marks) };
  }

  const cluster = connection.open();
  const { live, type } = await sendCreation(ctx, cluster, settings, request).catch((error) => {
    throw new Error(
      `resource "${ctx.urn}" was not successfully created by the Kubernetes API server: ${creationErrorText(error)}`,
      { cause: error },
    );
  });
  const id = idOf(live);
  try {
    const ready = await waitForCreation(ctx, cluster, type, inputs, live);
    return { id, outputs: toCheckpoint(inputs, ready, markedInputs, marks) };
  } catch (error) {
    const seen = error instanceof NotReadyError ? error.object : live;
    const reasons = error instanceof NotReadyError ? error.reasons : [];
    const message = `resource "${ctx.urn}" was successfully created, but the Kubernetes API server reported that it failed to fully initialize or become live: ${messageOf(error)}`;
    const outputs = toCheckpoint(inputs, seen, markedInputs, marks);
    throw new InitializationError(id, outputs, [message, ...reasons]);
  }
}

interface Creation {
  inputs: PropertyMap;
  fieldManager: string;
}

/** The object as it would be; undefined where the server can't tell yet. */
async function previewCreation(
  ctx: OperationContext,
  connection: ClusterConnection,
  settings: ProviderSettings,
  request: Creation,
): Promise<PropertyMap | undefined> {
  try {
    const { live } = await sendCreation(ctx, connection.open(), settings, request);
    return live;
  } catch (error) {
    if (error instanceof ApiError) {
      const isNoAnswer =
        error.isAlreadyExists || error.isNotFound || error.code === 403 || isNoDryRun(error);
      if (isNoAnswer) return undefined;
      throw new Error(
        `resource "${ctx.urn}" would not be created by the Kubernetes API server: ${messageOf(error)}`,
        { cause: error },
      );
    }
    const isUnreachable = error instanceof UnreachableError || (await connection.unreachable());
    if (isUnreachable || error instanceof NoSuchKindError) return undefined;
    throw error;
  }
}

function isNoDryRun(error: ApiError): boolean {
  return error.code === 400 && /does not support dry run|dryRun .* disabled/.test(error.message);
}

async function sendCreation(
  ctx: OperationContext,
  cluster: Cluster,
  settings: ProviderSettings,
  request: Creation,
): Promise<{ live: PropertyMap; type: ResourceType }> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await createOnce(ctx, cluster, settings, request);
    } catch (error) {
      const answer = error instanceof ApiError ? error.answer : messageOf(error);
      ctx.status(`Retry #${attempt}; creation failed: ${answer}`);
      if (error instanceof ApiError && error.isAlreadyExists && !ctx.preview) {
        const adopted = await findOwnCreation(cluster, request.inputs);
        if (!adopted) throw error;
        ctx.log(
          "info",
          `${describe(adopted.live)} was made by a run that was cut short: it is taken over`,
        );
        return adopted;
      }
      const isTooEarly =
        error instanceof NoSuchKindError || (error instanceof ApiError && error.isNotFound);
      if (!isTooEarly || ctx.preview || attempt >= maxRetries || ctx.signal.aborted) throw error;
      await delay(1000 * 2 ** attempt, undefined, { signal: ctx.signal });
    }
  }
}

async function createOnce(
  ctx: OperationContext,
  { client, discovery }: Cluster,
  settings: ProviderSettings,
  { inputs, fieldManager }: Creation,
): Promise<{ live: PropertyMap; type: ResourceType }> {
  const type = await discovery.resolve(gvkOf(inputs));
  const dryRun = ctx.preview ? "All" : undefined;
  const response = settings.upsertExistingObjects
    ? await apply(client, pathOf(type, namespaceOf(inputs), nameOf(inputs)), inputs, {
        fieldManager,
        force:
          ctx.preview ||
          settings.enablePatchForce ||
          isAnnotationTrue(inputs, annotations.patchForce),
        dryRun: ctx.preview,
      })
    : await client.request({
        method: "POST",
        path: pathOf(type, namespaceOf(inputs)),
        query: { fieldManager: creationManager, fieldValidation: "Warn", dryRun },
        body: inputs,
      });
  logWarnings(ctx, response.warnings);
  ctx.status("");
  return { live: response.body, type };
}

async function waitForCreation(
  ctx: OperationContext,
  cluster: Cluster,
  type: ResourceType,
  inputs: PropertyMap,
  live: PropertyMap,
): Promise<PropertyMap> {
  const awaiter = awaiterOf(live);
  if (!awaiter || isAnnotationTrue(inputs, annotations.skipAwait)) return live;
  return waitUntilReady(ctx, cluster, awaiter, type, live, {
    timeoutMs: timeoutMs(ctx.timeoutSeconds, inputs),
  });
}

function creationErrorText(error: unknown): string {
  if (!(error instanceof ApiError) || !error.isAlreadyExists) return messageOf(error);
  return `${messageOf(error)}. An object of this name is there already, and is not in this stack's state: was it renamed in the program (give the resource an alias), or made by hand (delete it, or import it with the Pulumi CLI)?`;
}
