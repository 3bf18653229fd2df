import {
  containsUnknown,
  type DiffResult,
  mapWithoutSecrets,
  type PropertyMap,
} from "../../provider";
import { annotations, isAnnotationTrue } from "./annotations";
import { fromCheckpoint } from "./checkpoint";
import type { ClusterConnection } from "./cluster";
import { detailedDiff, isAtOrUnder, pathText, splitPath } from "./diff";
import { pathOf } from "./discovery";
import { forceNewFields } from "./force-new";
import { isNamed } from "./naming";
import { normalizeInputs } from "./normalize";
import {
  gvkOf,
  isCondition,
  nameOf,
  namespaceOf,
  valueAt,
  withoutValueAt,
  withValueAt,
} from "./object";
import { pruneToShape } from "./prune";
import type { ProviderSettings } from "./settings";

export interface DiffRequest {
  oldInputs: PropertyMap;
  oldOutputs: PropertyMap;
  newInputs: PropertyMap;
  ignoreChanges: string[];
}

/** Compares the object as the state has it live, of the program's fields, with the new inputs. */
export async function diffObject(
  cluster: ClusterConnection,
  settings: ProviderSettings,
  { oldInputs, oldOutputs, newInputs, ignoreChanges }: DiffRequest,
): Promise<DiffResult> {
  const { live, inputs } = fromCheckpoint(oldOutputs);
  const shape = Object.keys(inputs).length > 0 ? inputs : mapWithoutSecrets(oldInputs);
  const plain = mapWithoutSecrets(newInputs);
  const namespaced = await cluster.isNamespaced(gvkOf(plain));
  const news = withCanonicalNamespace(normalizeInputs(plain), namespaced);
  const pruned = withCanonicalNamespace(pruneToShape(live, normalizeInputs(shape)), namespaced);
  const isNameKnown = nameOf(news) !== "";
  const old = isNameKnown ? withValueAt(pruned, ["metadata", "name"], nameOf(live)) : pruned;

  const differences = detailedDiff(old, news, forceNewFields(news, settings));
  for (const path of Object.keys(differences)) {
    const isIgnored = ignoreChanges.some((parent) => isAtOrUnder(path, parent));
    if (isIgnored || wasSetToNothing(path, shape, news)) delete differences[path];
  }
  if (isAnnotationTrue(news, annotations.replaceUnready) && !(await isJobReady(cluster, live))) {
    const path = pathText(["metadata", "annotations", annotations.replaceUnready]);
    differences[path] = { kind: "update-replace", inputDiff: false };
  }
  return resultOf(differences, live, news);
}

function resultOf(
  detailedDiff: DiffResult["detailedDiff"],
  live: PropertyMap,
  news: PropertyMap,
): DiffResult {
  const replaces = Object.entries(detailedDiff)
    .filter(
      ([path, { kind }]) => kind.endsWith("-replace") || (kind === "delete" && path === "metadata"),
    )
    .map(([path]) => path);
  const keepsItsName =
    isNamed(news) &&
    !isAnnotationTrue(news, annotations.autonamed) &&
    nameOf(news) === nameOf(live) &&
    namespaceOf(news) === namespaceOf(live);
  const paths = Object.keys(detailedDiff);
  return {
    changes: paths.length > 0,
    replaces,
    // Two objects of one name can't be there at once.
    deleteBeforeReplace: replaces.length > 0 && keepsItsName,
    detailedDiff,
    changedKeys: [...new Set(paths.map((path) => splitPath(path)[0] ?? path))],
  };
}

/** An unset namespace is `default`; an object outside of namespaces has none. */
function withCanonicalNamespace(object: PropertyMap, namespaced: boolean): PropertyMap {
  if (!namespaced) return withoutValueAt(object, ["metadata", "namespace"]);
  if (valueAt(object, "metadata", "namespace")) return object;
  return withValueAt(object, ["metadata", "namespace"], "default");
}

/**
 * The server leaves empty values away (`false`, `""`, `[]`), so that an input of one is not found
 * live; as long as the program said the same before, nothing has changed.
 */
function wasSetToNothing(path: string, oldInputs: PropertyMap, news: PropertyMap): boolean {
  const parts = splitPath(path);
  const input = followPath(news, parts);
  if (input === undefined || containsUnknown(input)) return false;
  const isNothing =
    input === false ||
    input === 0 ||
    input === "" ||
    (typeof input === "object" && input !== null && Object.keys(input).length === 0);
  return isNothing && JSON.stringify(followPath(oldInputs, parts)) === JSON.stringify(input);
}

function followPath(object: PropertyMap, parts: readonly string[]) {
  let value: PropertyMap[string] | undefined = object;
  for (const part of parts) {
    if (Array.isArray(value)) value = value[Number(part)];
    else value = valueAt(value, part);
  }
  return value;
}

/** Asks the cluster. True also for what is no Job, and where the cluster can't be asked. */
async function isJobReady(cluster: ClusterConnection, live: PropertyMap): Promise<boolean> {
  if (live.kind !== "Job") return true;
  try {
    const { client, discovery } = cluster.open();
    const type = await discovery.resolve(gvkOf(live));
    const { body } = await client.request({ path: pathOf(type, namespaceOf(live), nameOf(live)) });
    return isCondition(body, "Complete");
  } catch {
    return true;
  }
}
