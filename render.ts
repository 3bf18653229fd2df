import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse, stringify } from "yaml";
import { z } from "zod";
import type { Manifest, Registered } from "./components/registered";
import { errorText } from "./resources/error-text";
import { fullKey, project } from "./settings/config-key";
import { loadSettings, type Settings } from "./settings/load";

/** Stands where a generated or an encrypted value would; long enough for every rule on secrets. */
const placeholder = "not-the-secret-itself-which-only-the-stack-has-0123456789";

const record = z.record(z.string(), z.unknown());
const stackFile = z.object({
  config: z
    .record(
      z.string(),
      z.union([z.string(), z.number(), z.boolean(), z.object({ secure: z.string() })]),
    )
    .nullish(),
});

/**
 * Runs index.ts as `pulumi up` on `stack` would, against nothing, and returns what it registers.
 *
 * @param overrides config keys, with a namespace or the project's own, that take the place of the stack's
 */
export function registeredResources(
  stack: string,
  overrides: Readonly<Record<string, string>> = {},
): Promise<Registered[]> {
  const own = Object.fromEntries(
    Object.entries(overrides).map(([key, value]) => [fullKey(key), value]),
  );
  return registeredBy(
    () => {
      delete require.cache[require.resolve("./index")];
      require("./index");
    },
    stack,
    { ...stackConfig(stack), ...own },
    [...encryptedKeys(stack), ...Object.keys(own)],
  );
}

/**
 * What `program` registers when it runs against nothing, in the order of registration.
 *
 * @param encrypted config keys that the program is told are encrypted
 */
export async function registeredBy(
  program: () => void,
  stack: string,
  config: Readonly<Record<string, string>> = {},
  encrypted: readonly string[] = [],
): Promise<Registered[]> {
  const registered: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        registered.push({ type, name, inputs: record.parse(withoutSecretMarks(inputs)) });
        return { id: `${name}-id`, state: rendered(type, name, inputs) };
      },
      call: ({ inputs }) => inputs,
    },
    project,
    stack,
  );
  pulumi.runtime.setAllConfig({ ...config });
  // As the language host tells it.
  process.env.PULUMI_CONFIG_SECRET_KEYS = JSON.stringify(encrypted);
  program();
  await pulumi.runtime.disconnect();
  return registered;
}

/** The Kubernetes objects among them, with the names that a cluster would need. A patch is of an object of somebody else. */
export function manifestsOf(registered: readonly Registered[]): Manifest[] {
  return registered
    .filter(({ type }) => /^kubernetes:.*:/.test(type) && !type.endsWith("Patch"))
    .map(({ type, name, inputs }) =>
      z.looseObject(manifestFields).parse(rendered(type, name, inputs)),
    );
}

const manifestFields = {
  apiVersion: z.string(),
  kind: z.string(),
  metadata: record,
};

/**
 * All settings of a stack, with something in the place of what is encrypted.
 *
 * @param overrides config keys that take the place of the stack's own
 */
export function settingsOf(
  stack: string,
  overrides: Readonly<Record<string, string>> = {},
): Settings {
  const own = Object.entries(overrides).map(([key, value]) => [fullKey(key), value] as const);
  return loadSettings({
    project,
    stack,
    config: { ...stackConfig(stack), ...Object.fromEntries(own) },
    secretConfigKeys: [...encryptedKeys(stack), ...own.map(([key]) => key)],
    readFile: (path) => {
      const file = join(__dirname, path);
      return existsSync(file) ? readFileSync(file, "utf8") : undefined;
    },
  });
}

function stackEntries(stack: string) {
  const text = readFileSync(join(__dirname, `Pulumi.${stack}.yaml`), "utf8");
  const { config } = stackFile.parse(parse(text) ?? {});
  return Object.entries(config ?? {}).map(([key, value]) => [fullKey(key), value] as const);
}

function stackConfig(stack: string): Record<string, string> {
  return Object.fromEntries(
    stackEntries(stack).map(([key, value]) => [
      key,
      typeof value === "object" ? placeholder : String(value),
    ]),
  );
}

function encryptedKeys(stack: string): string[] {
  return stackEntries(stack)
    .filter(([, value]) => typeof value === "object")
    .map(([key]) => key);
}

/** Mark of a secret in what the SDK hands over: `@pulumi/pulumi/runtime`, specialSecretSig. */
const secretMark = z.object({
  "4dabf18193072939515e22adb298388d": z.literal("1b47061264138c4ac30d75fd1eb44270"),
  value: z.unknown(),
});

function withoutSecretMarks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecretMarks);
  if (typeof value !== "object" || value === null) return value;
  const marked = secretMark.safeParse(value);
  if (marked.success) return withoutSecretMarks(marked.data.value);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, withoutSecretMarks(inner)]),
  );
}

/** The resource's state with what a provider would fill in: a name of Pulumi's own making, a random value. */
function rendered(
  type: string,
  name: string,
  inputs: Record<string, unknown>,
): Record<string, unknown> {
  if (type.startsWith("random:")) return { ...inputs, result: placeholder };
  if (type.endsWith(":InternalUser")) {
    return { ...inputs, store: "stack-rendered", username: "druid_system" };
  }
  if (type.startsWith("pulumi-nodejs:dynamic/tls:")) {
    // A certificate is for all to see.
    return { ...inputs, certificate: "a certificate", privateKey: placeholder };
  }
  // A filter of a dashboard needs the number that Superset would give.
  if (type.endsWith(":Dataset")) return { ...inputs, datasetId: 0 };
  if (!type.startsWith("kubernetes:")) return inputs;
  const metadata = record.parse(inputs.metadata ?? {});
  return { ...inputs, metadata: { ...metadata, name: metadata.name ?? `${name}-rendered` } };
}

function parseOverrides(overrides: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    overrides.map((override) => {
      const at = override.indexOf("=");
      if (at < 1) throw new Error(`a config override is KEY=VALUE, not "${override}"`);
      return [override.slice(0, at), override.slice(at + 1)];
    }),
  );
}

async function main(): Promise<void> {
  const [stack, ...overrides] = process.argv.slice(2);
  if (!stack) throw new Error("usage: tsx render.ts STACK [KEY=VALUE…]");
  const manifests = manifestsOf(await registeredResources(stack, parseOverrides(overrides)));
  process.stdout.write(manifests.map((manifest) => `---\n${stringify(manifest)}`).join(""));
}

if (require.main === module) {
  main().catch((error: unknown) => {
    process.stderr.write(`${errorText(error)}\n`);
    process.exitCode = 1;
  });
}
