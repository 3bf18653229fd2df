import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { kubeconfigPath, nodeAddress } from "../../local/paths";
import { execInPod, runningPods } from "../support/kubernetes";
import { OwnProject, readmeBlock } from "../support/own-project";
import { root, setIn } from "../support/own-stack";
import { type PackageIndex, servePackages } from "../support/package-index";
import { changes } from "../support/run-output";
import { listLeftovers } from "../support/teardown";
import { testStack } from "../support/test-stack";

/**
 * README's commands for a cluster, as they are printed there, in a project that `pulumi new` made: its stack `dev` has no
 * registry. Only the image repositories are the embedded ones. Those images lack the drivers, as the official ones do, and
 * the pods install them from an index on this machine.
 */
const project = new OwnProject("my-analytics");
const namespace = `analytics-${testStack}-official`;
const driversDir = "/opt/drivers";

let index: PackageIndex;
let output = "";

before(async () => {
  process.env.KUBECONFIG = kubeconfigPath;
  runLocal("cluster", "start");
  runLocal("images", "build", "--with", "airflow-official", "--with", "superset-official");
  index = await servePackages(nodeAddress);
  await project.prepare();
  await project.run(`pulumi new ${project.template} --name ${project.name} --generate-only --yes`);
  const settings = { namespace, storageClass: "local-path", producerMode: "both" };
  for (const [key, value] of Object.entries({ ...settings, valuesOverlay: "local" })) {
    setIn(join(project.folder, "Pulumi.dev.yaml"), ["config", key], value);
  }
  for (const service of ["superset", "airflow"]) {
    setIn(join(project.folder, `charts-values/${service}.local.yaml`), ["image"], {
      repository: `127.0.0.1:5005/analytics/${service}-official`,
      drivers: { install: true, indexUrl: index.url },
    });
  }
  ({ output } = await project.run(readmeBlock("npx pulumi stack init dev")));
});

after(async () => {
  await project.run("npx pulumi destroy");
  index.close();
  const left = listLeftovers(namespace);
  assert.equal(left.code, 0, left.output);
  project.remove();
});

function runLocal(part: "cluster" | "images", ...args: string[]): void {
  const command = ["--import", "tsx", `local/${part}/main.ts`, ...args];
  execFileSync("node", command, { cwd: root, stdio: "inherit" });
}

/** Runs Python in a pod, found by the beginning of its name. */
async function python(podName: RegExp, container: string, options: string[], program: string) {
  const pod = Object.keys(await runningPods(namespace)).find((name) => podName.test(name));
  assert.ok(pod, `no pod ${podName}`);
  return execInPod(namespace, pod, container, ["python", ...options, "-c", program]);
}

test("the commands make a stack of the project's own, which builds no image", async () => {
  const made = changes(output);
  assert.ok(made.includes("+ kafka-nodes"), output);
  assert.deepEqual(
    made.filter((change) => change.endsWith("-image")),
    [],
    output,
  );
});

test("the stack sends, stores and charts its events", async () => {
  const { stdout } = await project.run("npx pulumi stack output --json --show-secrets");
  writeFileSync(join(project.folder, "../outputs.json"), stdout, { mode: 0o600 });
  await project.run("npm run verify -- --outputs ../outputs.json");
});

test("the drivers that are used are the locked ones that the pods installed", async () => {
  for (const [pod, container, module] of [
    [/^superset-/, "web", "psycopg2"],
    [/^superset-/, "web", "pydruid"],
    [/^airflow-scheduler-/, "scheduler", "confluent_kafka"],
    [/^airflow-dag-processor-/, "dag-processor", "confluent_kafka"],
  ] as const) {
    const found = await python(pod, container, [], `import ${module}; print(${module}.__file__)`);
    assert.ok(found.output.startsWith(`${driversDir}/${module}/`), `${pod}: ${found.output}`);
    // -I: without PYTHONPATH.
    const own = await python(pod, container, ["-I"], `import ${module}`);
    assert.match(own.output, /ModuleNotFoundError/, `${pod} has ${module} in its image`);
  }
  const served = new Set(index.downloads.map((file) => file.replace(/-.*/, "").toLowerCase()));
  assert.deepEqual([...served].sort(), [
    "confluent_kafka",
    "psycopg2_binary",
    "pydruid",
    "setuptools",
  ]);
});

test("the drivers have byte code, and no container of the service can write to them", async () => {
  const compiled = `import glob; print(len(glob.glob("${driversDir}/psycopg2/__pycache__/*.pyc")))`;
  const { output: count } = await python(/^superset-/, "web", [], compiled);
  assert.ok(Number(count) > 0, count);
  const written = await python(/^superset-/, "web", [], `open("${driversDir}/x", "w")`);
  assert.match(written.output, /Read-only file system/);
});

test("a second up changes nothing, and asks the index for nothing", async () => {
  const downloads = index.downloads.length;
  const again = await project.run("npx pulumi up");
  const summaries = [...again.output.matchAll(/^Resources:\n(.*)\n/gm)].map(([, line]) => line);
  assert.match(summaries.join("\n"), /^( {4}\d+ unchanged\n?)+$/, again.output);
  assert.equal(index.downloads.length, downloads);
});
