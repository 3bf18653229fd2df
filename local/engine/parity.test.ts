import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { saltOfCheckpoint } from "./checkpoint";
import { type Crypter, openCrypter } from "./secrets";
import { findPulumiCli, noPulumiCli } from "./testing/pulumi-cli";

// Programs that use what a program may use, run side by side by the embedded engine and, where it is at hand, by the
// Pulumi CLI: after each step the states are the same but for ids and times, and so is what exists.

const cli = findPulumiCli();
const skip = cli ? false : noPulumiCli;
const repository = join(__dirname, "..", "..");
const program = join(__dirname, "testdata", "parity");
const passphrase = "parity";

type Command = "up" | "preview" | "refresh" | "destroy";

interface Case {
  /** A preview comes before each `up`. */
  readonly steps: readonly Command[];
  /** What is done by hand before a step, to the folder of objects. */
  readonly byHand?: Readonly<Record<number, (objects: string) => Promise<void>>>;
}

const remove = (name: string) => (objects: string) => rm(join(objects, name));

const cases: Readonly<Record<string, Case>> = {
  aliases: { steps: ["up", "up", "up", "up", "up", "destroy"] },
  bare: { steps: ["up", "up", "up", "refresh", "destroy"] },
  chains: { steps: ["up", "up", "up", "destroy"] },
  claimed: { steps: ["up", "up", "destroy"] },
  components: { steps: ["up", "up", "up", "destroy"] },
  drift: {
    steps: ["up", "refresh", "refresh", "up", "up", "destroy"],
    byHand: {
      1: (objects) => writeFile(join(objects, "a"), '"changed"'),
      2: remove("b"),
      4: remove("c"),
    },
  },
  failures: { steps: ["up", "up", "up", "up", "destroy"] },
  goneWith: { steps: ["up", "up", "up", "destroy"] },
  later: { steps: ["up", "up", "destroy"] },
  nested: { steps: ["up", "up", "up", "destroy"] },
  options: { steps: ["up", "up", "up", "up", "up", "destroy"] },
  protection: { steps: ["up", "up", "destroy", "up", "destroy"] },
  providers: { steps: ["up", "up", "up", "destroy"] },
  replacements: { steps: ["up", "up", "up", "up", "up"] },
  secrets: { steps: ["up", "up", "refresh", "destroy"] },
  throwing: { steps: ["up", "up", "up", "destroy"] },
  together: { steps: ["up", "up", "up", "up", "up", "destroy"] },
  unknowns: { steps: ["up", "up", "up", "up", "up", "destroy"] },
  values: { steps: ["up", "up", "refresh", "up", "destroy"] },
};

/** One who runs a program, with a program folder, state and objects of its own. */
interface Runner {
  readonly home: string;
  readonly environment: NodeJS.ProcessEnv;
  command(name: Command): readonly [file: string, ...args: string[]];
}

const stateOf = (home: string) => join(home, "state");
const objectsOf = (home: string) => join(home, "objects");
const programOf = (home: string) => join(home, "program");

async function makeHome(folder: string, name: string): Promise<string> {
  const home = join(folder, name);
  for (const part of [stateOf(home), objectsOf(home)]) await mkdir(part, { recursive: true });
  await cp(program, programOf(home), { recursive: true });
  await symlink(join(repository, "node_modules"), join(programOf(home), "node_modules"));
  return home;
}

async function makeRunners(folder: string): Promise<{ engine: Runner; cli: Runner }> {
  const engineHome = await makeHome(folder, "engine");
  const cliHome = await makeHome(folder, "cli");
  const tsx = pathToFileURL(require.resolve("tsx")).href;
  const stack = ["--stack", "s", "--cwd"];
  const engine: Runner = {
    home: engineHome,
    environment: {},
    command: (name) => [
      ...([process.execPath, "--import", tsx, join(__dirname, "main.ts")] as const),
      ...[name, ...stack, programOf(engineHome), "--state", stateOf(engineHome)],
    ],
  };
  const byCli: Runner = {
    home: cliHome,
    environment: {
      PULUMI_BACKEND_URL: pathToFileURL(stateOf(cliHome)).href,
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    },
    command: (name) => {
      const unasked = name === "preview" ? [] : ["--yes", "--skip-preview"];
      return [cli ?? "", name, "--non-interactive", ...unasked, ...stack, programOf(cliHome)];
    },
  };
  const init = ["stack", "init", "s", "--cwd", programOf(cliHome)];
  const { code, output } = await execute([cli ?? "", ...init], byCli.environment);
  assert.equal(code, 0, output);
  return { engine, cli: byCli };
}

async function execute(
  [file, ...args]: readonly [file: string, ...args: string[]],
  environment: NodeJS.ProcessEnv,
): Promise<{ code: number; output: string }> {
  const env = { ...process.env, PULUMI_CONFIG_PASSPHRASE: passphrase, NO_COLOR: "1" };
  const child = spawn(file, args, {
    cwd: repository,
    env: { ...env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 120_000,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk;
    });
  }
  const [code] = await once(child, "close");
  return { code: code ?? 1, output };
}

interface Outcome {
  readonly succeeded: boolean;
  /** The summary's counts; without what failed, of which the CLI takes the stack for another. */
  readonly counts: Readonly<Record<string, number>>;
  readonly state: Json;
  readonly objects: Readonly<Record<string, string>>;
}

async function take(runner: Runner, name: string, step: number, command: Command) {
  const { home } = runner;
  const environment = {
    ...runner.environment,
    PARITY_PROGRAM: name,
    PARITY_STEP: String(step),
    PARITY_OBJECTS: objectsOf(home),
  };
  const { code, output } = await execute(runner.command(command), environment);
  const outcome: Outcome = {
    succeeded: code === 0,
    // Where the engine's preview ends with the first error, the CLI's goes on.
    counts: command === "preview" && code !== 0 ? {} : countsOf(output),
    state: await readState(home),
    objects: await readObjects(home),
  };
  return { outcome, output };
}

function countsOf(output: string): Record<string, number> {
  const [, summary = ""] = /^Resources:\n((?:.+\n)+)/m.exec(output) ?? [];
  const counts: Record<string, number> = {};
  for (const [, count, what = ""] of summary.matchAll(/(\d+) ((?:to )?\w+)/g)) {
    if (what !== "errored") counts[what] = Number(count);
  }
  return counts;
}

async function readObjects(home: string): Promise<Record<string, string>> {
  const objects: Record<string, string> = {};
  for (const name of (await readdir(objectsOf(home))).toSorted()) {
    objects[name] = await readFile(join(objectsOf(home), name), "utf8");
  }
  return objects;
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

interface Resource {
  urn: string;
  type: string;
  delete?: boolean;
  id?: Json;
  outputs?: { [key: string]: Json };
}

const crypters = new Map<string, Promise<Crypter>>();

/** The resources in the order of their URNs, and what is pending. */
async function readState(home: string): Promise<Json> {
  const file = join(stateOf(home), ".pulumi", "stacks", "parity", "s.json");
  const text = await readFile(file, "utf8").catch(() => "{}");
  const latest = JSON.parse(text).checkpoint?.latest ?? {};
  const salt = latest.secrets_providers && saltOfCheckpoint(text, file);
  if (salt && !crypters.has(salt)) crypters.set(salt, openCrypter(passphrase, salt, file));
  const crypter = salt && (await crypters.get(salt));
  const place = ({ urn, delete: isOld = false }: Resource) => `${urn} ${isOld}`;
  const resources = ((latest.resources ?? []) as Resource[])
    .map(withoutRandomness)
    .toSorted((a, b) => (place(a) < place(b) ? -1 : 1));
  const { pending_operations: pending = [] } = latest;
  return normalize({ resources, pending } as unknown as Json, home, crypter);
}

function withoutRandomness(resource: Resource): Resource {
  if (!resource.type.startsWith("random:")) return resource;
  const outputs = Object.keys(resource.outputs ?? {})
    // What the CLI's provider keeps for itself: docs/engine.md.
    .filter((key) => key !== "__pulumi_raw_state_delta")
    .map((key) => [key, "made at random"]);
  return { ...resource, id: "made at random", outputs: Object.fromEntries(outputs) };
}

const volatile = new Set(["created", "modified", "sourcePosition", "stackTrace"]);

function normalize(value: Json, home: string, crypter: Crypter | undefined): Json {
  if (Array.isArray(value)) return value.map((item) => normalize(item, home, crypter));
  if (typeof value === "string") {
    return value
      .replaceAll(home, "<home>")
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<uuid>");
  }
  if (value === null || typeof value !== "object") return value;
  if (typeof value.ciphertext === "string" && crypter) {
    return { secret: normalize(JSON.parse(crypter.decrypt(value.ciphertext)), home, crypter) };
  }
  const result: { [key: string]: Json } = {};
  for (const [key, item] of Object.entries(value)) {
    if (volatile.has(key)) continue;
    result[key] = normalize(key === "propertyDependencies" ? sorted(item) : item, home, crypter);
    if (key === "dependencies") result[key] = sorted(item);
  }
  return result;
}

/** Lists in whose order the CLI follows chance. */
function sorted(value: Json | undefined): Json {
  if (Array.isArray(value)) return value.toSorted();
  if (value === null || typeof value !== "object") return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([key, list]) => [key, sorted(list)]));
}

for (const [name, { steps, byHand }] of Object.entries(cases)) {
  test(`${name}: ${steps.join(", ")}`, { skip }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "parity-"));
    try {
      const { engine, cli } = await makeRunners(folder);
      for (const [step, command] of steps.entries()) {
        for (const { home } of [engine, cli]) await byHand?.[step]?.(objectsOf(home));
        for (const each of command === "up" ? (["preview", "up"] as const) : [command]) {
          const expected = await take(cli, name, step, each);
          const actual = await take(engine, name, step, each);
          const told = `step ${step}, ${each}\n${expected.output}\n${actual.output}`;
          assert.deepEqual(actual.outcome, expected.outcome, told);
        }
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}
