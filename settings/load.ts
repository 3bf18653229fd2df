import { parse } from "yaml";
import {
  configDisagreements,
  type Disagreement,
  type ServiceDisagreement,
  serviceDisagreements,
  stackDisagreements,
} from "./agreement";
import { isValues, mergeValues, type Values } from "./merge";
import { describeProblems, type Origin, valueAt } from "./problems";
import { type StackConfig, secretKeys, stackConfigSchema } from "./stack-config";
import { type ServiceValues, serviceSchemas } from "./values";
import { z } from "./zod";

/**
 * All settings of a stack. The schemas of values/ are strict: a key that they lack is refused, in the words of problems.ts.
 */
export interface Settings extends ServiceValues {
  /** Name of the stack. */
  readonly stack: string;
  /** Context of the kubeconfig; undefined: its current one. */
  readonly context: string | undefined;
  /** The stack's own config. Values of `secretKeys` are plain here: pass them on by `pulumi.secret`. */
  readonly config: StackConfig;
}

export interface Sources {
  readonly project: string;
  readonly stack: string;
  /** Config keys with their namespace, and their values as Pulumi keeps them: text, or JSON as text. */
  readonly config: Readonly<Record<string, string>>;
  /** Full keys that were set by `--secret`. */
  readonly secretConfigKeys: readonly string[];
  /** The text of a file below the project's folder; undefined when there is no such file. */
  readFile(path: string): string | undefined;
}

/** All problems of the settings, one line each. */
export class SettingsError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(
      `${problems.length === 1 ? "a setting is" : `${problems.length} settings are`} wrong, and nothing was touched:\n${problems
        .map((problem) => `  ${problem}`)
        .join("\n")}`,
    );
    this.name = "SettingsError";
  }
}

/**
 * Reads and checks the stack's config and every file of charts-values/.
 *
 * @throws SettingsError with all problems at once
 */
export function loadSettings(sources: Sources): Settings {
  const problems: string[] = [];
  const context = sources.config["kubernetes:context"] || undefined;
  const config = readStackConfig(sources, context, problems);
  const services = readServices(sources, config?.valuesOverlay || sources.stack, problems);
  if (config && services) {
    problems.push(...configDisagreements(config, services).map((one) => configLine(sources, one)));
  }
  if (!config || !services || problems.length > 0) throw new SettingsError(problems);
  return { ...services, stack: sources.stack, context, config };
}

function readStackConfig(
  sources: Sources,
  context: string | undefined,
  problems: string[],
): StackConfig | undefined {
  const prefix = `${sources.project}:`;
  const file = `Pulumi.${sources.stack}.yaml`;
  const own = Object.entries(sources.config).filter(([key]) => key.startsWith(prefix));
  const input = Object.fromEntries(
    own.map(([key, value]) => [key.slice(prefix.length), decode(key.slice(prefix.length), value)]),
  );
  const isSecret = (key: PropertyKey | undefined) => secretKeys.some((secret) => secret === key);
  const origin: Origin = {
    fileOf: () => file,
    show: (path) => path.join("."),
    isSecret: ([key]) => isSecret(key),
  };
  const result = stackConfigSchema.safeParse(input);
  if (!result.success) {
    problems.push(...describeProblems(result.error, stackConfigSchema, input, origin));
    return undefined;
  }
  const plain = secretKeys.filter(
    (key) => result.data[key] !== "" && !sources.secretConfigKeys.includes(`${prefix}${key}`),
  );
  for (const key of plain) {
    problems.push(
      `${file}: ${key} must be encrypted; set it by: pulumi config set --secret ${key}`,
    );
  }
  const disagreements = stackDisagreements(result.data, context);
  problems.push(...disagreements.map((one) => configLine(sources, one)));
  return result.data;
}

function configLine({ stack }: Sources, { path, message }: Disagreement): string {
  return `Pulumi.${stack}.yaml: ${path.join(".")} ${message}`;
}

/** Pulumi keeps numbers and booleans as text. Text that the schema wants as text stays as it is. */
function decode(key: string, value: string): unknown {
  const schema: unknown = Reflect.get(stackConfigSchema.shape, key);
  const inner = schema instanceof z.ZodDefault ? schema.unwrap() : schema;
  if (inner instanceof z.ZodNumber && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  if (inner instanceof z.ZodBoolean && /^(true|false)$/.test(value)) return value === "true";
  return value;
}

function readServices(
  sources: Sources,
  overlay: string,
  problems: string[],
): ServiceValues | undefined {
  const before = problems.length;
  const read = <Schema extends z.ZodType>(name: keyof ServiceValues, schema: Schema) =>
    readService(sources, valueFiles(name, overlay), schema, problems);
  const kafka = read("kafka", serviceSchemas.kafka);
  const druid = read("druid", serviceSchemas.druid);
  const postgres = read("postgres", serviceSchemas.postgres);
  const superset = read("superset", serviceSchemas.superset);
  const producer = read("producer", serviceSchemas.producer);
  const airflow = read("airflow", serviceSchemas.airflow);
  const monitoring = read("monitoring", serviceSchemas.monitoring);
  if (overlay !== sources.stack) requireOverlay(sources, overlay, problems);
  if (
    problems.length > before ||
    !kafka ||
    !druid ||
    !postgres ||
    !superset ||
    !producer ||
    !airflow ||
    !monitoring
  ) {
    return undefined;
  }
  const services = { kafka, druid, postgres, superset, producer, airflow, monitoring };
  problems.push(
    ...serviceDisagreements(services).map((found) =>
      disagreementLine(sources, valueFiles(found.where, overlay), found),
    ),
  );
  return services;
}

function readService<Schema extends z.ZodType>(
  sources: Sources,
  files: ValueFiles,
  schema: Schema,
  problems: string[],
): z.output<Schema> | undefined {
  const base = readYaml(sources, files.base, problems);
  const overlay = readYaml(sources, files.overlay, problems);
  if (base === undefined) {
    problems.push(`${files.base}: is missing; it holds the values that every stack starts from`);
    return undefined;
  }
  const input = mergeValues(base, overlay ?? {});
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  problems.push(...describeProblems(result.error, schema, input, originOf(files, overlay)));
  return undefined;
}

/** An overlay that the config names, and that no service has, is a typing error. */
function requireOverlay(sources: Sources, overlay: string, problems: string[]): void {
  const names = Object.keys(serviceSchemas);
  if (names.some((name) => sources.readFile(valueFiles(name, overlay).overlay) !== undefined)) {
    return;
  }
  problems.push(
    `Pulumi.${sources.stack}.yaml: valuesOverlay must name an overlay of charts-values/; there is no <service>.${overlay}.yaml`,
  );
}

interface ValueFiles {
  readonly base: string;
  readonly overlay: string;
}

function valueFiles(name: string, overlay: string): ValueFiles {
  return {
    base: `charts-values/${name}.yaml`,
    overlay: `charts-values/${name}.${overlay}.yaml`,
  };
}

function originOf(files: ValueFiles, overlay: Values | undefined): Origin {
  return {
    fileOf: (path) => (valueAt(overlay, path) === undefined ? files.base : files.overlay),
    show: (path) =>
      path
        .map((key, index) =>
          typeof key === "number" ? `[${key}]` : `${index ? "." : ""}${String(key)}`,
        )
        .join(""),
  };
}

function disagreementLine(
  sources: Sources,
  files: ValueFiles,
  { path, message }: ServiceDisagreement,
): string {
  const overlay = readYaml(sources, files.overlay, []);
  const origin = originOf(files, overlay);
  return `${origin.fileOf(path)}: ${origin.show(path)} ${message}`;
}

function readYaml(sources: Sources, file: string, problems: string[]): Values | undefined {
  const text = sources.readFile(file);
  if (text === undefined) return undefined;
  try {
    const values: unknown = parse(text) ?? {};
    if (isValues(values)) return values;
    problems.push(`${file}: must be a map of keys, is ${JSON.stringify(values)}`);
  } catch (error) {
    problems.push(`${file}: is no YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
  return {};
}
