import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { z } from "zod";
import { discoverStreams } from "../pipelines";
import { manifestsOf, registeredResources, settingsOf } from "../render";
import { connections } from "./connections";

const labels = z.record(z.string(), z.string());
type Labels = z.infer<typeof labels>;
const selector = z.strictObject({ matchLabels: labels.optional() });
const pods = z.strictObject({ podSelector: selector });
const cidr = z.strictObject({ ipBlock: z.strictObject({ cidr: z.string() }) });
const ports = z
  .array(
    z.strictObject({
      protocol: z.enum(["TCP", "UDP"]),
      port: z.number(),
      endPort: z.number().optional(),
    }),
  )
  .min(1);
/** Who comes in is always said, and each rule says its ports. */
const policy = z.strictObject({
  podSelector: selector,
  policyTypes: z.tuple([z.literal("Ingress"), z.literal("Egress")]),
  ingress: z.array(z.strictObject({ from: z.array(pods).min(1), ports })).default([]),
  egress: z
    .array(z.strictObject({ to: z.union([z.array(pods), z.array(cidr)]).optional(), ports }))
    .default([]),
});
const workload = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({
      metadata: z.looseObject({ labels }),
      spec: z.looseObject({
        containers: z.array(
          z.looseObject({ ports: z.array(z.object({ containerPort: z.number() })).default([]) }),
        ),
      }),
    }),
  }),
});

interface Pod {
  readonly name: string;
  readonly labels: Labels;
  readonly ports: readonly number[];
}

const matches = ({ matchLabels = {} }: z.infer<typeof selector>, of: Labels) =>
  Object.entries(matchLabels).every(([key, value]) => of[key] === value);
const hasPort = (rule: z.infer<typeof ports>, number: number) =>
  rule.some(
    ({ protocol, port, endPort = port }) =>
      protocol === "TCP" && port <= number && number <= endPort,
  );

/** The pods and policies of a stack, as Kubernetes would see them. */
class Rendered {
  readonly pods: readonly Pod[];
  readonly policies: ReadonlyMap<string, z.infer<typeof policy>>;

  private constructor(manifests: ReturnType<typeof manifestsOf>) {
    this.pods = manifests
      .filter(({ kind }) => ["StatefulSet", "Deployment", "Job"].includes(kind))
      .map((one) => {
        const { metadata, spec } = workload.parse(one).spec.template;
        const numbers = spec.containers.flatMap((container) => container.ports);
        const name = String(one.metadata.name).replace("-rendered", "");
        const declared = numbers.map(({ containerPort }) => containerPort);
        return { name, labels: metadata.labels, ports: declared };
      });
    this.policies = new Map(
      manifests
        .filter(({ kind }) => kind === "NetworkPolicy")
        .map((one) => [String(one.metadata.name), policy.parse(one.spec)]),
    );
  }

  static async of(stack: string, overrides: Readonly<Record<string, string>>): Promise<Rendered> {
    return new Rendered(manifestsOf(await registeredResources(stack, overrides)));
  }

  /** The names of the policies that select a pod. */
  selecting(of: Labels): string[] {
    return [...this.policies].flatMap(([name, one]) => (matches(one.podSelector, of) ? name : []));
  }

  /** As Kubernetes has it: some policy of the one end lets it out, and some policy of the other end lets it in. */
  permits(from: Labels, to: Labels, number: number): boolean {
    const all = [...this.policies.values()];
    const out = all
      .filter(({ podSelector }) => matches(podSelector, from))
      .flatMap(({ egress }) => egress)
      .filter((rule) => hasPort(rule.ports, number))
      .some(
        ({ to: peers }) =>
          peers === undefined ||
          peers.some((peer) => "podSelector" in peer && matches(peer.podSelector, to)),
      );
    const into = all
      .filter(({ podSelector }) => matches(podSelector, to))
      .flatMap(({ ingress }) => ingress)
      .filter((rule) => hasPort(rule.ports, number))
      .some(({ from: peers }) => peers.some(({ podSelector }) => matches(podSelector, from)));
    return out && into;
  }

  /** `kafka:9092 ← druid-coordinator, …`: whom the policies let in at each of these ports, in this order. */
  open(numbers: (pod: Pod) => readonly number[]): string[] {
    return this.pods.flatMap((to) =>
      numbers(to).flatMap((number) => {
        const from = this.pods.filter((pod) => this.permits(pod.labels, to.labels, number));
        return from.length === 0 ? [] : `${to.name}:${number} ← ${namesOf(from)}`;
      }),
    );
  }

  /** What policies let out to others than the namespace's pods and its name server, by policy. */
  waysOut(): Record<string, string[]> {
    const entries = [...this.policies].map(([name, { egress }]) => [
      name,
      egress
        .filter(({ to }) => !to?.some((peer) => "podSelector" in peer))
        .filter((rule) => rule.ports.some(({ port }) => port !== 53))
        .map(({ to, ports: all }) => {
          const where = to?.map((peer) => "ipBlock" in peer && peer.ipBlock.cidr) ?? ["anywhere"];
          return `${where}:${all.map(({ port }) => port)}`;
        }),
    ]);
    return Object.fromEntries(entries.filter(([, ways]) => (ways?.length ?? 0) > 0));
  }
}

const namesOf = (all: readonly Pod[]) =>
  all
    .map(({ name }) => name)
    .sort()
    .join(", ");
const key = (name: string) => `realtime-analytics:${name}`;
const withRegistry = { [key("imageRegistry")]: "registry.example.com/team" };
const withAirflow = { [key("producerMode")]: "both" };
const withPostgres = {
  [key("postgresUrl")]: "postgresql://root@db.example.com:6432",
  [key("postgresPassword")]: "not-the-password",
};
const variants: { stack: string; overrides: Record<string, string> }[] = [
  { stack: "local", overrides: {} },
  { stack: "local", overrides: { [key("producerMode")]: "none" } },
  { stack: "test", overrides: withAirflow },
  { stack: "dev", overrides: withAirflow },
  { stack: "staging", overrides: { ...withRegistry, ...withAirflow } },
  { stack: "staging", overrides: { ...withRegistry, ...withPostgres } },
  { stack: "rehearsal", overrides: withAirflow },
];

for (const { stack, overrides } of variants) {
  describe(`the policies of ${[stack, ...Object.values(overrides)].join(", ")}`, () => {
    let rendered: Rendered;
    const table = connections(settingsOf(stack, overrides), discoverStreams());
    before(async () => {
      rendered = await Rendered.of(stack, overrides);
    });

    it("have one for the pods of each workload, and one that shuts every pod", () => {
      assert.ok(rendered.pods.length >= 10);
      for (const pod of rendered.pods) {
        const own = rendered.selecting(pod.labels).filter((name) => name !== "default-deny");
        assert.equal(own.length, 1, `${pod.name}: ${own}`);
      }
      for (const [name, { podSelector }] of rendered.policies) {
        const selected = rendered.pods.filter((pod) => matches(podSelector, pod.labels));
        assert.ok(selected.length > 0, `no pods of ${name}`);
      }
    });

    it("open the connections of the table at both ends, and no other", () => {
      const numbers = new Set([
        ...rendered.pods.flatMap((pod) => pod.ports),
        ...table.within.flatMap((line) =>
          line.ports.flatMap(({ port, endPort = port }) => [port - 1, port, endPort, endPort + 1]),
        ),
      ]);
      const isOf = (party: string, { labels: of }: Pod) =>
        `${of["app.kubernetes.io/name"]}/${of["app.kubernetes.io/component"]}/`.startsWith(
          `${party}/`,
        );
      const declared = rendered.pods.flatMap((to) =>
        [...numbers].flatMap((number) => {
          const from = rendered.pods.filter((pod) =>
            table.within.some(
              (line) =>
                isOf(line.from, pod) &&
                isOf(line.to, to) &&
                line.ports.some(
                  ({ protocol, port, endPort = port }) =>
                    protocol === undefined && port <= number && number <= endPort,
                ),
            ),
          );
          return from.length === 0 ? [] : `${to.name}:${number} ← ${namesOf(from)}`;
        }),
      );
      assert.deepEqual(
        rendered.open(() => [...numbers]),
        declared,
      );
    });

    it("open nothing for a pod that is none of the stack's", () => {
      const strangers: Labels[] = [{}, { "app.kubernetes.io/name": "debug" }];
      for (const stranger of strangers) {
        assert.deepEqual(rendered.selecting(stranger), ["default-deny"]);
        for (const pod of rendered.pods) {
          for (const number of pod.ports) {
            assert.equal(rendered.permits(stranger, pod.labels, number), false, pod.name);
          }
        }
      }
    });
  });
}

describe("what the policies let in and out", () => {
  it("at each port of staging, with Airflow, are these pods", async () => {
    const rendered = await Rendered.of("staging", { ...withRegistry, ...withAirflow });
    const druid = ["broker", "coordinator", "historical", "indexer", "router"].map(
      (process) => `druid-${process}`,
    );
    const open = rendered.open(({ ports: declared }) => [...declared, 8099, 8100, 8107, 8108]);
    assert.deepEqual(open.sort(), [
      "airflow-scheduler:8793 ← airflow",
      "airflow:8080 ← airflow-scheduler",
      `druid-broker:8082 ← ${druid.join(", ")}, superset`,
      `druid-coordinator:8081 ← ${druid.join(", ")}`,
      `druid-historical:8083 ← ${druid.join(", ")}`,
      `druid-indexer:8091 ← ${druid.join(", ")}`,
      // Its tasks.
      `druid-indexer:8100 ← ${druid.join(", ")}`,
      `druid-indexer:8107 ← ${druid.join(", ")}`,
      `druid-router:8888 ← ${druid.join(", ")}, exporter`,
      `exporter:9103 ← ${druid.join(", ")}`,
      "kafka:9091 ← kafka",
      "kafka:9092 ← airflow-scheduler, druid-coordinator, druid-indexer, exporter, producer-demo",
      "kafka:9093 ← kafka",
      "postgres:5432 ← airflow, airflow-dag-processor, airflow-scheduler, airflow-setup, druid-coordinator, postgres-databases, superset, superset-setup",
      "superset:8088 ← exporter",
      `zookeeper:2181 ← ${druid.join(", ")}`,
      "zookeeper:2888 ← zookeeper",
      "zookeeper:3888 ← zookeeper",
    ]);
  });

  it("by UDP are the counters of Superset's web server alone", async () => {
    const { policies } = await Rendered.of("staging", withRegistry);
    const datagrams = [...policies].flatMap(([name, { ingress }]) =>
      ingress
        .filter((rule) => rule.ports.some(({ protocol }) => protocol === "UDP"))
        .map(({ from, ports: all }) => [
          name,
          from.map(({ podSelector }) => podSelector.matchLabels?.["app.kubernetes.io/component"]),
          all.map(({ port }) => port),
        ]),
    );
    assert.deepEqual(datagrams, [["exporter", ["web"], [9125]]]);
  });

  it("at the ports of metrics is the stack's own Prometheus", async () => {
    const rendered = await Rendered.of("local", {});
    const open = rendered.open(() => [9102, 8080, 9187]);
    assert.deepEqual(open.sort(), [
      "exporter:9102 ← prometheus",
      "postgres:9187 ← prometheus",
      "producer-demo:8080 ← prometheus",
    ]);
  });

  it("beyond the namespace is what each stack needs", async () => {
    const ways = async (stack: string, overrides: Record<string, string> = {}) =>
      (await Rendered.of(stack, overrides)).waysOut();
    // It finds the pods by Kubernetes' API.
    const prometheus = ["anywhere:443,6443,8443,16443"];
    assert.deepEqual(await ways("local", withAirflow), { prometheus });
    const index = ["anywhere:443"];
    assert.deepEqual(await ways("dev", withAirflow), { airflow: index, superset: index });
    const druid = ["anywhere:443", "169.254.0.0/16,fe80::/10,fd00:ec2::/32:80,988"];
    assert.deepEqual(await ways("staging", withRegistry), { druid });
    const server = "anywhere:6432";
    assert.deepEqual(await ways("staging", { ...withRegistry, ...withPostgres }), {
      druid: [server, ...druid],
      "postgres-databases": [server],
      superset: [server],
    });
    const keys = { [key("druidS3AccessKeyId")]: "key", [key("druidS3SecretAccessKey")]: "secret" };
    assert.deepEqual(await ways("rehearsal", keys), { druid: ["anywhere:7070"] });
  });
});

describe("the table", () => {
  const dev = settingsOf("dev");
  const portsOut = (settings: typeof dev, party: string) =>
    connections(settings, [])
      .out.filter(({ from }) => from === party)
      .flatMap(({ ports: all }) => all.map(({ port }) => port))
      .filter((port) => port !== 53);

  it("has no exporter and no Prometheus without monitoring", () => {
    const local = settingsOf("local");
    const monitoring = { ...local.monitoring, enabled: false };
    const { within, out } = connections({ ...local, monitoring }, discoverStreams());
    // Whom a run takes away still connects until its end.
    const parties = [...within.map(({ to }) => to), ...out.map(({ from }) => from)];
    assert.deepEqual(
      parties.filter((party) => /exporter|prometheus/.test(party)),
      [],
    );
  });

  it("has the port of a package index of one's own, and of the proxy before it", () => {
    const { image } = dev.superset;
    const superset = {
      ...dev.superset,
      image: { ...image, drivers: { install: true, indexUrl: "http://index.example.com/simple" } },
      extraEnv: [
        { name: "https_proxy", value: "proxy.example.com:3128" },
        { name: "NO_PROXY", value: "localhost,10.0.0.0/8" },
      ],
    };
    assert.deepEqual(portsOut({ ...dev, superset }, "superset"), [80, 3128]);
  });

  it("with discovery by Kubernetes has its API, and no ZooKeeper", () => {
    const settings = { ...dev, druid: { ...dev.druid, discovery: "kubernetes" as const } };
    assert.deepEqual(portsOut(settings, "druid"), [443, 6443, 8443, 16443]);
    const { within, out } = connections(settings, []);
    const parties = [
      ...within.flatMap(({ from, to }) => [from, to]),
      ...out.map(({ from }) => from),
    ];
    assert.ok(!parties.includes("zookeeper"));
  });
});
