import { parseUrn, rootStackType } from "../urn";
import type { Display, Operation, RunKind, Severity, Step, Summary } from "./events";
import { diffLines, formatSeconds, shortDiff, signs } from "./format";
import { type Diagnostic, diagnosticLines, summaryLines, titles } from "./report";

const verbs: Record<Operation, [begin: string, end: string]> = {
  same: ["", ""],
  create: ["creating", "created"],
  update: ["updating", "updated"],
  replace: ["replacing", "replaced"],
  "create-replacement": ["creating replacement", "created replacement"],
  "delete-replaced": ["deleting original", "deleted original"],
  delete: ["deleting", "deleted"],
  refresh: ["refreshing", "refreshed"],
};

export interface LineOptions {
  write(text: string): void;
  /** Also print what changes, field by field. */
  diff: boolean;
  debug: boolean;
}

/** The display where there is no terminal: a line for each thing that happens. */
export class LineDisplay implements Display {
  private readonly begun = new Map<string, number>();
  private readonly statuses = new Map<string, string>();
  private readonly diagnostics = new Map<string, Diagnostic[]>();
  /** The root stack's name as a resource. */
  private root = "";
  private preview = false;

  constructor(private readonly options: LineOptions) {}

  header(kind: RunKind, project: string, stack: string): void {
    this.root = `${project}-${stack}`;
    this.preview = kind === "preview";
    this.print(`${titles[kind]} (${stack}):`, "");
  }

  begin(step: Step): void {
    this.begun.set(step.urn, Date.now());
    if (!this.preview) this.print(this.line(step, verbs[step.operation][0], 0));
  }

  end(step: Step, failed: boolean): void {
    if (step.operation === "same") return;
    const begun = this.begun.get(step.urn) ?? Date.now();
    this.statuses.delete(step.urn);
    const verb = failed ? "**failed**" : verbs[step.operation][1];
    if (this.preview) this.print(` ${signs[step.operation]} ${label(step.urn)} ${shortDiff(step)}`);
    else this.print(this.line(step, verb, (Date.now() - begun) / 1000));
    if (this.options.diff && !failed && step.olds) {
      this.print(...diffLines(step).map((line) => `      ${line}`));
    }
  }

  status(urn: string, message: string): void {
    if (this.statuses.get(urn) === message || message === "") return;
    this.statuses.set(urn, message);
    this.print(`    ${label(urn)} ${message}`);
  }

  log(severity: Severity, message: string, urn = ""): void {
    if (severity === "debug" && !this.options.debug) return;
    const prefix = severity === "info" ? "" : `${severity}: `;
    this.print(`    ${this.labelOf(urn)} ${prefix}${message}`);
    if (severity === "debug") return;
    const list = this.diagnostics.get(urn) ?? [];
    list.push({ severity, message });
    this.diagnostics.set(urn, list);
  }

  finish(summary: Summary): void {
    this.print("", ...diagnosticLines(this.diagnostics, this.root), ...summaryLines(summary));
  }

  private labelOf(urn: string): string {
    return urn ? label(urn) : `${rootStackType} ${this.root}`;
  }

  private line(step: Step, verb: string, seconds: number): string {
    return ` ${signs[step.operation]} ${label(step.urn)} ${verb} (${formatSeconds(seconds)}) ${shortDiff(step)}`.trimEnd();
  }

  private print(...lines: string[]): void {
    if (lines.length > 0) this.options.write(`${lines.join("\n")}\n`);
  }
}

function label(urn: string): string {
  const { type, name } = parseUrn(urn);
  return `${type} ${name}`;
}
