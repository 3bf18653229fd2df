import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Document, parse } from "yaml";
import { z } from "./zod";

const projectFile = z.object({ name: z.string() });

/** The project's name, which `pulumi new` writes into Pulumi.yaml. */
export const project = projectFile.parse(
  parse(readFileSync(join(__dirname, "..", "Pulumi.yaml"), "utf8")),
).name;

/** The key with its namespace, as programs get it: `producerMode` is `<project>:producerMode`. */
export function fullKey(key: string): string {
  return key.includes(":") ? key : `${project}:${key}`;
}

/** The key as our stack files have it: without the project's name, which the CLI adds when it writes a file. */
export function shortKey(key: string): string {
  return key.startsWith(`${project}:`) ? key.slice(project.length + 1) : key;
}

/** The path of a key in a Pulumi.<stack>.yaml, in the notation in which it is there. Default: the short one. */
export function configPath(file: Document, key: string): string[] {
  const full = ["config", fullKey(key)];
  return file.hasIn(full) ? full : ["config", shortKey(key)];
}
