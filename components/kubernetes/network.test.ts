import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { policySpecs, portOf } from "./network";

const https = [{ port: 443 }];
const pods = (name: string, component?: string) => ({
  podSelector: {
    matchLabels: {
      "app.kubernetes.io/name": name,
      "app.kubernetes.io/instance": "test",
      ...(component && { "app.kubernetes.io/component": component }),
    },
  },
});
const tcp = (...ports: number[]) => ports.map((port) => ({ protocol: "TCP", port }));

describe("policySpecs", () => {
  it("makes one policy of all parts of a software, and names the very pods of the other end", () => {
    const specs = policySpecs("test", {
      within: [
        { from: "web", to: "store/reader", ports: [{ port: 80 }] },
        { from: "web", to: "store/reader", ports: [{ port: 8100, endPort: 8107 }] },
        { from: "store", to: "store/writer", ports: [{ port: 81 }] },
      ],
      out: ["web", "store"].map((from) => ({ from, ports: https })),
    });
    assert.deepEqual(
      specs.map(({ name }) => name),
      ["store", "web"],
    );
    assert.deepEqual(specs[0]?.spec, {
      ...pods("store"),
      policyTypes: ["Ingress", "Egress"],
      ingress: [
        { from: [pods("web")], ports: [...tcp(80), { ...tcp(8100)[0], endPort: 8107 }] },
        { from: [pods("store")], ports: tcp(81) },
      ],
      egress: [{ to: [pods("store", "writer")], ports: tcp(81) }, { ports: tcp(443) }],
    });
  });

  it("lets in who has no policy, as pods have that a run takes away", () => {
    const specs = policySpecs("test", {
      within: [{ from: "sender", to: "log", ports: [{ port: 9092 }] }],
      out: [],
    });
    assert.deepEqual(specs, [
      {
        name: "log",
        spec: {
          ...pods("log"),
          policyTypes: ["Ingress", "Egress"],
          ingress: [{ from: [pods("sender")], ports: tcp(9092) }],
        },
      },
    ]);
  });
});

describe("portOf", () => {
  it("is the URL's own, or its scheme's, and that of HTTPS without a scheme", () => {
    const ports = ["https://a.example:3141/x", "http://a.example", "https://a", "a:3128", "a", ""];
    assert.deepEqual(ports.map(portOf), [3141, 80, 443, 3128, 443, 443]);
  });
});
