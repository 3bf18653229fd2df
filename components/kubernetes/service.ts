import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { labels, type Service, selectorLabels } from "./labels";
import type { Namespace } from "./namespace";

/** The pods of one component, and the name by which they are known in the cluster. */
export interface Pods {
  /** Name of the Service, or of the disruption budget. */
  name: string;
  namespace: Namespace;
  service: Service;
  component: string;
}

export interface ServedPods extends Pods {
  /** Numbers of the ports; each leads to the container's port of the same name. */
  ports: Readonly<Record<string, number>>;
}

/** One address for all of the pods. */
export function clusterService(
  logicalName: string,
  pods: ServedPods,
  options: pulumi.CustomResourceOptions,
): k8s.core.v1.Service {
  const { service, component } = pods;
  return new k8s.core.v1.Service(
    logicalName,
    {
      metadata: metadata(pods),
      spec: { selector: selectorLabels(service, component), ports: portsOf(pods) },
    },
    options,
  );
}

/** Gives each pod a name of its own, before it is ready: the pods find each other by it while they start. */
export function peerService(
  logicalName: string,
  pods: ServedPods,
  options: pulumi.CustomResourceOptions,
): k8s.core.v1.Service {
  const { service, component } = pods;
  return new k8s.core.v1.Service(
    logicalName,
    {
      metadata: metadata(pods),
      spec: {
        clusterIP: "None",
        publishNotReadyAddresses: true,
        selector: selectorLabels(service, component),
        ports: portsOf(pods),
      },
    },
    options,
  );
}

/** Lets a drain take one pod at a time; none is made for a single pod, which it would block for ever. */
export function disruptionBudget(
  logicalName: string,
  { replicaCount, ...pods }: Pods & { replicaCount: number },
  options: pulumi.CustomResourceOptions,
): void {
  if (replicaCount === 1) return;
  const matchLabels = selectorLabels(pods.service, pods.component);
  new k8s.policy.v1.PodDisruptionBudget(
    logicalName,
    { metadata: metadata(pods), spec: { maxUnavailable: 1, selector: { matchLabels } } },
    options,
  );
}

function metadata({ name, namespace, service, component }: Pods) {
  return { name, namespace: namespace.name, labels: labels(service, component) };
}

function portsOf({ ports }: ServedPods) {
  return Object.entries(ports).map(([name, port]) => ({ name, port, targetPort: name }));
}
