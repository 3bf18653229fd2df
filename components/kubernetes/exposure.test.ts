import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { manifestsOf, registeredBy } from "../../render";
import type { ExposureValues } from "../../settings";
import { field, testNamespace, values } from "../testing";
import { App } from "./app";
import { expose } from "./exposure";

const { service, ingress } = values("dev").superset;

/** What is made of values that differ from the defaults, and the URL that is told. */
async function exposed(change: {
  service?: Partial<ExposureValues["service"]>;
  ingress?: Partial<ExposureValues["ingress"]>;
}) {
  let url: string | undefined;
  const registered = await registeredBy(() => {
    const namespace = testNamespace();
    const parent = namespace;
    const app = new App({
      name: "superset",
      version: "1",
      namespace,
      parent,
      resourceName: "superset",
    });
    expose(app, {
      component: "web",
      service: "superset",
      values: {
        service: { ...service, ...change.service },
        ingress: { ...ingress, ...change.ingress },
      },
    })?.apply((told) => {
      url = told;
    });
  }, "test");
  return { url, manifests: manifestsOf(registered) };
}

const of = (manifests: Awaited<ReturnType<typeof exposed>>["manifests"]) =>
  manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
const always = ["Namespace analytics", "NetworkPolicy default-deny"];

describe("the way in from outside of the cluster", () => {
  it("is closed by default", async () => {
    const { url, manifests } = await exposed({});
    assert.equal(url, undefined);
    assert.deepEqual(of(manifests), always);
  });

  it("by an Ingress has its host, certificate and class, and lets the controller's pods in alone", async () => {
    const tls = { enabled: true, secretName: "", clusterIssuer: "letsencrypt" };
    const { url, manifests } = await exposed({
      ingress: { enabled: true, host: "charts.example.com", className: "nginx", tls },
    });
    assert.equal(url, "https://charts.example.com");
    assert.deepEqual(of(manifests), [
      "Ingress superset",
      "Namespace analytics",
      "NetworkPolicy default-deny",
      "NetworkPolicy superset-from-ingress",
    ]);
    const at = (path: string) => field(manifests, "Ingress", "superset", path);
    assert.equal(at("spec.ingressClassName"), "nginx");
    assert.deepEqual(at("spec.tls"), [
      { hosts: ["charts.example.com"], secretName: "superset-tls" },
    ]);
    assert.match(JSON.stringify(at("metadata.annotations")), /cluster-issuer":"letsencrypt"/);
    assert.deepEqual(field(manifests, "NetworkPolicy", "superset-from-ingress", "spec.ingress"), [
      {
        from: [
          {
            namespaceSelector: {
              matchLabels: { "kubernetes.io/metadata.name": "ingress-nginx" },
            },
          },
        ],
        ports: [{ protocol: "TCP", port: "http" }],
      },
    ]);
  });

  it("by an Ingress without a certificate is by HTTP", async () => {
    const { url, manifests } = await exposed({
      ingress: {
        enabled: true,
        host: "charts.example.com",
        tls: { enabled: false, secretName: "", clusterIssuer: "" },
      },
    });
    assert.equal(url, "http://charts.example.com");
    assert.equal(field(manifests, "Ingress", "superset", "spec.tls"), undefined);
    assert.equal(field(manifests, "Ingress", "superset", "spec.ingressClassName"), undefined);
  });

  it("by a load balancer is for those addresses that may reach it", async () => {
    const { manifests } = await exposed({
      service: { type: "LoadBalancer", sourceRanges: ["192.0.2.0/24"] },
    });
    const at = (path: string) => field(manifests, "Service", "superset-public", path);
    assert.equal(at("spec.type"), "LoadBalancer");
    assert.deepEqual(at("spec.loadBalancerSourceRanges"), ["192.0.2.0/24"]);
    assert.deepEqual(
      field(manifests, "NetworkPolicy", "superset-from-public", "spec.ingress.0.from"),
      [{ ipBlock: { cidr: "192.0.2.0/24" } }],
    );
  });
});
