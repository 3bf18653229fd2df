import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { grafanaDashboards } from "../components/monitoring/grafana";
import { shortKey } from "../settings/config-key";
import { isValues, mergeValues, type Values } from "../settings/merge";
import { valueAt } from "../settings/problems";
import { secretKeys, stackConfigSchema } from "../settings/stack-config";
import { type ServiceValues, serviceSchemas } from "../settings/values";
import { podFields } from "../settings/values/fragments";
import { type Field, leaves, schemaFields } from "./schema-fields";

/** Path of the page from the project's folder. */
export const pagePath = "docs/configuration.md";

const root = join(__dirname, "..");
const stacks = ["local", "dev", "staging"] as const;
const services: readonly (keyof ServiceValues)[] = [
  "kafka",
  "druid",
  "postgres",
  "superset",
  "airflow",
  "producer",
  "monitoring",
];

/**
 * The text of docs/configuration.md, from the schemas of settings/, Pulumi.yaml and charts-values/.
 *
 * @throws Error that names the values without a description
 */
export function configurationPage(): string {
  const undescribed = [...configFields(), ...services.flatMap(valuesWithGroups)]
    .filter(({ description }) => description === "")
    .map(({ path }) => path.join("."));
  if (undescribed.length > 0) {
    throw new Error(`settings/ and Pulumi.yaml say nothing about: ${undescribed.join(", ")}`);
  }
  return [
    introduction,
    "## The stack's config",
    configIntroduction,
    configTable(),
    "### What each stack sets",
    table(["key", ...stacks], stackRows()),
    "## The services' values",
    valuesIntroduction,
    "### Every pod",
    podIntroduction(),
    table(
      ["value", "type", "default", "description"],
      podLeaves().map((field) => row(field, [], emptyPod)),
    ),
    ...services.map(servicePart),
  ]
    .join("\n\n")
    .concat("\n");
}

const introduction = `<!-- Written by \`make docs\`: change settings/, Pulumi.yaml or charts-values/, not this page. -->

# Configuration

You configure a stack in two places, and each has a schema. Before anything is touched, every key and value is checked.
A key that does not exist, a value of the wrong type, and two values that contradict each other are refused, and one
message lists all of them.

- \`Pulumi.<stack>.yaml\` holds what belongs to the stack: its namespace, who sends events, where images go, its secrets.
- \`charts-values/<service>.yaml\` holds everything about one service, such as its sizes and images.
  \`charts-values/<service>.<stack>.yaml\` is an overlay: it holds what is different on one stack.`;

const configIntroduction = `Set a key by \`pulumi config set KEY VALUE\`, or write it in \`Pulumi.<stack>.yaml\`, below \`config\`.
When the CLI writes that file, it puts the project's name before each key, as \`PROJECT:KEY\`. Both are read.
A key marked *secret* must be set by \`pulumi config set --secret\`, which encrypts it.
\`kubernetes:context\` names the cluster by a context of the kubeconfig. Without it, the current context is used.`;

const valuesIntroduction = `An overlay changes the service's file as in Helm: maps are merged key by key, a list or any
other value replaces the one before, and \`null\` removes a key. The stack \`dev\` has no overlays. With
\`valuesOverlay\`, a stack uses the overlays of another one.`;

function podIntroduction(): string {
  const places = services.flatMap((service) => podGroups(service).map((path) => `\`${path}\``));
  return `These values are in ${places.slice(0, -1).join(", ")} and ${places.at(-1)}.`;
}

function configFields(): Field[] {
  const described = z
    .object({ config: z.record(z.string(), z.object({ description: z.string().optional() })) })
    .parse(readYaml("Pulumi.yaml")).config;
  return schemaFields(stackConfigSchema).map((field) => ({
    ...field,
    description: described[field.path.join()]?.description ?? "",
  }));
}

function configTable(): string {
  const defaults = stackConfigSchema.parse({});
  const isSecret = (field: Field) => secretKeys.some((key) => key === field.path.join());
  return table(
    ["key", "type", "default", "description"],
    configFields().map((field) => {
      const [key = "", type = "", ...others] = row(field, [], defaults);
      return [key, isSecret(field) ? `${type}, *secret*` : type, ...others];
    }),
  );
}

/** What the stacks' files set, by key. */
function stackRows(): string[][] {
  const stackFile = z.object({ config: z.record(z.string(), z.unknown()).nullish() });
  const configs = stacks.map((stack) => {
    const { config } = stackFile.parse(readYaml(`Pulumi.${stack}.yaml`) ?? {});
    return Object.fromEntries(
      Object.entries(config ?? {}).map(([key, value]) => [shortKey(key), value]),
    );
  });
  const keys = [...new Set(configs.flatMap((config) => Object.keys(config)))].sort();
  return keys.map((key) => [code(key), ...configs.map((config) => shown(config[key]))]);
}

function servicePart(service: keyof ServiceValues): string {
  const base = valuesOf(service);
  const fields = schemaFields(serviceSchemas[service]);
  const groups = fields.filter(isPod);
  const own = fields.filter((field) => !isPod(field) && !isPodField(field));
  const tables = [
    `### ${service}`,
    table(
      ["value", "type", "default", "description"],
      leaves(own).map((field) => row(field, [], base)),
    ),
    ...groups.flatMap((group) => [
      `#### ${service}: ${group.path.join(".")}`,
      group.description,
      table(
        ["value", "type", "default", "description"],
        leaves(group.fields.filter((field) => !isPodField(field))).map((field) =>
          row(field, group.path, base),
        ),
      ),
    ]),
  ];
  return [...tables, `#### ${service}: on the stacks`, overlayTable(service)].join("\n\n");
}

function overlayTable(service: keyof ServiceValues): string {
  const base = valuesOf(service);
  const overlaid = (["local", "staging"] as const).map((stack) => ({
    stack,
    values: mergeValues(base, readValues(`charts-values/${service}.${stack}.yaml`)),
  }));
  const rows = leaves(schemaFields(serviceSchemas[service])).flatMap(({ path }) => {
    const own = overlaid.map(({ values }) => shown(valueAt(values, path)));
    const everywhere = shown(valueAt(base, path));
    if (own.every((value) => value === everywhere)) return [];
    return [
      [
        code(path.join(".")),
        everywhere,
        ...own.map((value) => (value === everywhere ? "" : value)),
      ],
    ];
  });
  if (rows.length === 0) return "The same on all.";
  return table(["value", "default", ...overlaid.map(({ stack }) => stack)], rows);
}

/** Whether a group describes pods. */
function isPod({ fields }: Field): boolean {
  return fields.some(isPodField);
}

function isPodField({ path }: Field): boolean {
  return Object.keys(podFields).includes(path.at(-1) ?? "");
}

function podLeaves(): readonly Field[] {
  return schemaFields(z.strictObject(podFields)).map((field) => ({ ...field, fields: [] }));
}

const emptyPod = Object.fromEntries(
  podLeaves().map(({ path, type }) => [path.join(), type.startsWith("list") ? [] : {}]),
);

/** The groups of a service's file that describe pods: `kafka`, `druid.broker`, … */
function podGroups(service: keyof ServiceValues): string[] {
  const fields = schemaFields(serviceSchemas[service]);
  if (fields.some(isPodField)) return [service];
  return fields.filter(isPod).map(({ path }) => [service, ...path].join("."));
}

function valuesWithGroups(service: keyof ServiceValues): Field[] {
  const below = (field: Field): Field[] => [
    { ...field, path: [service, ...field.path] },
    // Kubernetes' documentation describes the contents of these.
    ...(isPodField(field) ? [] : field.fields.flatMap(below)),
  ];
  return schemaFields(serviceSchemas[service]).flatMap(below);
}

function row(field: Field, below: readonly string[], defaults: unknown): string[] {
  return [
    code(field.path.slice(below.length).join(".")),
    field.type,
    shown(valueAt(defaults, field.path)),
    field.description.replaceAll("<", "&lt;"),
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

/** A value as YAML on one line. Empty if it isn't set. */
function shown(value: unknown): string {
  if (value === undefined) return "";
  return code(typeof value === "string" && value !== "" ? value : JSON.stringify(value));
}

function code(text: string): string {
  return `\`${text}\``;
}

function valuesOf(service: keyof ServiceValues): Values {
  return readValues(`charts-values/${service}.yaml`);
}

function readValues(path: string): Values {
  const values = readYaml(path);
  return isValues(values) ? values : {};
}

/** Undefined if there is no such file. */
function readYaml(path: string): unknown {
  try {
    return parse(readFileSync(join(root, path), "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

if (require.main === module) {
  writeFileSync(join(root, pagePath), configurationPage());
  for (const [file, text] of Object.entries(grafanaDashboards)) {
    writeFileSync(join(root, "docs", "grafana", file), text);
  }
}
