import { parseUrn, rootStackType } from "../urn";
import {
  equalValues,
  isPropertyMap,
  mapWithoutSecrets,
  type PropertyMap,
  type PropertyValue,
} from "../values";
import type { Operation, RunKind, Severity, Summary } from "./events";
import { formatSeconds, formatValue } from "./format";

export interface Diagnostic {
  severity: Severity;
  message: string;
}

export const titles: Record<RunKind, string> = {
  update: "Updating",
  preview: "Previewing update",
  refresh: "Refreshing",
  destroy: "Destroying",
};

/** The Diagnostics section: messages by URN, under their resource; those of no URN under the root stack, named `root`. */
export function diagnosticLines(diagnostics: Map<string, Diagnostic[]>, root: string): string[] {
  if (diagnostics.size === 0) return [];
  const lines = ["Diagnostics:"];
  for (const [urn, list] of diagnostics) {
    const { type, name } = urn ? parseUrn(urn) : { type: rootStackType, name: root };
    lines.push(`  ${type} (${name}):`);
    for (const { severity, message } of list) {
      const prefix = severity === "info" ? "" : `${severity}: `;
      for (const [i, line] of message.split("\n").entries()) {
        lines.push(`    ${i === 0 ? prefix : ""}${line}`);
      }
    }
    lines.push("");
  }
  return lines;
}

/** The Outputs, Resources and Duration sections. */
export function summaryLines(summary: Summary): string[] {
  const lines: string[] = [];
  if (summary.outputs) lines.push(...outputLines(summary.outputs.olds, summary.outputs.news));
  lines.push("Resources:", ...countLines(summary), "");
  if (summary.kind !== "preview") lines.push(`Duration: ${formatSeconds(summary.seconds)}`, "");
  if (summary.note) lines.push(summary.note, "");
  return lines;
}

function outputLines(olds: PropertyMap, news: PropertyMap): string[] {
  const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])]
    .filter((key) => !isEmpty(olds[key]) || !isEmpty(news[key]))
    .sort();
  if (keys.length === 0) return [];
  const width = Math.max(...keys.map((k) => k.length));
  const [plainOlds, plainNews] = [mapWithoutSecrets(olds), mapWithoutSecrets(news)];
  const lines = keys.map((key) => {
    const [old, now] = [olds[key], news[key]];
    const name = key.padEnd(width);
    if (equalValues(plainOlds[key], plainNews[key])) return `    ${name}: ${formatValue(now)}`;
    if (old === undefined) return `  + ${name}: ${formatValue(now)}`;
    if (now === undefined) return `  - ${name}: ${formatValue(old)}`;
    return `  ~ ${name}: ${formatValue(old)} => ${formatValue(now)}`;
  });
  return ["Outputs:", ...lines, ""];
}

/** The CLI leaves these out, too: an output that says nothing only hides those that do. */
function isEmpty(value: PropertyValue | undefined): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isPropertyMap(value) && Object.keys(value).length === 0;
}

/** In the order in which the CLI counts them. */
const past: Partial<Record<Operation, [sign: string, done: string, planned: string]>> = {
  create: ["+ ", "created", "to create"],
  update: ["~ ", "updated", "to update"],
  delete: ["- ", "deleted", "to delete"],
  replace: ["+-", "replaced", "to replace"],
  refresh: ["~ ", "updated", "updated"],
};

function countLines({ counts, kind, errored }: Summary): string[] {
  const lines: string[] = [];
  let changes = 0;
  for (const [operation, words] of Object.entries(past)) {
    const count = counts.get(operation as Operation) ?? 0;
    if (count === 0) continue;
    changes += count;
    lines.push(`    ${words[0]}${count} ${words[kind === "preview" ? 2 : 1]}`);
  }
  const same = counts.get("same") ?? 0;
  if (lines.length > 1) lines.push(`    ${changes} changes. ${same} unchanged`);
  else if (same > 0 || lines.length === 0) lines.push(`    ${same} unchanged`);
  if (errored > 0) lines.push(`    ${errored} errored`);
  return lines;
}
