import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { look } from ".";
import { Declared } from "./declared";
import { errorMessage, warningMessage } from "./report";
import { FakeCluster, reviews } from "./testing/fake-cluster";

const target = { stack: "dev", namespace: "analytics", storageClass: "" };
const labels = { "app.kubernetes.io/name": "kafka" };
const kafka = {
  metadata: { name: "kafka", labels },
  spec: {
    replicas: 1,
    volumeClaimTemplates: [{ metadata: { name: "data" }, spec: {} }],
    template: {
      metadata: { labels },
      spec: {
        containers: [
          {
            image: "docker.io/apache/kafka:4.3.1",
            resources: { requests: { cpu: "1", memory: "1Gi" } },
          },
        ],
      },
    },
  },
};

describe("the preflight, asked of an API server", () => {
  const cluster = new FakeCluster();
  const fit = cluster.answers;
  const declared = new Declared();
  declared.add("kubernetes:apps/v1:StatefulSet", "kafka", kafka);

  before(async () => {
    process.env.KUBECONFIG = await cluster.start();
  });
  after(() => cluster.stop());
  beforeEach(() => {
    cluster.answers = { ...fit };
    cluster.requests.length = 0;
  });

  /** Texts of the error and of the warning; empty where there is none. */
  const run = async (context?: string) => {
    const { report, place } = await look({ ...target, ...(context && { context }) }, declared);
    const texts = [errorMessage(report, place, "refuse"), warningMessage(report, place)];
    return texts.map((text) => text?.replaceAll(/127\.0\.0\.1:\d+/g, "HOST") ?? "");
  };

  it("finds nothing in a cluster that is fit", async () => {
    assert.deepEqual(await run(), ["", ""]);
  });

  it("asks little where the stack runs already: eight requests, none of which is about all namespaces' pods", async () => {
    const pod = {
      metadata: { name: "kafka-0", namespace: "analytics", labels },
      spec: { nodeName: "one", ...kafka.spec.template.spec },
    };
    const owner = {
      "app.kubernetes.io/part-of": "realtime-analytics",
      "app.kubernetes.io/instance": "dev",
      "pod-security.kubernetes.io/enforce": "restricted",
    };
    cluster.answers["/api/v1/namespaces/analytics/pods"] = { items: [pod] };
    cluster.answers["/api/v1/namespaces/analytics"] = {
      metadata: { name: "analytics", labels: owner },
    };
    assert.deepEqual(await run(), ["", ""]);
    assert.equal(cluster.requests.length, 8, cluster.requests.join("\n"));
    assert.ok(!cluster.requests.includes("GET /api/v1/pods"));
  });

  it("tells all findings at once, with the cluster and what to set", async () => {
    cluster.answers["/version"] = { major: "1", minor: "25", gitVersion: "v1.25.1" };
    cluster.answers["/apis/storage.k8s.io/v1/storageclasses"] = {
      items: [{ metadata: { name: "gp3" }, provisioner: "ebs.csi.aws.com" }],
    };
    cluster.answers[`${reviews}/selfsubjectrulesreviews`] = { status: { resourceRules: [] } };
    cluster.answers[`${reviews}/selfsubjectaccessreviews`] = { status: { allowed: false } };
    cluster.answers["/api/v1/nodes"] = {
      items: [
        {
          metadata: { name: "small", labels: {} },
          spec: {},
          status: { allocatable: { cpu: "1", memory: "512Mi" } },
        },
      ],
    };
    const [errors = "", warnings] = await run();
    assert.match(
      errors,
      /^The preflight found 5 problems in context "fake" \(http:\/\/HOST\)\. Nothing was made\.\n/,
    );
    for (const part of [
      /1\. Kubernetes is v1\.25\.1/,
      /2\. User "ci" may not create namespaces/,
      /3\. User "ci" may not do all .*create: pods\/portforward/,
      /4\. No StorageClass .*\n {5}Set one: pulumi config set storageClass gp3/,
      /5\. No node has room for it: kafka reserves 1 CPU and 1 GiB/,
      /\nTo go on in spite of it: pulumi config set preflight warn$/,
    ])
      assert.match(errors, part);
    assert.equal(warnings, "");
  });

  it("believes an answer about one right over the rules, which leave out what webhooks allow", async () => {
    cluster.answers[`${reviews}/selfsubjectrulesreviews`] = { status: { resourceRules: [] } };
    assert.deepEqual(await run(), ["", ""]);
  });

  it("warns of what the user may not read, and goes on", async () => {
    cluster.answers["/api/v1/nodes"] = 403;
    cluster.answers["/apis/storage.k8s.io/v1/storageclasses"] = 403;
    const [errors, warnings = ""] = await run();
    assert.equal(errors, "");
    assert.match(warnings, /not checked: StorageClasses: user "ci" may not read them \(403\)/);
    assert.match(warnings, /not checked: nodes, their room and architectures: user "ci"/);
  });

  it("says that the credentials are refused, and nothing else", async () => {
    for (const path of Object.keys(cluster.answers)) cluster.answers[path] = 401;
    const [errors = ""] = await run();
    assert.match(
      errors,
      /found a problem in .*\n {2}1\. The API server takes no credentials of user "ci"/,
    );
  });

  it("names a context that the kubeconfig doesn't have, and those that it has", async () => {
    const [errors = ""] = await run("prod");
    assert.match(errors, /found a problem in context "prod"/);
    assert.match(errors, /kubeconfig has no context "prod", only fake/);
    assert.deepEqual(cluster.requests, []);
  });

  it("says which API server does not answer", async () => {
    const { KUBECONFIG = "" } = process.env;
    const silent = new FakeCluster();
    process.env.KUBECONFIG = silent.writeKubeconfig(1);
    const [errors = ""] = await run().finally(() => {
      process.env.KUBECONFIG = KUBECONFIG;
    });
    silent.stop();
    assert.match(errors, /context "fake" \(http:\/\/HOST\)/);
    assert.match(errors, /1\. The API server does not answer: .*ECONNREFUSED/);
  });
});
