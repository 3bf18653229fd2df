import type { DeclaredPods } from "../declared";
import type { Node, Pod } from "../facts";
import { error, type Finding, listed, warning } from "../finding";
import { type Amounts, holds, minus, plus, shown, sum, times } from "../quantity";
import { valuesFile } from "../values-file";
import { nodesFor } from "./placement";

/** Pods that one node must take: a pod, or all pods that one volume holds together. */
interface Load {
  readonly names: readonly string[];
  readonly apps: readonly string[];
  readonly requests: Amounts;
  /** A Job's pods leave again, and others may wait for that. */
  readonly isPassing: boolean;
  readonly nodes: readonly Node[];
}

/** Whether all long-running pods have a node already, and are as declared: then nothing new is to be placed. */
export function isPlaced(declared: readonly DeclaredPods[], pods: readonly Pod[]): boolean {
  return declared
    .filter(({ isJob }) => !isJob)
    .every((one) => pods.filter((pod) => isOf(pod, one)).length >= one.count);
}

function isOf(pod: Pod, declared: DeclaredPods): boolean {
  return (
    pod.nodeName !== "" &&
    Object.entries(declared.labels).every(([key, value]) => pod.labels[key] === value) &&
    declared.images.every((image) => pod.images.includes(image)) &&
    sameMap(pod.nodeSelector, declared.nodeSelector) &&
    Math.abs(pod.requests.cpu - declared.requests.cpu) < 1e-6 &&
    pod.requests.memory === declared.requests.memory
  );
}

function sameMap(left: Readonly<Record<string, string>>, right: Readonly<Record<string, string>>) {
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => left[key] === right[key]);
}

export interface Room {
  readonly declared: readonly DeclaredPods[];
  readonly nodes: readonly Node[];
  /** Of all namespaces, none of which has ended. */
  readonly pods: readonly Pod[];
  /** Pods of this namespace are the stack's own: what they hold is the stack's. */
  readonly namespace: string;
  readonly stack: string;
  /** True: the cluster adds nodes when pods wait for one. */
  readonly addsNodes: boolean;
}

/** Whether the nodes' CPU and memory are enough for the sum of what all pods of the stack reserve, and for the largest ones. */
export function checkRoom(room: Room): Finding[] {
  const { declared, nodes, addsNodes } = room;
  const free = freeByNode(room);
  // Where no node takes a pod at all, another check says so.
  const loads = loadsOf(declared, nodes).filter((load) => load.nodes.length > 0);
  const fits = (load: Load) =>
    load.nodes.some((node) => holds(positive(free.get(node)), load.requests));
  const fitting = loads.filter((load) => !load.isPassing && fits(load));
  const usable = nodes.filter((node) => fitting.some((load) => load.nodes.includes(node)));
  const needed = sum(fitting.map(({ requests }) => requests));
  const available = sum(usable.map((node) => positive(free.get(node))));
  const findings = [
    ...loads.filter((load) => !fits(load)).map((load) => tooLarge(room, load, free)),
    ...(holds(available, needed) ? [] : [tooMany(room, { needed, available, usable })]),
  ];
  if (findings.length === 0 && !fit(loads, free)) findings.push(tight(room, loads, available));
  return addsNodes ? findings.map(ifNotAdded) : findings;
}

/** The finding in a cluster that adds nodes when pods wait for one. */
export function ifNotAdded({ found, todo }: Finding): Finding {
  return warning(found, `The cluster seems to add nodes by itself. If that doesn't help: ${todo}`);
}

/** What each node has left beside the pods of other namespaces. */
function freeByNode({ nodes, pods, namespace }: Room): Map<Node, Amounts> {
  return new Map(
    nodes.map((node) => {
      const others = pods.filter(
        (pod) => pod.nodeName === node.name && pod.namespace !== namespace,
      );
      return [node, minus(node.allocatable, sum(others.map(({ requests }) => requests)))];
    }),
  );
}

function positive(amounts: Amounts | undefined): Amounts {
  return { cpu: Math.max(amounts?.cpu ?? 0, 0), memory: Math.max(amounts?.memory ?? 0, 0) };
}

function loadsOf(declared: readonly DeclaredPods[], nodes: readonly Node[]): Load[] {
  const groups = new Map<string, DeclaredPods[]>();
  for (const one of declared.filter(({ together }) => together !== undefined)) {
    groups.set(one.together ?? "", [...(groups.get(one.together ?? "") ?? []), one]);
  }
  const single = declared
    .filter(({ together }) => together === undefined)
    .flatMap((one) =>
      Array.from({ length: one.count }, () => loadOf([{ ...one, count: 1 }], nodes)),
    );
  return [...[...groups.values()].map((group) => loadOf(group, nodes)), ...single];
}

function loadOf(pods: readonly DeclaredPods[], nodes: readonly Node[]): Load {
  return {
    names: pods.map(({ name }) => name),
    apps: [...new Set(pods.map(({ app }) => app))],
    isPassing: pods.every(({ isJob }) => isJob),
    requests: pods.map(({ requests, count }) => times(requests, count)).reduce(plus),
    nodes: nodes.filter((node) => pods.every((one) => nodesFor(one, [node]).length > 0)),
  };
}

/** Puts the largest first, each on the node with the most memory left. Not finding a place so doesn't prove that there is none. */
function fit(loads: readonly Load[], free: ReadonlyMap<Node, Amounts>): boolean {
  const left = new Map(free);
  return [...loads]
    .sort((one, other) => other.requests.memory - one.requests.memory)
    .every(({ requests, nodes }) => {
      const [best] = nodes
        .filter((node) => holds(positive(left.get(node)), requests))
        .sort((one, other) => positive(left.get(other)).memory - positive(left.get(one)).memory);
      if (best) left.set(best, minus(positive(left.get(best)), requests));
      return best !== undefined;
    });
}

function tooLarge({ stack }: Room, load: Load, free: ReadonlyMap<Node, Amounts>): Finding {
  const { names, apps, requests, nodes } = load;
  const most = nodes
    .map((node) => ({ node, amounts: positive(free.get(node)) }))
    .reduce((best, one) => (one.amounts.memory > best.amounts.memory ? one : best));
  const what =
    names.length > 1
      ? `${names.join(", ")} share a volume that one node mounts, and together reserve ${shown(requests)}`
      : `${names.join()} reserves ${shown(requests)}`;
  const files = apps.map((app) => valuesFile(app, stack)).join(", ");
  const apart =
    names.length > 1
      ? "; or keep the segments in S3 (deepStorage.type), or on a volume that many nodes mount (deepStorage.accessMode)"
      : "";
  return error(
    `No node has room for it: ${what}. The node with the most memory left, ${most.node.name}, has ${shown(most.amounts)} beside other namespaces' pods.`,
    `Lower resources.requests in ${files}, or add a larger node${apart}`,
  );
}

function tooMany(
  { namespace, pods }: Room,
  { needed, available, usable }: { needed: Amounts; available: Amounts; usable: readonly Node[] },
): Finding {
  const others = [...new Set(pods.map((pod) => pod.namespace))].filter((one) => one !== namespace);
  return error(
    `The stack's pods together reserve ${shown(needed)}, and ${nodeCount(usable.length)} ${shown(available)} left beside the pods of other namespaces (${listed(others.sort()) || "none"}).`,
    "Lower resources.requests or replicaCount in charts-values/, add nodes, or remove other pods",
  );
}

const nodeCount = (count: number) =>
  count === 1 ? "the cluster's node has" : `${count} nodes have`;

function tight({ nodes }: Room, loads: readonly Load[], available: Amounts): Finding {
  const needed = sum(loads.map(({ requests }) => requests));
  return warning(
    `The stack's pods, its Jobs included, together reserve ${shown(needed)}, and ${nodeCount(nodes.length)} ${shown(available)} left: some pods may find no node, or wait for one.`,
    "If pods stay Pending, lower resources.requests in charts-values/, or add a node",
  );
}
