import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { KubeConfig } from "@kubernetes/client-node";
import { kubeconfigPath, registryAddress } from "../paths";
import { goldenProgram, runGolden } from "./testing/golden-stack";

// A state that the Pulumi CLI wrote, taken over by the engine as it stands, with the kubeconfig and the context that it
// names. What it describes is not on this cluster, which is what a refresh has to find.

const skip = existsSync(kubeconfigPath) ? false : "the embedded cluster is not running";
const nothingChanged = /Resources:\n +8 unchanged\n/;
/** For what is really started here: an image that the cluster has, and no protection. */
const runnable = {
  GOLDEN_IMAGE: `${registryAddress}/analytics/node:22`,
  GOLDEN_PROTECT: "false",
};
let folder: string;
let checkpoint: string;

before(async () => {
  if (skip) return;
  folder = await mkdtemp(join(tmpdir(), "taken-over-"));
  checkpoint = join(folder, ".pulumi/stacks/golden/dev.json");
  await mkdir(join(folder, ".pulumi/stacks/golden"), { recursive: true });
  await copyFile(join(goldenProgram, "expected", "1-created.json"), checkpoint);
  await writeFile(join(folder, "kubeconfig.yaml"), kubeconfigOfTheCli(), { mode: 0o600 });
});
after(async () => {
  if (skip) return;
  await engine(runnable, "destroy");
  await rm(folder, { recursive: true });
});

/** The embedded cluster under the name that the CLI's run knew its own by. */
function kubeconfigOfTheCli(): string {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  const context = config.getContextObject(config.getCurrentContext());
  assert.ok(context, `${kubeconfigPath} has no current context`);
  config.contexts.push({ ...context, name: "d" });
  return config.exportConfig();
}

function engine(environment: NodeJS.ProcessEnv, ...args: string[]) {
  return runGolden(
    {
      stateDir: folder,
      cwd: folder,
      environment: { KUBECONFIG: "kubeconfig.yaml", ...environment },
    },
    ...args,
  );
}

async function types(): Promise<string[]> {
  const { checkpoint: state } = JSON.parse(await readFile(checkpoint, "utf8"));
  return (state.latest.resources ?? []).map((r: { type: string }) => r.type);
}

test("a preview over the CLI's state has nothing to change", { skip }, async () => {
  const { code, output } = await engine({}, "preview");
  assert.equal(code, 0, output);
  assert.match(output, nothingChanged, output);
});

test("a refresh finds what is gone, and keeps what the cluster does not hold", {
  skip,
}, async () => {
  const { code, output } = await engine({}, "refresh");
  assert.equal(code, 0, output);
  assert.deepEqual(await types(), [
    "pulumi:pulumi:Stack",
    "golden:index:Box",
    "pulumi:providers:kubernetes",
    "pulumi:providers:pulumi-nodejs",
    "pulumi-nodejs:dynamic/golden:Echo",
  ]);
});

test("up makes it, a second one changes nothing, and destroy leaves nothing", {
  skip,
}, async () => {
  const up = await engine(runnable, "up");
  assert.equal(up.code, 0, up.output);
  assert.match(up.output, /\+ 4 created/);
  const again = await engine(runnable, "up");
  assert.match(again.output, nothingChanged, again.output);
  const destroyed = await engine(runnable, "destroy");
  assert.equal(destroyed.code, 0, destroyed.output);
  assert.deepEqual(await types(), []);
});
