import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { preProcessFile } from "typescript";

const root = join(__dirname, "..");
const listed = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.ts"];
const files = execFileSync("git", listed, { cwd: root, encoding: "utf8" })
  .split("\0")
  .filter((file) => file !== "" && !file.endsWith(".test.ts") && existsSync(join(root, file)));
const imports = new Map(files.map((file) => [file, importsOf(file)]));
const arrows = [...imports].flatMap(([from, targets]) => targets.map((to) => ({ from, to })));

/** The parts that each part of the program may import, besides itself. */
const below: Readonly<Record<string, readonly string[]>> = {
  index: ["components", "pipelines", "preflight", "settings"],
  preflight: ["components", "resources", "settings"],
  components: ["exporter", "pipelines", "producer", "resources", "settings"],
  airflow: ["pipelines"],
  exporter: ["resources", "verify"],
  producer: ["pipelines"],
  pipelines: [],
  resources: [],
  settings: [],
  local: [],
};
/** The folders that may import `local/`. */
const mayImportLocal = ["local", "bench", "tests"];

describe("imports", () => {
  it("run from index to components to pipelines, resources and settings, and never back", () => {
    const wrong = arrows.filter(
      ({ from, to }) => below[partOf(from)]?.concat(partOf(from)).includes(partOf(to)) === false,
    );
    assert.deepEqual(wrong.map(shown), []);
  });

  it("of local/ are made by local/, tests/ and bench/ alone", () => {
    const wrong = arrows.filter(
      ({ from, to }) => partOf(to) === "local" && !mayImportLocal.includes(partOf(from)),
    );
    assert.deepEqual(wrong.map(shown), []);
  });

  it("of a stream are made by nothing, so that its file can be removed", () => {
    const isStream = (file: string) =>
      /^pipelines\/[^/]+\.ts$/.test(file) && !/index\.ts$/.test(file);
    assert.deepEqual(arrows.filter(({ to }) => isStream(to)).map(shown), []);
  });

  it("make no circle of files", () => {
    assert.deepEqual(findCircles(), []);
  });
});

function shown({ from, to }: { from: string; to: string }): string {
  return `${from} -> ${to}`;
}

/** The first folder of a path; for a file in no folder, its name. */
function partOf(file: string): string {
  return file.split("/")[0]?.replace(/\.ts$/, "") ?? "";
}

/** The project's files that a file imports, including imports of types. */
function importsOf(file: string): string[] {
  return preProcessFile(readFileSync(join(root, file), "utf8"), true, true)
    .importedFiles.filter(({ fileName }) => fileName.startsWith("."))
    .flatMap(({ fileName }) => {
      const path = join(dirname(file), fileName);
      const found = [`${path}.ts`, join(path, "index.ts")].find((one) => files.includes(one));
      return found ?? [];
    });
}

/** The circles among the imports, each from the file at which it closes. */
function findCircles(): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]) => {
    const start = path.indexOf(file);
    if (start >= 0) circles.push([...path.slice(start), file]);
    if (start >= 0 || done.has(file)) return;
    for (const next of imports.get(file) ?? []) walk(next, [...path, file]);
    done.add(file);
  };
  for (const file of files) walk(file, []);
  return circles;
}
