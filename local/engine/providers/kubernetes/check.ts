import {
  type CheckFailure,
  isPropertyMap,
  mapWithoutSecrets,
  type OperationContext,
  type PropertyMap,
  type PropertyValue,
  Secret,
  Unknown,
} from "../../provider";
import { annotations } from "./annotations";
import { type ClusterConnection, installCli, refusal } from "./cluster";
import { pathText } from "./diff";
import { withAutoname } from "./naming";
import { normalizeInputs } from "./normalize";
import { apiVersionOf, gvkOfToken, valueAt, withValueAt } from "./object";
import { withSecrecyOf } from "./secrecy";

/** The inputs as they are applied: normal form, a name, a namespace; with what is wrong of them. */
export async function checkInputs(
  ctx: OperationContext,
  cluster: ClusterConnection,
  olds: PropertyMap | undefined,
  news: PropertyMap,
  randomSeed: Buffer,
): Promise<{ inputs: PropertyMap; failures: CheckFailure[] }> {
  const refused = refusal(ctx.type, news);
  if (refused !== undefined) return { inputs: news, failures: [{ property: "", reason: refused }] };
  const gvk = gvkOfToken(ctx.type);
  const failures = faults(mapWithoutSecrets(news), ctx.type);
  if (failures.length > 0) return { inputs: news, failures };

  const plain = mapWithoutSecrets(news);
  const identity = { apiVersion: apiVersionOf(gvk), kind: gvk.kind };
  const withMetadata: PropertyMap = { ...identity, ...plain, metadata: plain.metadata ?? {} };
  const oldInputs = olds && mapWithoutSecrets(olds);
  let inputs = withAutoname(normalizeInputs(withMetadata), oldInputs, ctx.name, randomSeed);
  const namespace = valueAt(inputs, "metadata", "namespace");
  const hasNamespace = namespace instanceof Unknown || Boolean(namespace);
  if (!hasNamespace && isPropertyMap(inputs.metadata) && (await cluster.isNamespaced(gvk))) {
    inputs = withValueAt(inputs, ["metadata", "namespace"], cluster.namespace);
  }
  return { inputs: withSecrecyOf(inputs, withDataOfStringData(news)), failures: [] };
}

/** A Secret's stringData becomes its data, and the data is as secret as that was. */
function withDataOfStringData(news: PropertyMap): PropertyMap {
  const { stringData } = news;
  return stringData instanceof Secret && news.data === undefined
    ? { ...news, data: stringData }
    : news;
}

/** What the API server would refuse with a message that names no field, found beforehand. */
function faults(inputs: PropertyMap, type: string): CheckFailure[] {
  const failures: CheckFailure[] = [];
  const { metadata } = inputs;
  if (metadata instanceof Unknown || metadata === undefined || metadata === null) return failures;
  if (!isPropertyMap(metadata)) {
    return [{ property: "metadata", reason: `must be an object, is ${kindOf(metadata)}` }];
  }
  if (metadata.generateName) {
    failures.push({
      property: "metadata.generateName",
      reason:
        "is not supported with server-side apply: leave it out, and the object is named after the resource",
    });
  }
  if (valueAt(metadata, "annotations", annotations.waitFor) !== undefined) {
    failures.push({
      property: pathText(["metadata", "annotations", annotations.waitFor]),
      reason: `is not supported by the embedded engine: ${installCli}`,
    });
  }
  for (const key of ["labels", "annotations"])
    failures.push(...nonTexts(["metadata", key], inputs));
  if (/:v1:(ConfigMap|Secret)$/.test(type.replace("core/v1", "v1"))) {
    failures.push(...nonTexts(["data"], inputs), ...nonTexts(["stringData"], inputs));
  }
  return failures;
}

function nonTexts(path: string[], inputs: PropertyMap): CheckFailure[] {
  const map = valueAt(inputs, ...path);
  if (!isPropertyMap(map)) return [];
  return Object.entries(map)
    .filter(([, value]) => value !== null && typeof value !== "string")
    .filter(([, value]) => !(value instanceof Unknown))
    .map(([key, value]) => ({
      property: pathText([...path, key]),
      reason: `must be a string, is ${kindOf(value)}${typeof value === "object" ? "" : ` ${String(value)}`}: quote it`,
    }));
}

function kindOf(value: PropertyValue): string {
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
