import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

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
  /**
   * True: pods reach each other and DNS, and beyond the namespace only what their service's own policy lets them.
   * Default: they reach whatever the cluster lets them.
   */
  readonly restrictEgress?: boolean;
  /** StorageClass of the volumes whose values name none. Default: the cluster's default. */
  readonly storageClass?: string;
  /** How long an object may take to be ready before a run fails, such as `10m`. */
  readonly readyTimeout: string;
}

/**
 * The namespace of a stack, and the provider that its objects are made through.
 *
 * It admits only pods of the Pod Security Standard `restricted`, and traffic into its pods from within alone, where the
 * cluster's network enforces policies. Port-forwards and the kubelet's probes come from the node, and still pass.
 */
export class Namespace extends pulumi.ComponentResource {
  readonly name: pulumi.Output<string>;
  /** DNS domain below which the namespace's Services have their names. */
  readonly domain: pulumi.Output<string>;
  /** Name of the stack. */
  readonly stack: string;
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
  /**
   * How long a Job may take, in seconds. Pulumi's provider waits for a Job by its conditions: one whose pod can't start has
   * to fail by itself.
   */
  readonly jobDeadlineSeconds: number;
  /** Whether what goes out beyond the namespace needs a policy that allows it. */
  readonly restrictEgress: boolean;

  constructor(name: string, args: NamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:Namespace", name, {}, opts);
    this.stack = args.stack;
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
    this.jobDeadlineSeconds = secondsOf(args.readyTimeout);
    this.restrictEgress = args.restrictEgress ?? false;
    const within = { podSelector: {} };
    const createPolicy = (
      policy: string,
      rules: Omit<k8s.types.input.networking.v1.NetworkPolicySpec, "podSelector">,
    ) =>
      new k8s.networking.v1.NetworkPolicy(
        `${name}-${policy}`,
        {
          metadata: { name: policy, namespace: this.name, labels },
          spec: { podSelector: {}, ...rules },
        },
        { ...this.childOptions, parent: this },
      );
    createPolicy("from-within", { policyTypes: ["Ingress"], ingress: [{ from: [within] }] });
    if (this.restrictEgress) {
      const egress = [{ to: [within] }, { ports: dnsPorts }];
      createPolicy("to-within", { policyTypes: ["Egress"], egress });
    }
    this.registerOutputs({ name: this.name });
  }
}

/** Wherever the name server is: in a pod, or on the node itself. */
const dnsPorts = ["UDP", "TCP"].map((protocol) => ({ protocol, port: 53 }));

/** The seconds of a time such as `1h30m`, `10m` or `90s`. */
function secondsOf(time: string): number {
  const units = { h: 3600, m: 60, s: 1 };
  return [...time.matchAll(/(\d+)([hms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * units[unit as keyof typeof units],
    0,
  );
}
