import { existsSync } from "node:fs";
import { join } from "node:path";
import { type ConfigDeclaration, type Project, parseYaml } from "./project";
import type { Crypter } from "./secrets";

/** The config that a program sees: strings, objects and lists as JSON. */
export interface StackConfig {
  values: Record<string, string>;
  secretKeys: string[];
}

/** What Pulumi.<stack>.yaml holds, before anything is decrypted. */
export interface StackFile {
  path: string;
  encryptionSalt?: string;
  config: Record<string, unknown>;
}

/** A missing file is a stack without config. */
export function readStackFile(project: Project, stack: string): StackFile {
  const path = join(project.root, project.stackConfigDir, `Pulumi.${stack}.yaml`);
  const yaml = existsSync(path) ? parseYaml(path) : {};
  const provider = yaml.secretsprovider;
  if (provider !== undefined && provider !== "passphrase" && provider !== "default") {
    throw new Error(
      `${path}: secretsprovider is "${String(provider)}", and the embedded engine knows only "passphrase". ` +
        "Use the Pulumi CLI for this stack: https://www.pulumi.com/docs/install/",
    );
  }
  return {
    path,
    encryptionSalt: typeof yaml.encryptionsalt === "string" ? yaml.encryptionsalt : undefined,
    config: (yaml.config ?? {}) as Record<string, unknown>,
  };
}

/**
 * The stack's config: its file, `overrides` (`key=value` of the command line) over it, and defaults of
 * Pulumi.yaml under it. Throws naming file, key, value and what is allowed.
 */
export function resolveConfig(
  project: Project,
  file: StackFile,
  overrides: Record<string, string>,
  crypter: Crypter,
): StackConfig {
  const result: StackConfig = { values: {}, secretKeys: [] };
  const plain = new Map<string, unknown>();
  for (const [key, raw] of Object.entries(file.config)) {
    const name = qualify(project, key);
    const value = open(raw, crypter, `${file.path}: ${key}`, () => markSecret(result, name));
    plain.set(name, value);
  }
  for (const [key, value] of Object.entries(overrides)) {
    const name = qualify(project, key);
    plain.set(name, parseOverride(value, project.config[key] ?? project.config[name]));
  }
  for (const [key, declaration] of Object.entries(project.config)) {
    applyDeclaration(project, file, key, declaration, plain);
    if (declaration.secret) markSecret(result, qualify(project, key));
  }
  for (const [name, value] of plain) result.values[name] = asString(value);
  return result;
}

function applyDeclaration(
  project: Project,
  file: StackFile,
  key: string,
  declaration: ConfigDeclaration,
  values: Map<string, unknown>,
): void {
  const name = qualify(project, key);
  if (!values.has(name)) {
    const value = declaration.value ?? declaration.default;
    if (value !== undefined) values.set(name, value);
    else if (declaration.type && !("default" in declaration)) {
      throw new Error(
        `${file.path}: the key ${name} is missing. It is required by Pulumi.yaml and has no default` +
          (declaration.description ? ` (${declaration.description})` : ""),
      );
    }
  }
  const value = values.get(name);
  if (value !== undefined && !fits(value, declaration)) {
    throw new Error(
      `${file.path}: ${name} must be of type ${describe(declaration)}, is ${JSON.stringify(value)}`,
    );
  }
}

function describe(declaration: ConfigDeclaration): string {
  return declaration.type === "array" && declaration.items
    ? `array of ${describe(declaration.items)}`
    : (declaration.type ?? "any");
}

/** As the CLI: numbers and booleans may also stand as strings. */
function fits(value: unknown, declaration: ConfigDeclaration): boolean {
  switch (declaration.type) {
    case undefined:
      return true;
    case "string":
      return typeof value === "string";
    case "boolean":
      return typeof value === "boolean" || value === "true" || value === "false";
    case "integer":
      return Number.isInteger(typeof value === "string" && value.trim() ? Number(value) : value);
    case "number":
      return Number.isFinite(typeof value === "string" && value.trim() ? Number(value) : value);
    case "array":
      return Array.isArray(value) && value.every((v) => fits(v, declaration.items ?? {}));
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    default:
      return false;
  }
}

function parseOverride(value: string, declaration: ConfigDeclaration | undefined): unknown {
  if (declaration?.type !== "array" && declaration?.type !== "object") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** Decrypts `secure:` at any depth, and says so through `onSecret`. */
function open(value: unknown, crypter: Crypter, where: string, onSecret: () => void): unknown {
  if (Array.isArray(value)) return value.map((v) => open(v, crypter, where, onSecret));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first?.[0] === "secure" && typeof first[1] === "string") {
    onSecret();
    try {
      return crypter.decrypt(first[1]);
    } catch {
      throw new Error(
        `${where} could not be decrypted: it was encrypted with another passphrase or salt. ` +
          "Set it anew, or set PULUMI_CONFIG_PASSPHRASE to the passphrase that it was made with.",
      );
    }
  }
  return Object.fromEntries(entries.map(([k, v]) => [k, open(v, crypter, where, onSecret)]));
}

function markSecret(config: StackConfig, name: string): void {
  if (!config.secretKeys.includes(name)) config.secretKeys.push(name);
}

/** A key without a namespace is the project's own. */
function qualify(project: Project, key: string): string {
  const short = key.replace(/^([^:]+):config:/, "$1:");
  return short.includes(":") ? short : `${project.name}:${short}`;
}

function asString(value: unknown): string {
  if (typeof value === "string") return value;
  return value !== null && typeof value === "object" ? JSON.stringify(value) : String(value);
}
