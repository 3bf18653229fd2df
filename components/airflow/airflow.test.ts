import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { z } from "zod";
import { discoverStreams } from "../../pipelines";
import { type SenderSpec, senderSpec } from "../../pipelines/derive/sender";
import { manifestsOf, registeredResources } from "../../render";
import type { Manifest, Registered } from "../registered";

/** The specs of the streams that Airflow sends. */
const specs = discoverStreams().flatMap((stream): SenderSpec[] => {
  const spec = senderSpec(stream);
  return spec === undefined ? [] : [spec];
});

const mode = (value: string) => ({ producerMode: value });

const container = z.object({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()),
  env: z
    .array(
      z.object({
        name: z.string(),
        value: z.string().optional(),
        valueFrom: z.object({ secretKeyRef: z.object({ name: z.string() }) }).optional(),
      }),
    )
    .optional(),
  volumeMounts: z.array(
    z.object({ name: z.string(), mountPath: z.string(), subPath: z.string().optional() }),
  ),
});
const workload = z.object({
  spec: z.object({
    template: z.object({
      metadata: z.object({ labels: z.record(z.string(), z.string()) }),
      spec: z.object({
        containers: z.tuple([container]),
        initContainers: z.array(container).optional(),
      }),
    }),
  }),
});

const labelled = z.object({ labels: z.record(z.string(), z.string()).default({}) });

function serviceOf({ metadata }: Manifest): string | undefined {
  return labelled.parse(metadata).labels["app.kubernetes.io/name"];
}

/** The pods of Airflow by component. */
function podsOf(manifests: readonly Manifest[]) {
  return new Map(
    manifests
      .filter(({ kind }) => ["Deployment", "Job"].includes(kind))
      .filter((one) => serviceOf(one) === "airflow")
      .map((one) => workload.parse(one).spec.template)
      .map(({ metadata, spec }) => [
        metadata.labels["app.kubernetes.io/component"],
        { ...spec.containers[0], initContainers: spec.initContainers ?? [] },
      ]),
  );
}

describe("Airflow without a registry", () => {
  it("installs the Kafka client in every pod, from wheels alone, by the image's own Python", async () => {
    const registered = await registeredResources("dev", mode("airflow"));
    assert.deepEqual(
      registered.filter(({ type }) => type.startsWith("docker:")),
      [],
    );
    const pods = podsOf(manifestsOf(registered));
    const components = ["setup", "api-server", "scheduler", "dag-processor"];
    assert.deepEqual([...pods.keys()].sort(), [...components].sort());
    for (const [component, pod] of pods) {
      const [drivers] = pod.initContainers;
      assert.equal(drivers?.image, pod.image, component);
      assert.deepEqual(drivers?.command.slice(0, 7), [
        ...["uv", "pip", "install", "--python", "/home/airflow/.local/bin/python"],
        ...["--target", "/opt/drivers"],
      ]);
      assert.match(drivers?.command.join(" ") ?? "", / --require-hashes .* --only-binary :all: /);
      const path = pod.env?.find(({ name }) => name === "PYTHONPATH")?.value;
      assert.equal(path, "/opt/drivers", component);
      assert.ok(
        pod.volumeMounts.some(({ mountPath }) => mountPath === "/opt/drivers"),
        component,
      );
    }
  });
});

describe("Airflow on stack local", () => {
  let registered: Registered[] = [];
  let manifests: Manifest[] = [];
  let pods: ReturnType<typeof podsOf> = new Map();
  before(async () => {
    registered = await registeredResources("local", mode("airflow"));
    manifests = manifestsOf(registered);
    pods = podsOf(manifests);
  });
  const pod = (component: string) => {
    const found = pods.get(component);
    assert.ok(found, `no pod ${component}`);
    return found;
  };
  const variable = (component: string, name: string) =>
    pod(component).env?.find((one) => one.name === name);

  it("is a web page, a scheduler, a DAG processor and the Job before them", () => {
    assert.deepEqual([...pods.keys()].sort(), [
      "api-server",
      "dag-processor",
      "scheduler",
      "setup",
    ]);
  });

  it("gives the DAG files, one by one, to those that read them and not to the web page", () => {
    const mounts = (component: string) =>
      pod(component)
        .volumeMounts.filter(({ mountPath }) => mountPath.startsWith("/etc/airflow-dags/"))
        .map(({ mountPath, subPath }) => [mountPath, subPath]);
    const streams = specs.map(({ name }) => `${name}.json`);
    const expected = ["dags.py", "stream.py", ...streams].map((file) => [
      `/etc/airflow-dags/${file}`,
      file,
    ]);
    for (const component of ["setup", "scheduler", "dag-processor"]) {
      assert.deepEqual(mounts(component), expected, component);
    }
    assert.deepEqual(mounts("api-server"), []);
  });

  it("gives the connection to the scheduler alone, and the superuser's password to no pod", () => {
    for (const { name } of specs) {
      const connection = `AIRFLOW_CONN_KAFKA_${name.toUpperCase().replaceAll("-", "_")}`;
      assert.equal(
        variable("scheduler", connection)?.valueFrom?.secretKeyRef.name,
        "airflow-tasks-secret-rendered",
      );
      for (const component of ["api-server", "dag-processor", "setup"]) {
        assert.equal(variable(component, connection), undefined, component);
      }
    }
    for (const [component, { env }] of pods) {
      assert.ok(!/"(SUPERUSER|PG)_?PASSWORD"/.test(JSON.stringify(env)), component);
    }
  });

  it("has a Fernet key of 32 bytes in URL-safe base64", () => {
    const secret = manifests.find(
      ({ kind, metadata }) =>
        kind === "Secret" && metadata.name === "airflow-common-secret-rendered",
    );
    const { stringData } = z.object({ stringData: z.record(z.string(), z.string()) }).parse(secret);
    // The rendered value stands for one of 32 characters.
    assert.match(stringData.AIRFLOW__CORE__FERNET_KEY ?? "", /^[\w-]+=$/);
    const password = registered.find(({ name }) => name === "airflow-fernet-key");
    assert.equal(password?.inputs.length, 32);
  });

  it("keeps that key where its database is kept", async () => {
    const kept = await registeredResources("local", {
      ...mode("airflow"),
      dataOnDestroy: "keep",
    });
    const names = (all: readonly Registered[]) =>
      all.map(({ name }) => name).filter((name) => name.startsWith("airflow-fernet-key-"));
    assert.deepEqual(names(kept).sort(), ["airflow-fernet-key-keep", "airflow-fernet-key-kept"]);
    assert.deepEqual(names(registered), []);
  });

  it("tells the DAGs their streams, as pipelines/ declares them", () => {
    const files = manifests.find(
      ({ kind, metadata }) =>
        kind === "ConfigMap" && String(metadata.name).startsWith("airflow-files"),
    );
    const { data } = z.object({ data: z.record(z.string(), z.string()) }).parse(files);
    for (const spec of specs) assert.deepEqual(JSON.parse(data[`${spec.name}.json`] ?? ""), spec);
  });

  it("leaves Postgres and every pod of the other services as they are without it, but for the Job that makes its database", async () => {
    const others = (all: readonly Manifest[]) =>
      all
        .filter((one) => !["airflow", "producer"].includes(serviceOf(one) ?? ""))
        .filter(({ metadata }) => !String(metadata.name).startsWith("postgres-databases-"))
        // They let Airflow in.
        .filter(({ kind }) => kind !== "NetworkPolicy")
        .map((one) => JSON.stringify(one))
        .sort();
    const without = manifestsOf(await registeredResources("local", mode("none")));
    assert.deepEqual(others(manifests), others(without));
  });
});

describe("who sends", () => {
  const senders = async (value: string) => {
    const manifests = manifestsOf(await registeredResources("dev", mode(value)));
    return manifests
      .filter(({ kind }) => kind === "Deployment")
      .map(({ metadata }) => String(metadata.name))
      .filter((name) => name.startsWith("producer-") || name === "airflow-scheduler")
      .sort();
  };
  const producers = specs.map(({ name }) => `producer-${name.replaceAll("_", "-")}`);
  for (const [value, expected] of [
    ["standalone", producers],
    ["airflow", ["airflow-scheduler"]],
    ["both", ["airflow-scheduler", ...producers]],
    ["none", []],
  ] as const) {
    it(`is ${expected.join(" and ") || "nobody"} with producerMode ${value}`, async () => {
      assert.deepEqual(await senders(value), expected);
    });
  }
});
