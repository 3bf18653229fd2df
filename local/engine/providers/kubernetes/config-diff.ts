import {
  containsUnknown,
  type DiffResult,
  equalValues,
  mapWithoutSecrets,
  type PropertyMap,
} from "../../provider";
import { loadKubeconfig } from "./kubeconfig";

const identifying = ["kubeconfig", "context", "cluster"];

/**
 * Another cluster replaces the provider, and with it all that it holds; any other change updates
 * it. Which cluster it is, is told by the active cluster's entry in the kubeconfig.
 */
export function diffConfig(oldInputs: PropertyMap, newInputs: PropertyMap): DiffResult {
  const olds = mapWithoutSecrets(oldInputs);
  const news = mapWithoutSecrets(newInputs);
  const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
  const changedKeys = keys.filter((key) => !equalValues(olds[key], news[key]));
  const moved = changedKeys.filter((key) => identifying.includes(key));
  const isUnknown = moved.some((key) => containsUnknown(news[key] ?? null));
  const replaces = isUnknown || isOtherCluster(olds, news) ? moved : [];
  const detailedDiff: DiffResult["detailedDiff"] = {};
  for (const key of changedKeys) {
    const kind = !(key in olds) ? "add" : !(key in news) ? "delete" : "update";
    const marked = replaces.includes(key) ? (`${kind}-replace` as const) : kind;
    detailedDiff[key] = { kind: marked, inputDiff: true };
  }
  return {
    changes: changedKeys.length > 0,
    replaces,
    deleteBeforeReplace: false,
    detailedDiff,
    changedKeys,
  };
}

/** False where either can't be told. */
function isOtherCluster(olds: PropertyMap, news: PropertyMap): boolean {
  const old = activeCluster(olds);
  const now = activeCluster(news);
  return old !== undefined && now !== undefined && old !== now;
}

function activeCluster(inputs: PropertyMap): string | undefined {
  const text = (key: string) => {
    const value = inputs[key];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const kubeconfig =
    typeof inputs.kubeconfig === "object" && inputs.kubeconfig !== null
      ? JSON.stringify(inputs.kubeconfig)
      : text("kubeconfig");
  if (kubeconfig === undefined) return undefined;
  try {
    const { kubeConfig } = loadKubeconfig({
      kubeconfig,
      context: text("context"),
      cluster: text("cluster"),
    });
    const cluster = kubeConfig.getCurrentCluster();
    return cluster ? JSON.stringify({ ...cluster, name: "" }) : undefined;
  } catch {
    return undefined;
  }
}
