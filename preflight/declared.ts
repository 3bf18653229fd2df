import { amountOf } from "../components/kubernetes/quantity";
import { z } from "../settings/zod";
import { type Amounts, nothing, plus } from "./quantity";

/** The pods of one workload that the program declares. */
export interface DeclaredPods {
  /** Name of the workload; of one that Pulumi names, its name in Pulumi. */
  readonly name: string;
  /** Its app.kubernetes.io/name. */
  readonly app: string;
  /** A Job's pods run once. */
  readonly isJob: boolean;
  readonly count: number;
  /** What the scheduler reserves for one pod. */
  readonly requests: Amounts;
  readonly labels: Readonly<Record<string, string>>;
  /** Images that are named before the program runs. */
  readonly images: readonly string[];
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly Toleration[];
  /** True: an affinity says more about its nodes than `nodeSelector`. */
  readonly hasNodeAffinity: boolean;
  /** Pods with the same key must be on one node, because one volume holds them together. */
  readonly together?: string;
}

/** A volume claim that the program declares, itself or through a StatefulSet. */
export interface DeclaredClaim {
  readonly name: string;
  /** Its app.kubernetes.io/name. */
  readonly app: string;
  /** Undefined: the cluster's default. */
  readonly storageClass?: string;
}

/** An image that the program builds. */
export interface DeclaredBuild {
  /** Its name in Pulumi. */
  readonly name: string;
  /** Such as `linux/amd64`. Undefined: the Docker engine's own. */
  readonly platform?: string;
}

/** What the program declares, as far as the cluster must be fit for it. */
export class Declared {
  readonly pods: DeclaredPods[] = [];
  readonly claims: DeclaredClaim[] = [];
  /** API resources with their groups, such as `statefulsets.apps`. */
  readonly resources = new Set<string>();
  /** The images that are built here. */
  readonly builds: DeclaredBuild[] = [];
  /** Names of workloads and claims that are not in the other lists, since their inputs aren't known before the program runs. */
  readonly unread: string[] = [];

  /**
   * Takes in a resource. Its inputs may have outputs that aren't known yet, of which none is read.
   *
   * @param type Pulumi's, such as `kubernetes:apps/v1:StatefulSet`
   */
  add(type: string, name: string, inputs: unknown): void {
    if (type === "docker:index/image:Image") {
      this.builds.push({ name, platform: build.safeParse(inputs).data?.build.platform });
    }
    const [provider, api = "", kind = ""] = type.split(":");
    if (provider !== "kubernetes" || !api.includes("/")) return;
    this.resources.add(resourceOf(api, kind));
    if (["StatefulSet", "Deployment", "Job"].includes(kind)) {
      const { data } = workload.safeParse(inputs);
      if (!data) return void this.unread.push(name);
      this.pods.push(podsOf(data, name, kind === "Job"));
      this.claims.push(...claimsOf(data));
    }
    if (kind === "PersistentVolumeClaim") {
      const { data } = claim.safeParse(inputs);
      if (!data) return void this.unread.push(name);
      this.claims.push(claimOf(data, data.metadata.name, data.metadata.labels));
    }
  }
}

const text = z.string();
const labels = z.record(text, text);
const build = z.object({ build: z.object({ platform: text.optional() }) });
const toleration = z.object({
  key: text.optional(),
  operator: text.optional(),
  value: text.optional(),
  effect: text.optional(),
});
export type Toleration = z.output<typeof toleration>;

const container = z.object({
  image: z.unknown().optional(),
  resources: z.object({ requests: z.record(text, text) }),
});
const affinityTerm = z.object({
  topologyKey: text,
  labelSelector: z.object({ matchLabels: labels.optional() }).optional(),
});
const claim = z.object({
  metadata: z.object({ name: text, labels: labels.optional() }),
  spec: z.object({ storageClassName: text.optional() }),
});
const workload = z.object({
  metadata: z.object({ name: text.optional(), labels }),
  spec: z.object({
    replicas: z.number().optional(),
    volumeClaimTemplates: z.array(claim).optional(),
    template: z.object({
      metadata: z.object({ labels }),
      spec: z.object({
        containers: z.array(container),
        initContainers: z.array(container).optional(),
        nodeSelector: labels.optional(),
        tolerations: z.array(toleration).optional(),
        affinity: z
          .object({
            nodeAffinity: z.unknown().optional(),
            podAffinity: z
              .object({
                requiredDuringSchedulingIgnoredDuringExecution: z.array(affinityTerm).optional(),
              })
              .optional(),
          })
          .optional(),
      }),
    }),
  }),
});
type Workload = z.output<typeof workload>;

const appLabel = "app.kubernetes.io/name";

function podsOf({ metadata, spec }: Workload, name: string, isJob: boolean): DeclaredPods {
  const { template } = spec;
  const { containers, initContainers = [], affinity } = template.spec;
  const { labels } = template.metadata;
  const images = [...containers, ...initContainers].map(({ image }) => image);
  const terms = affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const shared = terms
    .filter(({ topologyKey }) => topologyKey === "kubernetes.io/hostname")
    .map(({ labelSelector }) => labelSelector?.matchLabels ?? {})
    .find((wanted) => Object.entries(wanted).every(([key, value]) => labels[key] === value));
  return {
    name: metadata.name ?? name,
    app: metadata.labels[appLabel] ?? "",
    isJob,
    count: isJob ? 1 : (spec.replicas ?? 1),
    requests: podRequests(containers, initContainers),
    labels,
    images: images.filter((image) => typeof image === "string"),
    nodeSelector: template.spec.nodeSelector ?? {},
    tolerations: template.spec.tolerations ?? [],
    hasNodeAffinity: affinity?.nodeAffinity !== undefined,
    ...(shared && { together: JSON.stringify(shared) }),
  };
}

/** Of anything whose containers have requests: init containers run one after the other, and before the others. */
export function podRequests(
  containers: readonly { resources?: { requests?: Record<string, string> } }[],
  initContainers: readonly { resources?: { requests?: Record<string, string> } }[] = [],
): Amounts {
  const amounts = (one: (typeof containers)[number]): Amounts => ({
    cpu: amountOf(one.resources?.requests?.cpu ?? 0),
    memory: amountOf(one.resources?.requests?.memory ?? 0),
  });
  const running = containers.map(amounts).reduce(plus, nothing);
  return initContainers.map(amounts).reduce(
    (most, one) => ({
      cpu: Math.max(most.cpu, one.cpu),
      memory: Math.max(most.memory, one.memory),
    }),
    running,
  );
}

/** A StatefulSet names the claim of its pod 0 `<template>-<name>-0`. */
function claimsOf({ metadata, spec }: Workload): DeclaredClaim[] {
  return (spec.volumeClaimTemplates ?? []).flatMap((template) =>
    Array.from({ length: spec.replicas ?? 1 }, (_, ordinal) =>
      claimOf(template, `${template.metadata.name}-${metadata.name}-${ordinal}`, metadata.labels),
    ),
  );
}

function claimOf(
  { spec }: z.output<typeof claim>,
  name: string,
  labels: Record<string, string> | undefined,
): DeclaredClaim {
  const { storageClassName: storageClass } = spec;
  return { name, app: labels?.[appLabel] ?? "", ...(storageClass && { storageClass }) };
}

/**
 * `statefulsets.apps` of `apps/v1` and `StatefulSet`; resources of the core group have no group. Pulumi's `…Patch` changes
 * an object of the resource that it is named after.
 */
function resourceOf(api: string, kind: string): string {
  const [group = ""] = api.split("/");
  const plural = kind
    .replace(/Patch$/, "")
    .toLowerCase()
    .replace(/y$/, "ie")
    .replace(/s$/, "se")
    .concat("s");
  return group === "core" ? plural : `${plural}.${group}`;
}
