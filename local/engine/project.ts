import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

export type ConfigType = "string" | "boolean" | "integer" | "number" | "array" | "object";

/** A key of the `config:` section of Pulumi.yaml. */
export interface ConfigDeclaration {
  type?: ConfigType;
  items?: ConfigDeclaration;
  description?: string;
  default?: unknown;
  secret?: boolean;
  /** A fixed value, for keys of other packages. */
  value?: unknown;
}

export interface Project {
  name: string;
  /** Absolute folder of Pulumi.yaml. */
  root: string;
  /** The program, relative to the root: `.` unless `main` says otherwise. */
  main: string;
  /** Options of the runtime, such as `typescript` and `nodeargs`. */
  runtimeOptions: Record<string, unknown>;
  /** Where stack configs lie, relative to the root. */
  stackConfigDir: string;
  config: Record<string, ConfigDeclaration>;
}

/** Reads Pulumi.yaml. Throws when it is missing, or of a runtime that is not nodejs. */
export function readProject(root: string): Project {
  const path = join(root, "Pulumi.yaml");
  const yaml = parseYaml(path);
  const { name, main } = yaml;
  if (typeof name !== "string" || name === "") throw new Error(`${path}: name is missing`);
  const runtime = yaml.runtime as string | { name?: string; options?: Record<string, unknown> };
  const runtimeName = typeof runtime === "string" ? runtime : runtime?.name;
  if (runtimeName !== "nodejs") {
    throw new Error(
      `${path}: the embedded engine runs programs of the runtime "nodejs", and this is "${runtimeName}". ` +
        "Use the Pulumi CLI for it: https://www.pulumi.com/docs/install/",
    );
  }
  return {
    name,
    root,
    main: typeof main === "string" ? main : ".",
    runtimeOptions: (typeof runtime === "object" && runtime.options) || {},
    stackConfigDir: typeof yaml.stackConfigDir === "string" ? yaml.stackConfigDir : "",
    config: declarations(yaml.config),
  };
}

/** A value without a declaration, as in `key: 3`, is its default. */
function declarations(section: unknown): Record<string, ConfigDeclaration> {
  const result: Record<string, ConfigDeclaration> = {};
  for (const [key, value] of Object.entries((section ?? {}) as Record<string, unknown>)) {
    const isDeclaration = typeof value === "object" && value !== null && !Array.isArray(value);
    result[key] = isDeclaration ? (value as ConfigDeclaration) : { default: value };
  }
  return result;
}

/** Parses a YAML file that is a map. Throws with the file's name. */
export function parseYaml(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new Error(`${path} could not be read: ${(error as Error).message}`);
  }
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new Error(`${path} is not YAML: ${(error as Error).message}`);
  }
  if (value === null || value === undefined) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw new Error(`${path} is not a map`);
  return value as Record<string, unknown>;
}
