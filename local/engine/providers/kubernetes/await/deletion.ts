import type { OperationContext, PropertyMap } from "../../../provider";
import { ApiError } from "../api-error";
import { pathOf, type ResourceType } from "../discovery";
import { describe, mapsAt, nameOf, namespaceOf, textAt, valueAt } from "../object";
import { ChangeSignal } from "./change-signal";
import type { Cluster } from "./wait";

/** The time is over, and the object is still there. */
export class NotDeletedError extends Error {
  constructor(
    message: string,
    readonly object: PropertyMap,
  ) {
    super(message);
    this.name = "NotDeletedError";
  }
}

/**
 * Waits until an object is gone, or another of its name has taken its place. Throws NotDeletedError
 * after `timeoutMs`, naming the finalizers and what a namespace still holds.
 */
export async function waitUntilGone(
  ctx: OperationContext,
  cluster: Cluster,
  type: ResourceType,
  live: PropertyMap,
  timeoutMs: number,
): Promise<void> {
  const path = pathOf(type, namespaceOf(live), nameOf(live));
  const uid = textAt(live, "metadata", "uid");
  let current = await readIfThere(cluster, path, uid);
  if (current === undefined) return;
  ctx.status(statusText(current));
  const changes = new ChangeSignal();
  const watched = await cluster.informers.watch(type, namespaceOf(live), changes.notify);
  const deadline = Date.now() + timeoutMs;
  let shown = statusText(current);
  let isQuiet = false;
  try {
    for (;;) {
      const found = watched
        .objects()
        .find((item) => textAt(item, "metadata", "uid") === textAt(current, "metadata", "uid"));
      if (found === undefined || isQuiet) {
        // The watch may be older than the first reading, or have missed the end: the server knows.
        const again = await readIfThere(cluster, path, uid);
        if (again === undefined) break;
        current = again;
      } else {
        current = found;
      }
      const text = statusText(current);
      if (text !== shown) ctx.status(text);
      shown = text;
      const remaining = deadline - Date.now();
      if (remaining <= 0 || ctx.signal.aborted) throw notDeleted(current, timeoutMs, ctx.signal);
      isQuiet = !(await changes.next(Math.min(remaining, 5000), ctx.signal));
    }
    ctx.status("");
  } finally {
    watched.release();
  }
}

/** Undefined when there is none, or another object bears the name. */
async function readIfThere(
  { client }: Cluster,
  path: string,
  uid: string | undefined,
): Promise<PropertyMap | undefined> {
  try {
    const { body } = await client.request({ path });
    return uid === undefined || textAt(body, "metadata", "uid") === uid ? body : undefined;
  } catch (error) {
    if (error instanceof ApiError && error.isNotFound) return undefined;
    throw error;
  }
}

function statusText(object: PropertyMap): string {
  if (valueAt(object, "metadata", "deletionTimestamp") === undefined) return "";
  const remaining = remainders(object);
  return remaining.length > 0 ? remaining.join("; ") : "Resource scheduled for deletion";
}

/** A namespace tells in its conditions what it still holds. */
function remainders(object: PropertyMap): string[] {
  return mapsAt(object, "status", "conditions")
    .filter((condition) => condition.status === "True")
    .filter((condition) => /Remaining|Failure/.test(textAt(condition, "type") ?? ""))
    .flatMap((condition) => textAt(condition, "message") ?? []);
}

function notDeleted(object: PropertyMap, timeoutMs: number, signal: AbortSignal): NotDeletedError {
  const list = valueAt(object, "metadata", "finalizers");
  const finalizers = Array.isArray(list) && list.length > 0 ? list.join(", ") : "none";
  const details = remainders(object);
  const why = signal.aborted
    ? "the wait for its deletion was cancelled"
    : `is still there ${Math.round(timeoutMs / 1000)} s after it was deleted`;
  return new NotDeletedError(
    `${describe(object)}: ${why}; its finalizers: ${finalizers}${details.length > 0 ? `; ${details.join("; ")}` : ""}`,
    object,
  );
}
