/** A table of plain text that fits the terminal. */

export interface Column {
  readonly title: string;
  /** Numbers are to the right. Default: left. */
  readonly align?: "right";
  /** Left out where the table is too wide, those with the greatest number first. Default: it always stays. */
  readonly optional?: number;
}

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

const gap = "  ";
/** A cell is not cut below this width. */
const leastWidth = 8;

/** The table's lines, none longer than `width`, unless its columns can't be made that narrow. */
export function renderTable({ columns, rows }: Table, width: number): string[] {
  let shown = columns.map((column, index) => ({ ...column, index }));
  const widthOf = (index: number) =>
    Math.max(
      ...[columns[index]?.title ?? "", ...rows.map((row) => row[index] ?? "")].map(lengthOf),
    );
  const total = (widths: readonly number[]) =>
    widths.reduce((sum, one) => sum + one, 0) + gap.length * (widths.length - 1);
  const widthsOf = () => shown.map(({ index }) => widthOf(index));
  while (total(widthsOf()) > width) {
    const last = Math.max(...shown.map(({ optional = 0 }) => optional));
    if (last === 0) break;
    shown = shown.filter(({ optional = 0 }) => optional !== last);
  }
  const widths = widthsOf();
  while (total(widths) > width && Math.max(...widths) > leastWidth) {
    const widest = widths.indexOf(Math.max(...widths));
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  const line = (cells: readonly string[]) =>
    shown
      .map(({ align }, at) => fit(cells[at] ?? "", widths[at] ?? 0, align))
      .join(gap)
      .trimEnd();
  return [
    line(shown.map(({ title }) => title)),
    ...rows.map((row) => line(shown.map(({ index }) => row[index] ?? ""))),
  ];
}

/** The text in lines of at most `width` characters, each but the first with an indent. */
export function wrap(text: string, width: number, indent = ""): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && lengthOf(last) + 1 + lengthOf(word) <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(lines.length === 0 ? word : indent + word);
    }
  }
  return lines;
}

/** In characters, not in UTF-16 units. */
const lengthOf = (text: string) => [...text].length;

function fit(text: string, width: number, align: "right" | undefined): string {
  const characters = [...text];
  const cut = characters.length > width ? `${characters.slice(0, width - 1).join("")}…` : text;
  const padding = " ".repeat(Math.max(0, width - lengthOf(cut)));
  return align === "right" ? padding + cut : cut + padding;
}
