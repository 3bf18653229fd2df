/** The table of docs/drift.md: kind, field, what refresh shows, what `up` does. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { artifacts } from "./stack";

export interface DriftRow {
  readonly kind: string;
  /** The change by hand. */
  readonly field: string;
  /** As `refresh` printed it. */
  readonly seen: string;
  /** The action of the next `up`. */
  readonly restored: string;
}

const kinds = [
  ...["Deployment", "Topic", "User", "Access", "Supervisor"],
  ...["Database", "Dataset", "Chart", "Dashboard"],
];

/** The rows as Markdown, kind by kind. */
export function driftTable(rows: readonly DriftRow[]): string {
  const sorted = [...rows].sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
  return [
    "| Kind | Changed by hand | `make refresh` shows | The next `make up` |",
    "|---|---|---|---|",
    ...sorted.map(({ kind, field, seen, restored }) => {
      const shown = seen === "gone" ? "that it is gone" : `\`${seen}\``;
      return `| ${kind} | ${field} | ${shown} | ${restored} |`;
    }),
  ].join("\n");
}

const page = join(__dirname, "../../docs/drift.md");
const between = /(<!-- drift table: .*? -->\n)([\s\S]*?)(\n<!-- end -->)/;

/** Asserts that the page has the measured table, which is also written to `artifacts/`. UPDATE_DOCS=1 updates the page. */
export function holdAgainstDocs(table: string): void {
  writeFileSync(join(artifacts, "drift.md"), `${table}\n`);
  const text = readFileSync(page, "utf8");
  if (process.env.UPDATE_DOCS) {
    writeFileSync(
      page,
      text.replace(between, (_, head, __, tail) => `${head}${table}${tail}`),
    );
    return;
  }
  assert.equal(
    between.exec(text)?.[2],
    table,
    "docs/drift.md says otherwise; UPDATE_DOCS=1 with this test writes the table into it",
  );
}
