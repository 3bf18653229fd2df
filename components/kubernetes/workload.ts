import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { App } from "./app";
import { type PodArgs, podTemplate } from "./pod";
import { afterRolloutOf, awaitRollout, type Workload } from "./rollout";
import { type DataVolume, growClaims } from "./volume";

type PortNumbers = Readonly<Record<string, number>>;

/** Numbers of a container's ports by name, grouped by who connects to them. */
export interface Ports {
  /** Ports of the Service, at which the cluster reaches the pods. Default: none, and no Service. */
  readonly service?: PortNumbers;
  /** Further ports of the Service, of UDP. Default: none. */
  readonly udp?: PortNumbers;
  /** Ports of the pod alone, such as the kubelet's probes ask. Default: none. */
  readonly pod?: PortNumbers;
  /**
   * Ports at which the pods reach each other. They get a headless Service with these and the Service's, which gives each
   * pod a name of its own. Default: none, and no headless Service.
   */
  readonly peers?: PortNumbers;
}

interface WorkloadArgs {
  /** Its app.kubernetes.io/component. */
  readonly component: string;
  /** Name of the workload, its Service and its disruption budget. */
  readonly name: string;
  /** Default: 1. */
  readonly replicas?: number;
  /** Default: none. */
  readonly ports?: Ports;
  /** Its pods: the ports and the spread over nodes are added to them here. */
  readonly pod: Omit<PodArgs, "component">;
  /** Names in Pulumi, below the app's. Default: the component, `service` and `disruption`. */
  readonly resourceNames?: {
    readonly workload?: string;
    readonly service?: string;
    readonly disruption?: string;
  };
  /** What the workload comes after. Default: what the app does. */
  readonly dependsOn?: pulumi.CustomResourceOptions["dependsOn"];
  /** An update of both begins with this one's, and the workload's comes when its pods serve. They are created at the same time. */
  readonly updateAfter?: Workload;
}

export interface DeploymentArgs extends WorkloadArgs {
  /** Default: Kubernetes', a rolling update. */
  readonly strategy?: k8s.types.input.apps.v1.DeploymentStrategy;
}

export interface StatefulSetArgs extends WorkloadArgs {
  /** Volume of each pod; `pod.volumes` must have its `volumes`, too. Default: none. */
  readonly data?: DataVolume;
  /** Headless Service that gives the pods their names. Default: the workload's own, or its Service where it has no other. */
  readonly serviceName?: string;
  /** Default: Kubernetes', one pod after the other. */
  readonly podManagementPolicy?: "OrderedReady" | "Parallel";
}

/** A Deployment with its Service and its disruption budget. */
export function createDeployment(app: App, args: DeploymentArgs): k8s.apps.v1.Deployment {
  createServices(app, args);
  return new k8s.apps.v1.Deployment(
    workloadName(app, args),
    {
      metadata: app.metadata(args.component, args.name),
      spec: { ...workloadSpec(app, args), strategy: args.strategy },
    },
    {
      ...workloadOptions(app, args),
      hooks: updateHooks(app, args, { afterUpdate: [awaitRollout(app.namespace)] }),
    },
  );
}

/** A StatefulSet with its Services, its disruption budget and the claims of its volume. */
export function createStatefulSet(app: App, args: StatefulSetArgs): k8s.apps.v1.StatefulSet {
  createServices(app, args);
  const { name, component, replicas = 1 } = args;
  const ownService = args.ports?.peers ? headlessName(args) : name;
  const statefulSet = new k8s.apps.v1.StatefulSet(
    workloadName(app, args),
    {
      metadata: app.metadata(component, name),
      spec: {
        ...workloadSpec(app, args),
        serviceName: args.serviceName ?? ownService,
        podManagementPolicy: args.podManagementPolicy,
        ...args.data?.claims,
      },
    },
    { ...workloadOptions(app, args), ...args.data?.options, hooks: updateHooks(app, args) },
  );
  growClaims(app, { statefulSet, name, component, replicas, claim: args.data?.claim });
  return statefulSet;
}

export interface JobArgs extends Pick<WorkloadArgs, "component" | "pod" | "dependsOn"> {
  /** Tries after the first. */
  readonly backoffLimit: number;
}

/** A Job. Its template can't be changed: a change of it makes and runs another. */
export function createJob(app: App, args: JobArgs): k8s.batch.v1.Job {
  const { component, pod, backoffLimit } = args;
  return new k8s.batch.v1.Job(
    workloadName(app, args),
    {
      metadata: app.metadata(component),
      spec: {
        backoffLimit,
        // Pulumi's provider waits for a Job by its conditions: one whose pod can't start has to fail by itself.
        activeDeadlineSeconds: app.namespace.readySeconds,
        template: podTemplate(app, { ...pod, component, restartPolicy: "Never" }),
      },
    },
    workloadOptions(app, args),
  );
}

function workloadName(app: App, args: Pick<WorkloadArgs, "component" | "resourceNames">): string {
  return `${app.resourceName}-${args.resourceNames?.workload ?? args.component}`;
}

function workloadOptions(
  { options }: App,
  { dependsOn }: Pick<WorkloadArgs, "dependsOn">,
): pulumi.CustomResourceOptions {
  return dependsOn === undefined ? options : { ...options, dependsOn };
}

function updateHooks(
  { namespace }: App,
  { updateAfter }: WorkloadArgs,
  hooks: pulumi.ResourceHookBinding = {},
): pulumi.ResourceHookBinding {
  // Where the program runs without an engine, as in tests, nobody takes hooks.
  if (!pulumi.runtime.hasEngine()) return {};
  if (updateAfter === undefined) return hooks;
  return { ...hooks, beforeUpdate: [afterRolloutOf(updateAfter, namespace)] };
}

function workloadSpec(app: App, args: WorkloadArgs) {
  const { component, pod, replicas = 1 } = args;
  const { service, udp = {}, pod: own, peers } = args.ports ?? {};
  const ports = Object.entries({ ...service, ...own, ...peers });
  const datagrams = Object.entries(udp);
  const container = {
    ...pod.container,
    ...(ports.length > 0 && {
      ports: [
        ...ports.map(([name, containerPort]) => ({ name, containerPort })),
        ...datagrams.map(([name, containerPort]) => ({ name, containerPort, protocol: "UDP" })),
      ],
    }),
  };
  const affinity = { ...spreadOverNodes(app, component, replicas), ...pod.affinity };
  return {
    replicas,
    selector: { matchLabels: app.selectorLabels(component) },
    template: podTemplate(app, { ...pod, component, container, affinity }),
  };
}

/** Prefers a node of its own for each of several pods. */
function spreadOverNodes(
  app: App,
  component: string,
  replicas: number,
): k8s.types.input.core.v1.Affinity | undefined {
  if (replicas === 1) return undefined;
  const podAffinityTerm = {
    topologyKey: "kubernetes.io/hostname",
    labelSelector: { matchLabels: app.selectorLabels(component) },
  };
  return {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm }],
    },
  };
}

/** The Services that the ports ask for, and a disruption budget, which lets a drain take one of several pods at a time. */
function createServices(app: App, args: WorkloadArgs): void {
  const { component, name, ports = {}, replicas = 1, resourceNames = {} } = args;
  const selector = app.selectorLabels(component);
  if (ports.service) {
    new k8s.core.v1.Service(
      `${app.resourceName}-${resourceNames.service ?? "service"}`,
      {
        metadata: app.metadata(component, name),
        spec: {
          selector,
          ports: [
            ...servicePorts(ports.service),
            ...servicePorts(ports.udp ?? {}).map((port) => ({ ...port, protocol: "UDP" })),
          ],
        },
      },
      app.options,
    );
  }
  if (ports.peers) {
    const all = { ...ports.service, ...ports.peers };
    createHeadlessService(app, { component, name: headlessName(args), selector, ports: all });
  }
  // For a single pod it would block the drain for ever.
  if (replicas > 1) {
    new k8s.policy.v1.PodDisruptionBudget(
      `${app.resourceName}-${resourceNames.disruption ?? "disruption"}`,
      {
        metadata: app.metadata(component, name),
        spec: { maxUnavailable: 1, selector: { matchLabels: selector } },
      },
      app.options,
    );
  }
}

export interface HeadlessServiceArgs {
  readonly component: string;
  readonly name: string;
  readonly selector: Record<string, string>;
  readonly ports: PortNumbers;
}

/** Gives each pod a name of its own, before it is ready: the pods find each other by it while they start. */
export function createHeadlessService(app: App, args: HeadlessServiceArgs): void {
  const { component, name, selector } = args;
  const ports = servicePorts(args.ports);
  new k8s.core.v1.Service(
    `${app.resourceName}-headless`,
    {
      metadata: app.metadata(component, name),
      spec: { clusterIP: "None", publishNotReadyAddresses: true, selector, ports },
    },
    app.options,
  );
}

function headlessName({ name }: Pick<WorkloadArgs, "name">): string {
  return `${name}-headless`;
}

/** Each port leads to the container's port of the same name. */
function servicePorts(ports: PortNumbers) {
  return Object.entries(ports).map(([name, port]) => ({ name, port, targetPort: name }));
}
