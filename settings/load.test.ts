import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { loadSettings, SettingsError, type Sources } from "./load";
import { mergeValues } from "./merge";
import { readPostgresUrl } from "./postgres-url";
import { stackConfigSchema } from "./stack-config";

const project = "some-project";

/** The repository's own files, with some of them replaced, and the given config. */
function sources(
  files: Record<string, string | undefined> = {},
  config: Record<string, string> = {},
  stack = "dev",
): Sources {
  return {
    project,
    stack,
    config,
    secretConfigKeys: [],
    readFile: (path) => {
      if (path in files) return files[path];
      try {
        return readFileSync(join(__dirname, "..", path), "utf8");
      } catch {
        return undefined;
      }
    },
  };
}

function problemsOf(given: Sources): readonly string[] {
  try {
    loadSettings(given);
  } catch (error) {
    assert.ok(error instanceof SettingsError, String(error));
    return error.problems;
  }
  return [];
}

/** charts-values/kafka.yaml with one value put in place of another. */
function kafkaWith(values: Record<string, unknown>): string {
  const base = z
    .record(z.string(), z.unknown())
    .parse(parse(readFileSync(join(__dirname, "..", "charts-values/kafka.yaml"), "utf8")));
  return stringify(mergeValues(base, values));
}

describe("values of the services", () => {
  for (const stack of ["local", "dev", "staging"]) {
    it(`of stack ${stack} are right as they stand in the repository`, () => {
      assert.deepEqual(problemsOf(sources({}, {}, stack)), []);
    });
  }

  it("of another stack's overlay are taken where valuesOverlay names it", () => {
    const config = { [`${project}:valuesOverlay`]: "local" };
    assert.deepEqual(
      loadSettings(sources({}, config, "test")).kafka,
      loadSettings(sources({}, {}, "local")).kafka,
    );
  });

  it("of an overlay that no service has are refused", () => {
    assert.deepEqual(problemsOf(sources({}, { [`${project}:valuesOverlay`]: "locl" })), [
      "Pulumi.dev.yaml: valuesOverlay must name an overlay of charts-values/; there is no <service>.locl.yaml",
    ]);
  });

  it("are refused with file, key, value and what is allowed", () => {
    assert.deepEqual(
      problemsOf(sources({ "charts-values/kafka.yaml": kafkaWith({ replicaCount: 0 }) })),
      ["charts-values/kafka.yaml: replicaCount must be ≥ 1, is 0"],
    );
  });

  it("are refused all at once, whatever file and config key they are in", () => {
    const problems = problemsOf(
      sources(
        {
          "charts-values/kafka.yaml": kafkaWith({
            minInSyncReplicas: "two",
            image: { pullPolicy: "Sometimes" },
          }),
          "charts-values/druid.dev.yaml": "indexer:\n  workerCapacity: 1\n",
        },
        { [`${project}:producerIntervalMs`]: "5" },
      ),
    );
    assert.deepEqual(problems, [
      "Pulumi.dev.yaml: producerIntervalMs must be 0, or 10 to 86400000, is 5",
      'charts-values/kafka.yaml: image.pullPolicy must be Always, IfNotPresent or Never, is "Sometimes"',
      'charts-values/kafka.yaml: minInSyncReplicas must be a number, is "two"',
      "charts-values/druid.dev.yaml: indexer.workerCapacity must be ≥ 2, is 1",
    ]);
  });

  it("with an unknown key are refused, with the nearest known one", () => {
    const [problem] = problemsOf(
      sources({ "charts-values/kafka.dev.yaml": "replicacount: 3\nservice:\n  prot: 1\n" }),
    );
    assert.match(
      problem ?? "",
      /^charts-values\/kafka.dev.yaml: service.prot is not a known key; did you mean port\? known here: port$/,
    );
  });

  it("name the overlay where the overlay has the value, and the base where it doesn't", () => {
    assert.deepEqual(
      problemsOf(
        sources({
          "charts-values/kafka.yaml": kafkaWith({ minInSyncReplicas: 2 }),
          "charts-values/kafka.dev.yaml": "replicationFactor: 3\n",
        }),
      ),
      ["charts-values/kafka.dev.yaml: replicationFactor must be ≤ replicaCount, which is 1, is 3"],
    );
  });

  it("refuse for Kafka's clients a port that its nodes reach each other at", () => {
    const overlay = "service:\n  port: 9091\n";
    assert.deepEqual(problemsOf(sources({ "charts-values/kafka.dev.yaml": overlay })), [
      "charts-values/kafka.dev.yaml: service.port must not be 9091 or 9093, at which the nodes reach each other, is 9091",
    ]);
  });

  it("that Druid can't run with together are refused", () => {
    const druid = (overlay: string) =>
      problemsOf(sources({ "charts-values/druid.dev.yaml": overlay }));
    assert.match(
      druid("discovery: kubernetes\nindexer: { kind: middleManager }\n")[0] ?? "",
      /^charts-values\/druid.dev.yaml: indexer.kind must be indexer with discovery kubernetes, .*discovery: zookeeper$/,
    );
    assert.deepEqual(druid("indexer: { kind: middleManager }\n"), []);
    assert.deepEqual(druid("indexer: { taskReplicas: 2 }\n"), [
      "charts-values/druid.dev.yaml: indexer.taskReplicas must be ≤ indexer.replicaCount, which is 1, is 2: copies run on different pods",
    ]);
    assert.match(
      druid("metadata: { type: derby }\ncoordinator: { replicaCount: 2 }\n")[0] ?? "",
      /coordinator.replicaCount must be 1 with metadata.type derby/,
    );
  });

  it("of a missing key and of a file that is no YAML are refused", () => {
    assert.deepEqual(
      problemsOf(sources({ "charts-values/kafka.yaml": kafkaWith({ replicaCount: null }) })),
      ["charts-values/kafka.yaml: replicaCount must be a number, is missing"],
    );
    assert.match(
      problemsOf(sources({ "charts-values/kafka.dev.yaml": "a: [1\n" }))[0] ?? "",
      /^charts-values\/kafka\.dev\.yaml: is no YAML: /,
    );
  });

  it("are the base's with the overlay's laid over it", () => {
    const { kafka } = loadSettings(
      sources({ "charts-values/kafka.dev.yaml": "jvm:\n  maxHeap: 1g\n" }),
    );
    assert.deepEqual(kafka.jvm, {
      maxHeap: "1g",
      args: ["-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20"],
    });
  });

  it("of a Kafka that is there already agree with each other and with the password", () => {
    const problems = (external: object, password?: string) => {
      const overlay = stringify({ external });
      const config: Record<string, string> =
        password === undefined ? {} : { [`${project}:kafkaPassword`]: password };
      return problemsOf({
        ...sources({ "charts-values/kafka.dev.yaml": overlay }, config),
        secretConfigKeys: Object.keys(config),
      });
    };
    const brokers = ["kafka.example.com:9096"];
    const sasl = { mechanism: "plain", username: "reader" };
    assert.deepEqual(problems({ brokers, sasl }, "a-password"), []);
    assert.match(
      problems({ brokers, sasl })[0] ?? "",
      /kafkaPassword must be set with external\.sasl\.mechanism plain/,
    );
    assert.match(
      problems({ brokers }, "a-password")[0] ?? "",
      /kafkaPassword is of a user of external\.sasl/,
    );
    assert.match(
      problems({ sasl }, "a-password")[0] ?? "",
      /external\.brokers must name the brokers/,
    );
    assert.match(
      problems({ brokers, sasl: { ...sasl, username: "" } }, "a-password")[0] ?? "",
      /external\.sasl\.username must be a user with external\.sasl\.mechanism plain, is ""/,
    );
    assert.match(
      problems({ brokers: ["kafka.example.com"] })[0] ?? "",
      /external\.brokers.* must be host:port/,
    );
    const pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    assert.match(
      problems({ brokers, tls: { enabled: false, authority: pem } })[0] ?? "",
      /external\.tls\.enabled must be true with external\.tls\.authority/,
    );
    assert.match(
      problems({ brokers, tls: { enabled: true, authority: "x" } })[0] ?? "",
      /authority must be certificates as PEM/,
    );
  });

  it("of an Ingress name its host, and HTTPS at both ends", () => {
    const overlay = stringify({ ingress: { enabled: true } });
    assert.deepEqual(problemsOf(sources({ "charts-values/superset.dev.yaml": overlay })), [
      "charts-values/superset.yaml: https must be true with ingress.tls.enabled, is false",
      "charts-values/superset.yaml: ingress.host must be a host name with ingress.enabled, is empty",
    ]);
  });
});

describe("the stack's config", () => {
  it("has the defaults that Pulumi.yaml tells the CLI, and the same keys", () => {
    const declared = z
      .object({ config: z.record(z.string(), z.object({ default: z.unknown().optional() })) })
      .parse(parse(readFileSync(join(__dirname, "..", "Pulumi.yaml"), "utf8"))).config;
    // `pulumi new` adds `pulumi:tags`.
    const own = Object.entries(declared).filter(([key]) => !key.includes(":"));
    assert.deepEqual(
      Object.fromEntries(own.map(([key, { default: value }]) => [key, value])),
      stackConfigSchema.parse({}),
    );
  });

  it("is read from texts, as Pulumi keeps it", () => {
    const { config, context } = loadSettings(
      sources(
        {},
        {
          [`${project}:adopt`]: "true",
          [`${project}:producerIntervalMs`]: "250",
          "kubernetes:context": "kind-kind",
        },
      ),
    );
    assert.equal(config.adopt, true);
    assert.equal(config.producerIntervalMs, 250);
    assert.equal(context, "kind-kind");
  });

  it("with an unknown key is refused, with the nearest known one", () => {
    assert.match(
      problemsOf(sources({}, { [`${project}:producerMod`]: "none" }))[0] ?? "",
      /^Pulumi\.dev\.yaml: producerMod is not a known key; did you mean producerMode\?/,
    );
  });

  it("never shows a secret's value, and refuses one that isn't encrypted", () => {
    const key = `${project}:supersetSecretKey`;
    assert.deepEqual(problemsOf(sources({}, { [key]: "short" })), [
      `Pulumi.dev.yaml: supersetSecretKey must have 42 characters or more, is another (not shown)`,
    ]);
    const plain = sources({}, { [key]: "x".repeat(42) });
    assert.deepEqual(problemsOf(plain), [
      "Pulumi.dev.yaml: supersetSecretKey must be encrypted; set it by: pulumi config set --secret supersetSecretKey",
    ]);
    assert.deepEqual(problemsOf({ ...plain, secretConfigKeys: [key] }), []);
  });

  it("takes a PostgreSQL server by URL, without its password, which is a secret of its own", () => {
    const [url, password] = [`${project}:postgresUrl`, `${project}:postgresPassword`];
    const problems = (value: string, given: Record<string, string> = { [password]: "p" }) =>
      problemsOf({ ...sources({}, { [url]: value, ...given }), secretConfigKeys: [password] });
    for (const right of ["postgresql://me@db", "postgres://me@db:1/x?sslmode=require"]) {
      assert.deepEqual(problems(right), [], right);
    }
    for (const wrong of [
      "db",
      "http://me@db",
      "postgresql://db",
      "postgresql://me:p@db",
      "postgresql://me@db?x=1",
    ]) {
      assert.match(problems(wrong).join(), /postgresUrl must be postgresql:/, wrong);
    }
    assert.match(
      problems("postgresql://me@db", {}).join(),
      /postgresUrl and postgresPassword must both be set/,
    );
    assert.deepEqual(readPostgresUrl("postgresql://a%40b@db?sslmode=disable"), {
      host: "db",
      port: 5432,
      name: "postgres",
      username: "a@b",
      sslMode: "disable",
    });
  });

  it("with restrictEgress needs a registry or images with drivers, of the services that it has", () => {
    const restricted = { [`${project}:restrictEgress`]: "true" };
    const problems = (config: Record<string, string>, files = {}) =>
      problemsOf(sources(files, { ...restricted, ...config })).join("\n");
    const lacking =
      /^Pulumi\.dev\.yaml: imageRegistry must be set with restrictEgress: .* of (.*) lacks,/;
    assert.equal(lacking.exec(problems({}))?.[1], "superset");
    const withAirflow = { [`${project}:producerMode`]: "both" };
    assert.equal(lacking.exec(problems(withAirflow))?.[1], "superset and airflow");
    const own = {
      "charts-values/superset.dev.yaml":
        "image:\n  repository: r.example.com/s\n  drivers: { install: false }\n",
    };
    assert.equal(problems({}, own), "");
    assert.equal(lacking.exec(problems(withAirflow, own))?.[1], "airflow");
    assert.equal(problems({ [`${project}:imageRegistry`]: "r.example.com" }), "");
    assert.equal(problems({ [`${project}:kindCluster`]: "kind" }), "");
  });

  it("with an operations dashboard and no monitoring is refused", () => {
    const off = { "charts-values/monitoring.dev.yaml": "enabled: false\n" };
    const shown = { [`${project}:operationsDashboard`]: "true" };
    assert.deepEqual(problemsOf(sources({}, shown)), []);
    assert.deepEqual(problemsOf(sources(off)), []);
    assert.deepEqual(problemsOf(sources(off, shown)), [
      "Pulumi.dev.yaml: operationsDashboard must be false with enabled: false in charts-values/monitoring.yaml: the exporter sends what it shows",
    ]);
  });

  it("with requireContext and no context is refused", () => {
    assert.deepEqual(problemsOf(sources({}, { [`${project}:requireContext`]: "true" })), [
      "Pulumi.dev.yaml: kubernetes:context is missing, and requireContext is true; name the cluster: pulumi config set kubernetes:context NAME",
    ]);
  });
});

describe("mergeValues", () => {
  it("merges maps key by key, replaces lists, removes what is null, and changes neither side", () => {
    const base = { a: { b: 1, c: 2 }, list: [1, 2], gone: true };
    const overlay = { a: { c: 3 }, list: [4], gone: null };
    assert.deepEqual(mergeValues(base, overlay), { a: { b: 1, c: 3 }, list: [4] });
    assert.deepEqual(base, { a: { b: 1, c: 2 }, list: [1, 2], gone: true });
  });
});
