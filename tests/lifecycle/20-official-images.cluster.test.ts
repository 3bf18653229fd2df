import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, test } from "node:test";
import { nodeAddress } from "../../local/paths";
import { OwnStack, root } from "../support/own-stack";
import { type PackageIndex, servePackages } from "../support/package-index";
import { changes } from "../support/run-output";

/**
 * The test has its own stack, without a registry, as `dev` is. Its images lack the drivers, as the official ones do, and the
 * pods install them from an index on this machine.
 */
const stack = new OwnStack("official");
const driversDir = "/opt/drivers";

let index: PackageIndex;
let output = "";

before(async () => {
  const images = ["superset-official", "airflow-official"];
  const build = spawnSync("node", ["--import", "tsx", "local/images/main.ts", "build", ...images], {
    cwd: root,
    encoding: "utf8",
  });
  assert.equal(build.status, 0, `${build.stdout}${build.stderr}`);
  index = await servePackages(nodeAddress);
  stack.declare(false);
  for (const service of ["superset", "airflow"]) {
    stack.setImage(service, {
      repository: `127.0.0.1:5005/analytics/${service}-official`,
      drivers: { install: true, indexUrl: index.url },
    });
  }
  output = (await stack.make("up", { PRODUCER: "both" })).output;
  await stack.outputs();
});

after(async () => {
  await stack.make("down");
  stack.forget();
  index.close();
});

/** Runs Python in a pod, found by the beginning of its name. */
async function python(podName: RegExp, container: string, options: string[], program: string) {
  const pod = Object.keys(await stack.pods()).find((name) => podName.test(name));
  assert.ok(pod, `no pod ${podName}`);
  return stack.exec(pod, container, ["python", ...options, "-c", program]);
}

test("a stack without a registry builds no image, and sends, stores and charts its events", async () => {
  const built = changes(output).filter((change) => change.endsWith("-image"));
  assert.deepEqual(built, [], output);
  await stack.make("verify");
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
  const run = await stack.make("up");
  assert.match(run.output, /^Resources:\n {4}\d+ unchanged\n/m, run.output);
  assert.equal(index.downloads.length, downloads);
});
