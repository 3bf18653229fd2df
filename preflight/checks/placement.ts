import type { DeclaredPods, Toleration } from "../declared";
import type { Node } from "../facts";
import { error, type Finding } from "../finding";
import { valuesFile } from "../values-file";

type Taint = Node["taints"][number];

/** The nodes that may take a workload's pods: by node selector and taints, whatever is free on them. */
export function nodesFor(pods: DeclaredPods, nodes: readonly Node[]): Node[] {
  return nodes.filter(
    (node) =>
      !node.unschedulable &&
      node.taints.every((taint) => isTolerated(taint, pods.tolerations)) &&
      Object.entries(pods.nodeSelector).every(([key, value]) => node.labels[key] === value),
  );
}

/** Taints of passing troubles, which the cluster removes by itself. */
const passing = /^node\.kubernetes\.io\//;

function isTolerated(taint: Taint, tolerations: readonly Toleration[]): boolean {
  if (taint.effect === "PreferNoSchedule" || passing.test(taint.key)) return true;
  return tolerations.some(
    ({ key, operator, value, effect }) =>
      (effect === undefined || effect === taint.effect) &&
      (key === undefined ? operator === "Exists" : key === taint.key) &&
      (operator === "Exists" || (value ?? "") === taint.value),
  );
}

/** Workloads that no node takes. Workloads of one app with the same reason are one finding. */
export function checkPlacement(
  pods: readonly DeclaredPods[],
  nodes: readonly Node[],
  stack: string,
): Finding[] {
  const stranded = pods.filter((one) => nodesFor(one, nodes).length === 0);
  const reasons = new Map<string, DeclaredPods[]>();
  for (const one of stranded) {
    const key = JSON.stringify([valuesFile(one.app, stack), one.nodeSelector, one.tolerations]);
    reasons.set(key, [...(reasons.get(key) ?? []), one]);
  }
  return [...reasons.values()].map((same) => strandedFinding(same, nodes, stack));
}

function strandedFinding(
  pods: readonly DeclaredPods[],
  nodes: readonly Node[],
  stack: string,
): Finding {
  const [first] = pods;
  const names = pods.map(({ name }) => name).join(", ");
  const selector = Object.entries(first?.nodeSelector ?? {});
  const file = valuesFile(first?.app ?? "", stack);
  const selected = nodes.filter(({ labels }) =>
    selector.every(([key, value]) => labels[key] === value),
  );
  if (selector.length > 0 && selected.length === 0) {
    const wanted = selector.map(([key, value]) => `${key}=${value}`).join(", ");
    const found = selector.map(([key]) => {
      const values = [...new Set(nodes.map(({ labels }) => labels[key] ?? "not set"))];
      return `${key} is ${values.join(" or ")}`;
    });
    return error(
      `No node has the labels of the nodeSelector of ${names}: ${wanted}. On the cluster's ${nodes.length} nodes, ${found.join("; ")}.`,
      `Change nodeSelector in ${file}, or label a node: kubectl label node <node> ${wanted.replaceAll(", ", " ")}`,
    );
  }
  const reasons = selected.map((node) => `${node.name}: ${whyNot(node)}`);
  return error(
    `No node takes pods of ${names}. ${reasons.join("; ") || "The cluster has no node"}.`,
    `Set tolerations in ${file}, or uncordon a node: kubectl uncordon <node>`,
  );
}

function whyNot({ unschedulable, taints }: Node): string {
  const hard = taints.filter(
    ({ key, effect }) => effect !== "PreferNoSchedule" && !passing.test(key),
  );
  const shown = hard.map(({ key, value, effect }) => `${key}${value && `=${value}`}:${effect}`);
  return [...(unschedulable ? ["cordoned"] : []), ...shown.map((one) => `taint ${one}`)].join(", ");
}
