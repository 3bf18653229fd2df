import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ExposureValues } from "../../settings";
import type { App } from "./app";

export interface ExposureArgs {
  /** app.kubernetes.io/component of the pods. */
  readonly component: string;
  /** Name of the Service, whose port is called `http`. */
  readonly service: string;
  readonly values: ExposureValues;
}

/**
 * Lets people reach a Service from outside of the cluster, as its values ask for: by an Ingress, or by a Service of the type
 * LoadBalancer or NodePort beside the one that the cluster uses. The namespace's policy is opened for these alone.
 *
 * @returns the URL, without a path; undefined where the values ask for neither
 */
export function expose(app: App, args: ExposureArgs): pulumi.Output<string> | undefined {
  const { ingress, service } = args.values;
  const direct = service.type === "ClusterIP" ? undefined : createPublicService(app, args);
  const routed = ingress.enabled ? createIngress(app, args) : undefined;
  return routed ?? direct;
}

function createIngress(app: App, args: ExposureArgs): pulumi.Output<string> {
  const { component, service } = args;
  const { ingress } = args.values;
  const { className, host, annotations, tls, controllerNamespace } = ingress;
  const backend = { service: { name: service, port: { name: "http" } } };
  const controller = { "kubernetes.io/metadata.name": controllerNamespace };
  allowIngress(app, args, "ingress", [{ namespaceSelector: { matchLabels: controller } }]);
  new k8s.networking.v1.Ingress(
    `${app.resourceName}-ingress`,
    {
      metadata: {
        ...app.metadata(component, service),
        annotations: {
          ...(tls.clusterIssuer && { "cert-manager.io/cluster-issuer": tls.clusterIssuer }),
          ...annotations,
          // Its address comes once the controller has one to give, which is nothing that the stack waits for.
          "pulumi.com/skipAwait": "true",
        },
      },
      spec: {
        ...(className && { ingressClassName: className }),
        rules: [{ host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
        ...(tls.enabled && {
          tls: [{ hosts: [host], secretName: tls.secretName || `${service}-tls` }],
        }),
      },
    },
    app.options,
  );
  return pulumi.output(ingressUrl(ingress));
}

/** The URL that an Ingress is reached by, without a path. */
export function ingressUrl({ host, tls }: ExposureValues["ingress"]): string {
  return `${tls.enabled ? "https" : "http"}://${host}`;
}

function createPublicService(app: App, args: ExposureArgs): pulumi.Output<string> {
  const { component, service } = args;
  const { port, type, annotations, sourceRanges } = args.values.service;
  const cidrs = sourceRanges.length > 0 ? sourceRanges : ["0.0.0.0/0", "::/0"];
  const addresses = cidrs.map((cidr) => ({ ipBlock: { cidr } }));
  allowIngress(app, args, "public", addresses);
  const made = new k8s.core.v1.Service(
    `${app.resourceName}-public`,
    {
      metadata: { ...app.metadata(component, `${service}-public`), annotations },
      spec: {
        type,
        selector: app.selectorLabels(component),
        ports: [{ name: "http", port, targetPort: "http" }],
        ...(type === "LoadBalancer" && {
          // A node that has no such pod would hide who asks, and the policy could not tell.
          externalTrafficPolicy: "Local",
          ...(sourceRanges.length > 0 && { loadBalancerSourceRanges: sourceRanges }),
        }),
      },
    },
    app.options,
  );
  if (type === "NodePort") {
    return made.spec.ports.apply((ports) => `http://<any node>:${ports[0]?.nodePort ?? ""}`);
  }
  return made.status.loadBalancer.apply((balancer) => {
    const [address] = balancer?.ingress ?? [];
    return `http://${address?.hostname ?? address?.ip ?? "<no address yet>"}:${port}`;
  });
}

/**
 * Lets others than the stack's own pods into a component's.
 *
 * @param by how those others come: the end of the policy's name
 */
function allowIngress(
  app: App,
  { component, service }: ExposureArgs,
  by: "ingress" | "public",
  from: k8s.types.input.networking.v1.NetworkPolicyPeer[],
): void {
  new k8s.networking.v1.NetworkPolicy(
    `${app.resourceName}-from-${by}`,
    {
      metadata: app.metadata(component, `${service}-from-${by}`),
      spec: {
        podSelector: { matchLabels: app.selectorLabels(component) },
        policyTypes: ["Ingress"],
        ingress: [{ from, ports: [{ protocol: "TCP", port: "http" }] }],
      },
    },
    app.options,
  );
}
