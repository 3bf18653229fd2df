import { createHash } from "node:crypto";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ImageValues, PodValues, ResourceValues } from "../../settings";
import type { App } from "./app";

type Affinity = k8s.types.input.core.v1.Affinity;
type Container = k8s.types.input.core.v1.Container;
type EnvVar = k8s.types.input.core.v1.EnvVar;
type PodTemplate = k8s.types.input.core.v1.PodTemplateSpec;
type Probe = k8s.types.input.core.v1.Probe;
type Volume = k8s.types.input.core.v1.Volume;
type VolumeMount = k8s.types.input.core.v1.VolumeMount;

export interface ContainerArgs extends Container {
  readonly image: pulumi.Input<string>;
  readonly resources: ResourceValues;
  readonly env?: EnvVar[];
  readonly volumeMounts?: VolumeMount[];
}

export interface PodArgs {
  /** Its app.kubernetes.io/component. */
  readonly component: string;
  /** User and group that all containers run as, and that volumes belong to. */
  readonly uid: number;
  readonly values: PodValues;
  readonly container: ContainerArgs;
  readonly initContainers?: ContainerArgs[];
  /** Containers beside it. Default: none. */
  readonly sidecars?: ContainerArgs[];
  readonly volumes?: Volume[];
  /** Secret data of which a change must roll the pods: its hash becomes an annotation. */
  readonly secrets?: Record<string, pulumi.Input<string>>;
  /** Account of the pod. Default: the namespace's. */
  readonly serviceAccountName?: pulumi.Input<string>;
  /** Whether the pod gets the account's token, to speak to Kubernetes' API with. Default: false. */
  readonly automountServiceAccountToken?: boolean;
  /** Time between SIGTERM and SIGKILL, in seconds. Default: 30, Kubernetes' own. */
  readonly terminationGracePeriodSeconds?: number;
  /** Default: Always. */
  readonly restartPolicy?: "Always" | "OnFailure" | "Never";
  /** Affinity that the service needs; the values' own is laid over it. */
  readonly affinity?: Affinity;
  /** Further labels, for selectors other than the workload's own. */
  readonly labels?: Record<string, string>;
  /** Further annotations. */
  readonly annotations?: Record<string, string>;
}

/**
 * A pod template that the Pod Security Standard `restricted` admits, with a read-only root file system on top.
 * Every pod has a writable /tmp of its own.
 */
export function podTemplate(app: App, args: PodArgs): PodTemplate {
  const { values } = args;
  const affinity = { ...args.affinity, ...values.affinity };
  return {
    metadata: {
      labels: { ...app.labels(args.component), ...args.labels, ...values.podLabels },
      annotations: { ...args.annotations, ...checksum(args.secrets), ...values.podAnnotations },
    },
    spec: {
      serviceAccountName: args.serviceAccountName,
      automountServiceAccountToken: args.automountServiceAccountToken ?? false,
      enableServiceLinks: false,
      restartPolicy: args.restartPolicy,
      terminationGracePeriodSeconds: args.terminationGracePeriodSeconds,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: args.uid,
        runAsGroup: args.uid,
        fsGroup: args.uid,
        fsGroupChangePolicy: "OnRootMismatch",
        seccompProfile: { type: "RuntimeDefault" },
      },
      imagePullSecrets: unlessEmpty(values.imagePullSecrets),
      nodeSelector: unlessEmpty(values.nodeSelector),
      tolerations: unlessEmpty(values.tolerations),
      affinity: unlessEmpty(affinity),
      initContainers: args.initContainers?.map((container) => hardened(container, values)),
      containers: [args.container, ...(args.sidecars ?? [])].map((one) => hardened(one, values)),
      volumes: [{ name: "tmp", emptyDir: {} }, ...(args.volumes ?? [])],
    },
  };
}

/** A container's image, as the values have it. */
export function containerImage({ repository, tag, pullPolicy }: ImageValues) {
  return { image: `${repository}:${tag}`, imagePullPolicy: pullPolicy };
}

export interface ProbeTimes {
  /** Longest time that the service may take to start, in seconds. */
  readonly startSeconds: number;
  /** Time in which one question must be answered, in seconds. Default: 5. */
  readonly timeoutSeconds?: number;
}

export interface Probes {
  readonly startupProbe: Probe;
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
}

/**
 * The three probes of a container. Until the start-up probe succeeds it is asked each second, so that nothing waits
 * on a clock; a service that answers late three times is out of its Service, six times and it is restarted.
 *
 * @param ready question that is answered well when the service does its work
 * @param alive question that a restart would help with when it isn't answered. Default: the same.
 */
export function probes(ready: Probe, times: ProbeTimes, alive: Probe = ready): Probes {
  const timeoutSeconds = times.timeoutSeconds ?? 5;
  return {
    startupProbe: {
      ...ready,
      periodSeconds: 1,
      timeoutSeconds,
      failureThreshold: times.startSeconds,
    },
    readinessProbe: { ...ready, periodSeconds: 10, timeoutSeconds, failureThreshold: 3 },
    livenessProbe: { ...alive, periodSeconds: 20, timeoutSeconds, failureThreshold: 6 },
  };
}

/** An environment variable from a field of the pod itself. */
export function fromField(name: string, fieldPath: string): EnvVar {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}

function hardened(container: ContainerArgs, values: PodValues): Container {
  return {
    ...container,
    env: unlessEmpty([...(container.env ?? []), ...values.extraEnv]),
    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }, ...(container.volumeMounts ?? [])],
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
  };
}

/** The hash says nothing of the secret: what the stack makes has over 128 bits. */
function checksum(secrets: PodArgs["secrets"]): Record<string, pulumi.Input<string>> {
  if (!secrets) return {};
  const hash = pulumi.output(secrets).apply((data) =>
    createHash("sha256")
      .update(JSON.stringify(Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1))))
      .digest("hex"),
  );
  return { "realtime-analytics/secrets-checksum": pulumi.unsecret(hash) };
}

/** Kubernetes drops empty lists and maps, and what it dropped would show as a difference. */
function unlessEmpty<T extends object>(value: T): T | undefined {
  return Object.keys(value).length > 0 ? value : undefined;
}
