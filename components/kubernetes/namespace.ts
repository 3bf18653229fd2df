import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Connections, denyAll, policySpecs } from "./network";

export interface NamespaceArgs {
  readonly name: string;
  /** Name of the stack. */
  readonly stack: string;
  /** Context of the kubeconfig (from KUBECONFIG, or ~/.kube/config). Default: its current one. */
  readonly context?: string;
  /** The cluster's DNS domain, such as `cluster.local`. */
  readonly clusterDomain: string;
  /** True: a destroy leaves the namespace, and with it the volumes. */
  readonly keepData: boolean;
  /** What its pods may connect to. Default: nothing. */
  readonly connections?: Connections;
  /** StorageClass of the volumes whose values name none. Default: the cluster's default. */
  readonly storageClass?: string;
  /** How long an object may take to be ready before a run fails, such as `10m`. */
  readonly readyTimeout: string;
}

/**
 * The namespace of a stack, and the provider that its objects are made through.
 *
 * It admits only pods of the Pod Security Standard `restricted`, and, where the cluster's network enforces policies, only the
 * connections of a table. The kubelet's probes pass with any network: Kubernetes says that traffic from a pod's own node is
 * always allowed. So do port-forwards: the node's container runtime connects within the pod's own network.
 */
export class Namespace extends pulumi.ComponentResource {
  readonly name: pulumi.Output<string>;
  /** DNS domain below which the namespace's Services have their names. */
  readonly domain: pulumi.Output<string>;
  /** Name of the stack. */
  readonly stack: string;
  /** Context of the kubeconfig. Undefined: its current one. */
  readonly context?: string;
  /** True: a destroy leaves the namespace, its volumes, and the keys without which their data can't be read. */
  readonly keepData: boolean;
  /** StorageClass of the volumes whose values name none; empty: the cluster's default. */
  readonly storageClass: string;
  readonly provider: k8s.Provider;
  readonly namespace: k8s.core.v1.Namespace;
  /**
   * Options of every object in the namespace: made through the provider, ready within a bound, and gone with the namespace,
   * so that a destroy needn't delete it one by one, unless the namespace is kept.
   */
  readonly childOptions: pulumi.CustomResourceOptions;
  /** How long an object may take to be ready before a run fails, in seconds. */
  readonly readySeconds: number;
  /** By their names. */
  private readonly policies: ReadonlyMap<string, pulumi.Resource>;

  constructor(name: string, args: NamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:Namespace", name, {}, opts);
    this.stack = args.stack;
    this.context = args.context;
    this.keepData = args.keepData;
    this.storageClass = args.storageClass ?? "";
    this.provider = new k8s.Provider(
      `${name}-provider`,
      {
        context: args.context,
        enableServerSideApply: true,
        // `up` sets what the program declares, whoever owns the field: a person, or a run that was killed.
        enablePatchForce: true,
        // What was kept is there already, and is taken over.
        ...(args.keepData && { upsertExistingObjects: true }),
      },
      { parent: this },
    );
    const labels = {
      "app.kubernetes.io/instance": args.stack,
      "app.kubernetes.io/part-of": "realtime-analytics",
      "app.kubernetes.io/managed-by": "pulumi",
    };
    this.namespace = new k8s.core.v1.Namespace(
      `${name}-namespace`,
      {
        metadata: {
          name: args.name,
          labels: {
            ...labels,
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/audit": "restricted",
            "pod-security.kubernetes.io/warn": "restricted",
          },
        },
      },
      { parent: this, provider: this.provider, retainOnDelete: args.keepData },
    );
    this.name = this.namespace.metadata.name;
    this.domain = pulumi.interpolate`${this.name}.svc.${args.clusterDomain}`;
    this.childOptions = {
      provider: this.provider,
      customTimeouts: { create: args.readyTimeout, update: args.readyTimeout },
      ...(args.keepData ? {} : { deletedWith: this.namespace }),
    };
    this.readySeconds = secondsOf(args.readyTimeout);
    const createPolicy = (
      policy: string,
      spec: k8s.types.input.networking.v1.NetworkPolicySpec,
      dependsOn?: pulumi.Resource[],
    ) =>
      new k8s.networking.v1.NetworkPolicy(
        `${name}-${policy}-policy`,
        { metadata: { name: policy, namespace: this.name, labels }, spec },
        { ...this.childOptions, parent: this, dependsOn },
      );
    const specs = policySpecs(args.stack, args.connections ?? { within: [], out: [] });
    this.policies = new Map(specs.map(({ name: own, spec }) => [own, createPolicy(own, spec)]));
    // An earlier version's policy, by which all pods reach each other, goes at the end of a run, as Pulumi deletes. So a
    // running stack has what it needs at each moment, if what opens comes before what shuts all.
    createPolicy("default-deny", denyAll, [...this.policies.values()]);
    this.registerOutputs({ name: this.name });
  }

  /** The policy of a software's pods. What depends on it is deleted before it, and has its connections to its end. */
  policyOf(software: string): pulumi.Resource[] {
    const policy = this.policies.get(software);
    return policy === undefined ? [] : [policy];
  }
}

/** The seconds of a time such as `1h30m`, `10m` or `90s`. */
function secondsOf(time: string): number {
  const units = { h: 3600, m: 60, s: 1 };
  return [...time.matchAll(/(\d+)([hms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * units[unit as keyof typeof units],
    0,
  );
}
