import { z } from "../zod";

/** A whole number of at least `minimum`. */
export const atLeast = (minimum: number) => z.int().min(minimum);

/** Kubernetes' resource quantity, such as `500m`, `2` or `1.5Gi` (kubernetes.io, "Quantity"). */
export const quantity = () =>
  z
    .union([z.string(), z.number().nonnegative()], {
      error: "must be a quantity such as 500m or 2Gi",
    })
    .transform(String)
    .refine((text) => /^\d+(\.\d+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/.test(text), {
      error: "must be a quantity such as 500m or 2Gi",
    })
    .meta({ title: "quantity" });

/** A size as the JVM's -Xmx takes it. */
export const jvmSize = () =>
  z
    .string()
    .regex(/^\d+[kmg]$/, { error: "must be a JVM size such as 512m or 2g" })
    .meta({ title: "JVM size" });

/** An ISO-8601 duration, as Druid takes it. */
export const isoDuration = () =>
  z
    .string()
    .regex(/^P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?$/, {
      error: "must be an ISO-8601 duration such as PT10S",
    })
    .meta({ title: "ISO-8601 duration" });

const text = () => z.string().min(1);
const stringMap = () => z.record(z.string(), z.string());
const port = () => z.int().min(1).max(65535);

export const imageFields = {
  repository: text().describe("Image without tag, with its registry."),
  tag: text().describe("Tag of the image; also the pods' label app.kubernetes.io/version."),
  pullPolicy: z
    .enum(["Always", "IfNotPresent", "Never"])
    .describe("When the kubelet pulls the image."),
};

export const image = () => z.strictObject(imageFields).describe("The container image.");

/** An official image of a Python program, or one that also has the packages that the stack needs of it. */
export const driverImageFields = {
  ...imageFields,
  drivers: z
    .strictObject({
      install: z
        .boolean()
        .describe(
          "true: the image lacks the packages of images/<service>/requirements.txt. With imageRegistry or kindCluster, an image that has them is built on it. Without, an init container installs them in each pod, from indexUrl. false: the image has them.",
        ),
      indexUrl: z
        .string()
        .regex(/^(https?:\/\/\S+)?$/, { error: "must be an http or https address" })
        .describe(
          "Package index of the init container, as uv's UV_DEFAULT_INDEX. Empty: PyPI. Further settings of uv go into extraEnv, such as SSL_CERT_FILE.",
        ),
    })
    .describe("What the official image lacks."),
};

export const resources = () =>
  z
    .strictObject({
      requests: z
        .strictObject({
          cpu: quantity().describe("CPU that the scheduler reserves for the pod."),
          memory: quantity().describe("Memory that the scheduler reserves for the pod."),
          "ephemeral-storage": quantity().describe("Disk that the scheduler reserves for the pod."),
        })
        .describe("What the scheduler reserves."),
      limits: z
        .strictObject({
          cpu: quantity().describe("CPU above which the pod is slowed down."),
          memory: quantity().describe("Memory above which the pod is killed."),
          "ephemeral-storage": quantity().describe(
            "Disk above which the pod is evicted: logs, /tmp, and data without a volume.",
          ),
        })
        .describe("What a pod never exceeds."),
    })
    .describe("CPU, memory and disk of one pod.");

export const persistence = () =>
  z
    .strictObject({
      enabled: z
        .boolean()
        .describe(
          "false: the data is deleted with its pod, and limits.ephemeral-storage bounds it.",
        ),
      size: quantity().describe(
        "Size of one pod's volume. A larger size grows it, where its StorageClass allows that.",
      ),
      storageClass: z.string().describe("StorageClass; empty: the stack's `storageClass`."),
    })
    .describe("The data's volume.");

export const servicePort = () =>
  z.strictObject({ port: port().describe("Port of the Service.") }).describe("The Service.");

/** How people reach a Service from outside of the cluster. */
export const exposureFields = {
  service: z
    .strictObject({
      port: port().describe("Port of the Service."),
      type: z
        .enum(["ClusterIP", "NodePort", "LoadBalancer"])
        .describe(
          "ClusterIP: reached within the cluster, and by `make open`. NodePort, LoadBalancer: also by a second Service of that type, <name>-public.",
        ),
      annotations: stringMap().describe(
        "Annotations of the second Service, such as a cloud's for an internal load balancer.",
      ),
      sourceRanges: z
        .array(z.string().regex(/^[\da-fA-F.:]+\/\d{1,3}$/, { error: "must be a CIDR" }))
        .describe("CIDRs that may reach the second Service; empty: all."),
    })
    .describe("The Service."),
  ingress: z
    .strictObject({
      enabled: z.boolean().describe("true: an Ingress leads to the Service."),
      className: z.string().describe("IngressClass; empty: the cluster's default."),
      host: z.string().describe("Host name, such as analytics.example.com."),
      annotations: stringMap().describe("Annotations of the Ingress, by its controller's names."),
      controllerNamespace: text().describe(
        "Namespace of the Ingress controller's pods, which the NetworkPolicy lets in.",
      ),
      tls: z
        .strictObject({
          enabled: z.boolean().describe("true: people come by HTTPS."),
          secretName: z
            .string()
            .describe(
              "Secret of type kubernetes.io/tls in the stack's namespace; empty: <name>-tls.",
            ),
          clusterIssuer: z
            .string()
            .describe("cert-manager's ClusterIssuer that makes the Secret; empty: you make it."),
        })
        .describe("The certificate."),
    })
    .describe("The way in by an Ingress controller."),
};

/** The keys that Helm users expect for every pod. */
export const podFields = {
  podAnnotations: stringMap().describe("Further annotations of the pods."),
  podLabels: stringMap().describe("Further labels of the pods."),
  nodeSelector: stringMap().describe("Labels that a node must have."),
  tolerations: z
    .array(
      z.strictObject({
        key: z.string().optional(),
        operator: z.enum(["Exists", "Equal"]).optional(),
        value: z.string().optional(),
        effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional(),
        tolerationSeconds: z.int().optional(),
      }),
    )
    .describe("Taints that the pods tolerate."),
  affinity: z
    .strictObject({
      nodeAffinity: z.record(z.string(), z.unknown()).optional(),
      podAffinity: z.record(z.string(), z.unknown()).optional(),
      podAntiAffinity: z.record(z.string(), z.unknown()).optional(),
    })
    .describe("Kubernetes' affinity of the pods, as in a pod's spec."),
  extraEnv: z
    .array(z.strictObject({ name: text(), value: z.string() }))
    .describe("Further environment variables. No secrets."),
  imagePullSecrets: z
    .array(z.strictObject({ name: text() }))
    .describe("Secrets, in the stack's namespace, that images are pulled with."),
};

/** Heap and further arguments of one JVM. */
export const jvm = () =>
  z
    .strictObject({
      maxHeap: jvmSize().describe("Maximum heap (-Xmx)."),
      args: z.array(text()).describe("Further arguments; they precede the class path."),
    })
    .describe("The Java virtual machine.");

export const replicaCount = () => atLeast(1).describe("Number of pods.");

/** Settings by a service's own names, for which there is no key here. */
export const properties = () =>
  z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String));

const exposureSchema = z.strictObject(exposureFields);
/** How people reach a Service from outside of the cluster. */
export type ExposureValues = z.output<typeof exposureSchema>;
const podSchema = z.strictObject(podFields);
/** Scheduling, labels and environment of one kind of pod. */
export type PodValues = z.output<typeof podSchema>;
export type ImageValues = z.output<ReturnType<typeof image>>;
const driverImage = z.strictObject(driverImageFields);
export type DriverImageValues = z.output<typeof driverImage>;
export type ResourceValues = z.output<ReturnType<typeof resources>>;
export type PersistenceValues = z.output<ReturnType<typeof persistence>>;
