import { counted } from "../resources/counted";
import type { Section } from "./section";
import { renderTable, wrap } from "./table";

export interface Screen {
  /** Of the terminal, in characters. */
  readonly width: number;
  /** Lines beyond these are left out. Default: none is. */
  readonly height?: number;
}

/** The status as text. */
export function renderStatus(
  stack: string,
  sections: readonly Section[],
  { width, height }: Screen,
  now = new Date(),
): string {
  const count = sections.reduce((sum, { problems }) => sum + problems.length, 0);
  const verdict = count === 0 ? "all is well" : counted(count, "problem");
  const lines = [
    ...wrap(
      `Stack ${stack}, ${now.toISOString().slice(0, 19).replace("T", " ")} UTC: ${verdict}`,
      width,
    ),
    ...sections.flatMap((section) => ["", ...renderSection(section, width)]),
  ];
  if (height === undefined || lines.length <= height) return lines.join("\n");
  const rest = lines.length - height + 1;
  return [...lines.slice(0, height - 1), `… ${rest} more lines: \`make status\``].join("\n");
}

function renderSection(section: Section, width: number): string[] {
  const { title, summary, table, notes = [], problems } = section;
  const indent = "  ";
  const inner = width - indent.length;
  const below = (texts: readonly string[]) =>
    texts.flatMap((text) => wrap(text, inner, indent)).map((line) => indent + line);
  return [
    ...wrap(summary === undefined ? title : `${title}: ${summary}`, width, indent),
    ...below(problems.map((problem) => `! ${problem}`)),
    ...(table ? renderTable(table, inner).map((line) => indent + line) : []),
    ...below(notes),
  ];
}

/** Whether nothing is wrong. */
export const isWell = (sections: readonly Section[]) =>
  sections.every(({ problems }) => problems.length === 0);
