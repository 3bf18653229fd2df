import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { kubeContext, kubeconfigPath, registryAddress } from "../paths";
import { parseCheckpoint } from "./checkpoint";
import { integrityFaults } from "./integrity";
import { type Crypter, openCrypter } from "./secrets";
import { goldenPassphrase, goldenProgram, runGolden } from "./testing/golden-stack";

// The program that the Pulumi CLI ran, run by the engine on the embedded cluster: after each step the state
// is the one that the CLI wrote, but for ids, times, names made at random and where the cluster is.

const image = `${registryAddress}/analytics/node:22`;
const skip = existsSync(kubeconfigPath) ? false : "the embedded cluster is not running";
let folder: string;
let crypter: Crypter;

function core(): CoreV1Api {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  return config.makeApiClient(CoreV1Api);
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "golden-"));
  const salt = "v1:cS29qNWZaI0=:v1:hhB1PnDLptTun90/:lI9JZAD+TBsxokNh1Oonn8QH1zlaqQ==";
  crypter = await openCrypter(goldenPassphrase, salt, "golden");
});
after(async () => {
  if (!skip) await engine({ GOLDEN_PROTECT: "false" }, "destroy");
  await rm(folder, { recursive: true });
});

function engine(environment: NodeJS.ProcessEnv, ...args: string[]) {
  const run = {
    stateDir: folder,
    cwd: join(__dirname, "..", ".."),
    environment: {
      KUBECONFIG: kubeconfigPath,
      GOLDEN_CONTEXT: kubeContext,
      GOLDEN_IMAGE: image,
      ...environment,
    },
  };
  return runGolden(run, ...args);
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Made by the cluster, the clock or at random; or where a run was, which differs by design. */
const volatile = new Set([
  "time",
  "created",
  "modified",
  "creationTimestamp",
  "lastTransitionTime",
  "lastUpdateTime",
  "resourceVersion",
  "uid",
  "managedFields",
  "manifest",
  "sourcePosition",
  "stackTrace",
]);

function normalize(value: Json): Json {
  if (Array.isArray(value)) return value.map(normalize);
  if (typeof value === "string") return normalizeText(value);
  if (value === null || typeof value !== "object") return value;
  if (typeof value.ciphertext === "string") {
    return { secret: normalize(JSON.parse(crypter.decrypt(value.ciphertext))) };
  }
  const result: { [key: string]: Json } = {};
  for (const [key, item] of Object.entries(value)) {
    if (volatile.has(key)) continue;
    result[key] = normalize(item);
    if (key === "dependencies") result[key] = (item as string[]).toSorted();
    if (key === "command") result[key] = ["sleep", "infinity"];
    // The same code, whatever its layout.
    if (key === "__provider" && typeof item === "string") {
      result[key] = item.replace(/[\s,]/g, "");
    }
  }
  return result;
}

function normalizeText(text: string): string {
  return text
    .replaceAll(kubeconfigPath, "kubeconfig.yaml")
    .replace(new RegExp(`^${kubeContext}$`), "d")
    .replaceAll(image, "docker.io/library/debian:bookworm")
    .replace(/^IfNotPresent$/, "Never")
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<uuid>")
    .replace(/-[0-9a-f]{8}\b(-[0-9a-z]{6,10}\b)?/g, "-<random>");
}

interface StateFile {
  checkpoint: { latest: { resources?: { urn: string }[] } };
}

/** In the order of their URNs: what depends on nothing of each other is recorded as it comes to its end. */
function sorted(text: string): Json {
  const state = JSON.parse(text) as StateFile;
  state.checkpoint.latest.resources?.sort((a, b) => (a.urn < b.urn ? -1 : Number(a.urn > b.urn)));
  return state as unknown as Json;
}

function assertState(name: string): void {
  const file = join(folder, ".pulumi/stacks/golden/dev.json");
  const actual = readFileSync(file, "utf8");
  const expected = readFileSync(join(goldenProgram, "expected", `${name}.json`), "utf8");
  assert.deepEqual(integrityFaults(parseCheckpoint(actual, file, crypter)), []);
  assert.deepEqual(normalize(sorted(actual)), normalize(sorted(expected)));
}

test("created", { skip }, async () => {
  const { code, output } = await engine({}, "up");
  assert.equal(code, 0, output);
  assert.match(output, /\+ 8 created/);
  assertState("1-created");
});

test("updated: the config reaches the ConfigMap and what refers to it", { skip }, async () => {
  const preview = await engine({}, "preview", "-c", "greeting=hi");
  assert.match(preview.output, /~ data\.greeting: "hello" => "hi"/);
  const { code, output } = await engine({}, "up", "-c", "greeting=hi");
  assert.equal(code, 0, output);
  assertState("2-updated");
});

test("refreshed: a change out of band is shown field by field, and taken over", {
  skip,
}, async () => {
  await core().patchNamespacedConfigMap({
    namespace: "golden",
    name: "settings",
    fieldManager: "by-hand",
    body: [{ op: "replace", path: "/data/greeting", value: "drifted" }],
  });
  const { code, output } = await engine({}, "refresh", "-c", "greeting=hi");
  assert.equal(code, 0, output);
  assert.match(output, /~ data\.greeting: "hi" => "drifted"/);
  assertState("3-refreshed");
});

test("replaced: refused while it is protected, after others are done", { skip }, async () => {
  const refused = await engine({ GOLDEN_KIND: "b" }, "up", "-c", "greeting=hi");
  assert.equal(refused.code, 1);
  assert.match(refused.output, /unable to replace resource .*::echo/);
  const { code, output } = await engine(
    { GOLDEN_KIND: "b", GOLDEN_PROTECT: "false" },
    "up",
    "-c",
    "greeting=hi",
  );
  assert.equal(code, 0, output);
  assertState("4-replaced");
});

test("destroyed", { skip }, async () => {
  const { code, output } = await engine({}, "destroy", "-c", "greeting=hi");
  assert.equal(code, 0, output);
  assert.match(output, /- 8 deleted/);
  assertState("5-destroyed");
  const { items } = await core().listNamespace({ fieldSelector: "metadata.name=golden" });
  assert.deepEqual(items, []);
});
