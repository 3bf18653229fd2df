import { isDefaultProvider, parseUrn, rootStackType } from "../urn";
import type { Display, Operation, RunKind, Severity, Step, Summary } from "./events";
import { diffLines, formatSeconds, shortDiff, signs } from "./format";
import { type Diagnostic, diagnosticLines, summaryLines, titles } from "./report";

const verbs: Record<Operation, [doing: string, done: string]> = {
  same: ["", ""],
  create: ["creating", "created"],
  update: ["updating", "updated"],
  replace: ["replacing", "replaced"],
  "create-replacement": ["creating replacement", "created replacement"],
  "delete-replaced": ["deleting original", "deleted original"],
  delete: ["deleting", "deleted"],
  refresh: ["refreshing", "refreshed"],
};

const planned: Partial<Record<Operation, string>> = {
  create: "create",
  update: "update",
  "create-replacement": "replace",
  "delete-replaced": "delete original",
  delete: "delete",
  refresh: "refresh",
};

const colors: Partial<Record<Operation, string>> = {
  create: "\u001b[32m",
  update: "\u001b[33m",
  refresh: "\u001b[33m",
  "create-replacement": "\u001b[35m",
  "delete-replaced": "\u001b[35m",
  delete: "\u001b[31m",
};
const plainColor = "\u001b[0m";

interface Row {
  step: Step;
  begun: number;
  /** Undefined while it runs. */
  seconds?: number;
  failed: boolean;
  message: string;
}

export interface TableOptions {
  write(text: string): void;
  size(): { columns: number; rows: number };
  diff: boolean;
  debug: boolean;
}

/** The display of a terminal: a tree of the resources that something happens to, drawn anew as it does. */
export class TableDisplay implements Display {
  private readonly rows = new Map<string, Row>();
  private readonly parents = new Map<string, string>();
  private readonly diagnostics = new Map<string, Diagnostic[]>();
  /** The root stack's name as a resource. */
  private root = "";
  private kind: RunKind = "update";
  private drawn = 0;
  private timer: NodeJS.Timeout | undefined;
  private started = Date.now();

  constructor(private readonly options: TableOptions) {}

  header(kind: RunKind, project: string, stack: string): void {
    this.kind = kind;
    this.root = `${project}-${stack}`;
    this.started = Date.now();
    this.options.write(`${titles[kind]} (${stack}):\n\n`);
    this.timer = setInterval(() => this.draw(false), 200);
    this.timer.unref();
  }

  begin(step: Step): void {
    this.parents.set(step.urn, step.parent);
    this.rows.set(step.urn, { step, begun: Date.now(), failed: false, message: "" });
  }

  end(step: Step, failed: boolean): void {
    this.parents.set(step.urn, step.parent);
    if (step.operation === "same") return;
    const row = this.rows.get(step.urn) ?? { step, begun: Date.now(), failed, message: "" };
    row.step = step;
    row.failed = failed;
    row.seconds = (Date.now() - row.begun) / 1000;
    this.rows.set(step.urn, row);
  }

  status(urn: string, message: string): void {
    const row = this.rows.get(urn);
    if (row) row.message = message.split("\n")[0] ?? "";
  }

  log(severity: Severity, message: string, urn = ""): void {
    if (severity === "debug" && !this.options.debug) return;
    const list = this.diagnostics.get(urn) ?? [];
    list.push({ severity, message });
    this.diagnostics.set(urn, list);
    if (severity !== "debug") this.status(urn, `${severity}: ${message}`);
    if (urn === "" && severity !== "debug") this.interject(message);
  }

  finish(summary: Summary): void {
    clearInterval(this.timer);
    this.draw(true);
    const lines: string[] = [""];
    if (this.options.diff) lines.push(...this.diffs());
    lines.push(...diagnosticLines(this.diagnostics, this.root), ...summaryLines(summary));
    this.options.write(`${lines.join("\n")}\n`);
  }

  /** Something of the run as a whole is said above the tree at once. */
  private interject(message: string): void {
    this.erase();
    this.options.write(`${message}\n`);
    this.draw(false);
  }

  private diffs(): string[] {
    const lines: string[] = [];
    for (const { step, failed } of this.rows.values()) {
      if (failed || !step.olds || step.operation === "delete-replaced") continue;
      const changes = diffLines(step).map((line) => `      ${line}`);
      if (changes.length === 0) continue;
      lines.push(`  ${signs[step.operation]} ${step.type} ${step.name}`, ...changes);
    }
    return lines.length > 0 ? [...lines, ""] : [];
  }

  private erase(): void {
    if (this.drawn > 0) this.options.write(`\u001b[${this.drawn}A\u001b[0J`);
    this.drawn = 0;
  }

  /** While running only what fits the window is drawn, from what runs now; at the end all of it. */
  private draw(whole: boolean): void {
    const { columns, rows } = this.options.size();
    let lines = this.tree();
    const room = Math.max(rows - 4, 5);
    if (!whole && lines.length > room) {
      const running = new Set([...this.rows.values()].filter((r) => r.seconds === undefined));
      const kept = lines.filter((l) => running.has(l.row as Row)).slice(0, room - 1);
      const hidden = lines.length - kept.length;
      lines = [...kept, { text: `    … and ${hidden} more`, color: "" }];
    }
    const text = lines.map(
      ({ text, color }) => `${color}${text.slice(0, columns - 1)}${color && plainColor}`,
    );
    if (!whole)
      text.push(`    ${formatSeconds(Math.floor((Date.now() - this.started) / 1000) || 1)}`);
    this.erase();
    this.options.write(text.map((line) => `${line}\n`).join(""));
    this.drawn = whole ? 0 : text.length;
  }

  private tree(): { text: string; color: string; row?: Row }[] {
    const shown = new Set<string>();
    for (const urn of this.rows.keys()) {
      for (let at: string | undefined = urn; at; at = this.parents.get(at)) shown.add(at);
    }
    const children = new Map<string, string[]>();
    for (const urn of shown) {
      if (isDefaultProvider(urn)) continue;
      const parent = this.parents.get(urn) ?? "";
      const key = shown.has(parent) ? parent : "";
      children.set(key, [...(children.get(key) ?? []), urn]);
    }
    const flat: { urn: string; prefix: string }[] = [];
    const walk = (urn: string, prefix: string, below: string): void => {
      flat.push({ urn, prefix });
      const list = children.get(urn) ?? [];
      for (const [i, child] of list.entries()) {
        const last = i === list.length - 1;
        walk(child, `${below}${last ? "└─ " : "├─ "}`, `${below}${last ? "   " : "│  "}`);
      }
    };
    for (const root of children.get("") ?? []) walk(root, "", "");
    return this.layOut(flat);
  }

  private layOut(flat: { urn: string; prefix: string }[]) {
    const cells = flat.map(({ urn, prefix }) => {
      const { type, name } = parseUrn(urn);
      const row = this.rows.get(urn);
      const label = type === rootStackType ? type : shortType(type);
      return { row, type: prefix + label, name, status: row ? this.statusOf(row) : "" };
    });
    const typeWidth = Math.max(4, ...cells.map((c) => c.type.length));
    const nameWidth = Math.max(4, ...cells.map((c) => c.name.length));
    return cells.map(({ row, type, name, status }) => ({
      row,
      color: row?.failed ? "\u001b[31m" : row ? (colors[row.step.operation] ?? "") : "",
      text: ` ${row ? signs[row.step.operation] : "  "} ${type.padEnd(typeWidth)}  ${name.padEnd(nameWidth)}  ${status}`.trimEnd(),
    }));
  }

  private statusOf(row: Row): string {
    const { step, seconds, failed, message } = row;
    const preview = this.kind === "preview";
    const running = `${verbs[step.operation][0]} (${Math.floor((Date.now() - row.begun) / 1000)}s)`;
    const done = preview
      ? (planned[step.operation] ?? "")
      : `${verbs[step.operation][1]} (${formatSeconds(seconds ?? 0)})`;
    const state = failed ? "**failed**" : seconds === undefined ? running : done;
    const tail = seconds === undefined || failed ? message : "";
    return [state, shortDiff(step), tail].filter(Boolean).join(" ");
  }
}

/** `kubernetes:core:Service` of `kubernetes:core/v1:Service`, as the CLI shortens it. */
function shortType(type: string): string {
  const [packageName, module = "", kind] = type.split(":");
  return `${packageName}:${module.split("/")[0]}:${kind}`;
}
