import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { manifestsOf, registeredBy } from "../../render";
import { field, testNamespace, typesAndNames, values } from "../testing";
import { Superset, type SupersetArgs } from "./superset";

const superset = (
  supersetValues = values("local").superset,
  more: Partial<SupersetArgs> = {},
  keepData = false,
) =>
  registeredBy(() => {
    new Superset("superset", {
      namespace: testNamespace(keepData),
      values: supersetValues,
      database: {
        host: "postgres",
        port: 5432,
        name: "superset",
        username: "superset",
        password: pulumi.secret("database-password"),
      },
      admin: { username: "admin", email: "admin@localhost" },
      registry: { address: "" },
      secretsGeneration: 1,
      ...more,
    });
  }, "test");

const own = [
  "kubernetes:apps/v1:Deployment superset-web",
  "kubernetes:batch/v1:Job superset-setup",
  "kubernetes:core/v1:ConfigMap superset-config",
  "kubernetes:core/v1:Secret superset-secret",
  "kubernetes:core/v1:Service superset-service",
  "random:index/randomPassword:RandomPassword superset-admin-password",
  "random:index/randomPassword:RandomPassword superset-registrar-password",
  "random:index/randomPassword:RandomPassword superset-secret-key",
  "realtime-analytics:index:Superset superset",
];

describe("Superset", () => {
  it("from an image with drivers builds none", async () => {
    assert.deepEqual(typesAndNames(await superset(), "superset"), own);
  });

  it("without a registry builds none: each pod installs the locked drivers, and rolls when the list changes", async () => {
    const registered = await superset(values("dev").superset);
    assert.deepEqual(
      typesAndNames(registered, "superset").filter((line) => !own.includes(line)),
      ["kubernetes:core/v1:ConfigMap superset-drivers"],
    );
    const manifests = manifestsOf(registered);
    const spec = "spec.template.spec";
    for (const [kind, name] of [
      ["Deployment", "superset"],
      ["Job", "superset-setup-rendered"],
    ] as const) {
      const at = (path: string) => field(manifests, kind, name, `${spec}.${path}`);
      assert.equal(at("containers.0.image"), "docker.io/apache/superset:6.1.0");
      assert.equal(at("initContainers.0.image"), "docker.io/apache/superset:6.1.0");
      assert.match(JSON.stringify(at("initContainers.0.command")), /"--require-hashes"/);
      assert.deepEqual(at("initContainers.0.resources"), at("containers.0.resources"));
      assert.match(
        JSON.stringify(at("containers.0.env")),
        /"PYTHONPATH","value":"\/app\/pythonpath:\/opt\/drivers"/,
      );
      assert.match(JSON.stringify(at("volumes")), /"superset-drivers-rendered"/);
    }
    const lists = field(manifests, "ConfigMap", "superset-drivers-rendered", "data");
    assert.deepEqual(Object.keys(lists ?? {}), ["build.txt", "requirements.txt"]);
  });

  it("asks another package index for its drivers where the values name one", async () => {
    const { image } = values("dev").superset;
    const drivers = { install: true, indexUrl: "https://packages.example.com/simple" };
    const manifests = manifestsOf(
      await superset({ ...values("dev").superset, image: { ...image, drivers } }),
    );
    const env = "spec.template.spec.initContainers.0.env";
    assert.deepEqual(field(manifests, "Deployment", "superset", env), [
      { name: "HOME", value: "/tmp" },
      { name: "UV_DEFAULT_INDEX", value: drivers.indexUrl },
    ]);
  });

  it("never has the kubelet ask a registry for an image that kind's nodes are loaded with", async () => {
    const registry = { address: "", kindCluster: "kind" };
    const manifests = manifestsOf(await superset(values("dev").superset, { registry }));
    const container = "spec.template.spec.containers.0";
    const image = field(manifests, "Deployment", "superset", `${container}.image`);
    assert.match(String(image), /^kind\.local\/analytics\/superset:/);
    const policy = field(manifests, "Deployment", "superset", `${container}.imagePullPolicy`);
    assert.equal(policy, "Never");
  });

  it("builds its drivers onto the official image, tagged by content and pushed to the registry", async () => {
    const registered = await superset(values("dev").superset, {
      registry: { address: "registry.example.com/team" },
    });
    const image = registered.find(({ name }) => name === "superset-image");
    assert.equal(image?.type, "docker:index/image:Image");
    assert.match(
      String(image?.inputs.imageName),
      /^registry\.example\.com\/team\/analytics\/superset:[0-9a-f]{16}$/,
    );
    assert.equal(image?.inputs.skipPush, false);
    const container = "spec.template.spec.containers.0.image";
    assert.equal(
      field(manifestsOf(registered), "Deployment", "superset", container),
      image?.inputs.imageName,
    );
  });

  it("with a secret key of the stack's config makes none", async () => {
    const registered = await superset(undefined, {
      secretKey: { current: pulumi.secret("the-key") },
    });
    assert.deepEqual(
      typesAndNames(registered, "superset"),
      own.filter((line) => !line.endsWith("superset-secret-key")),
    );
    assert.equal(
      field(
        manifestsOf(registered),
        "Secret",
        "superset-secret-rendered",
        "stringData.SUPERSET_SECRET_KEY",
      ),
      "the-key",
    );
  });

  it("keeps the key that it made in a Secret that a destroy leaves, where data is kept", async () => {
    const registered = await superset(undefined, {}, true);
    assert.deepEqual(
      typesAndNames(registered, "superset").filter((line) => !own.includes(line)),
      [
        "kubernetes:core/v1:Secret superset-secret-key-keep",
        "kubernetes:core/v1:Secret superset-secret-key-kept",
      ],
    );
    const found = registered.find(({ name }) => name === "superset-secret-key-kept");
    assert.equal(found?.inputs.stringData, undefined, "it would overwrite what was kept");
  });

  it("of a later generation makes new secrets, and hands the key of before to the Job alone", async () => {
    const registered = await superset(undefined, { secretsGeneration: 3 });
    assert.deepEqual(
      typesAndNames(registered, "superset").filter((line) => line.startsWith("random:")),
      [
        "random:index/randomPassword:RandomPassword superset-admin-password-3",
        "random:index/randomPassword:RandomPassword superset-registrar-password-3",
        "random:index/randomPassword:RandomPassword superset-secret-key-2",
        "random:index/randomPassword:RandomPassword superset-secret-key-3",
      ],
    );
    const manifests = manifestsOf(registered);
    const env = "spec.template.spec.containers.0.env";
    const job = JSON.stringify(field(manifests, "Job", "superset-setup-rendered", env));
    assert.match(job, /SUPERSET_PREVIOUS_SECRET_KEY/);
    const web = JSON.stringify(field(manifests, "Deployment", "superset", env));
    assert.doesNotMatch(web, /PREVIOUS/);
  });

  it("of another version migrates by a Job of that version, which the web server waits for", async () => {
    const { image } = values("local").superset;
    const manifests = manifestsOf(
      await superset({ ...values("local").superset, image: { ...image, tag: "9.9.9" } }),
    );
    const container = "spec.template.spec.containers.0.image";
    const wanted = `${image.repository}:9.9.9`;
    assert.equal(field(manifests, "Job", "superset-setup-rendered", container), wanted);
    assert.equal(field(manifests, "Deployment", "superset", container), wanted);
    const program = field(manifests, "ConfigMap", "superset-config-rendered", "data");
    assert.match(JSON.stringify(program), /wait_for_migrations\(seconds=/);
  });

  it("migrates in a Job of Pulumi's naming, beside the web server", async () => {
    const manifests = manifestsOf(await superset());
    const container = "spec.template.spec.containers.0";
    assert.deepEqual(field(manifests, "Job", "superset-setup-rendered", `${container}.command`), [
      "/app/.venv/bin/python",
      "/etc/superset/setup.py",
    ]);
    assert.deepEqual(field(manifests, "Deployment", "superset", `${container}.command`), [
      "/app/.venv/bin/gunicorn",
      "--preload",
      "--bind=0.0.0.0:8088",
      "--workers=1",
      "--worker-class=gthread",
      "--threads=16",
      "--timeout=60",
      "--graceful-timeout=60",
      "--worker-tmp-dir=/dev/shm",
      "--access-logfile=-",
      "--pythonpath=/etc/superset",
      "server:app",
    ]);
  });

  it("gives the web server nothing of the first user", async () => {
    const env = field(
      manifestsOf(await superset()),
      "Deployment",
      "superset",
      "spec.template.spec.containers.0.env",
    );
    assert.doesNotMatch(JSON.stringify(env), /ADMIN_|REGISTRAR_PASSWORD/);
  });

  it("refuses an administrator of the registrations' name", async () => {
    const admin = { username: "registrar", email: "admin@localhost" };
    await assert.rejects(superset(undefined, { admin }), /supersetAdminUsername is "registrar"/);
  });

  it("adds the values' lines to the config", async () => {
    const config = 'APP_NAME = "Ours"\n';
    const manifests = manifestsOf(await superset({ ...values("local").superset, config }));
    const data = field(manifests, "ConfigMap", "superset-config-rendered", "data");
    const { "superset_config.py": text = "" } = data as Record<string, string>;
    assert.match(text, /^RATELIMIT_STORAGE_URI = /m);
    assert.ok(text.endsWith(`\n\n${config}`), text.slice(-200));
  });
});
