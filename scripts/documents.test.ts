/**
 * Everything that README.md, CONTRIBUTING.md, docs/ and the READMEs of local/ name in code spans, code blocks and links
 * must exist. The other words are not checked.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { z } from "zod";
import { pagePath } from "./configuration-docs";

const root = join(__dirname, "..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const listed = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
const files = execFileSync("git", listed, { cwd: root, encoding: "utf8" })
  .split("\0")
  .filter((file) => file !== "" && existsSync(join(root, file)));
const folders = new Set(files.flatMap((file) => file.split("/").slice(0, -1)));
const pages = files.filter((file) => /^(README|CONTRIBUTING|docs\/.*|local\/.*)\.md$/.test(file));

/** Files that a document tells the reader to write, or that a run writes. */
const madeLater = [
  "pipelines/deliveries.ts",
  "pipelines/orders.ts",
  "charts-values/druid.dev.yaml",
  "charts-values/superset.dev.yaml",
  "charts-values/producer.dev.yaml",
  "layer.json",
];

const targets = matches(read("Makefile"), /^([a-z][a-z0-9-]*):/gm);
const npmScripts = z.object({ scripts: z.record(z.string(), z.string()) });
const commands = Object.keys(npmScripts.parse(JSON.parse(read("package.json"))).scripts);
const outputs = matches(read("index.ts"), /^export const (\w+)/gm);
const project = z.object({ config: z.record(z.string(), z.unknown()) });
const configKeys = Object.keys(project.parse(parse(read("Pulumi.yaml"))).config);
/** Every key of the values files, the config, the outputs, a stream or a resource. */
const names = new Set([
  ...configKeys,
  ...outputs,
  ...matches(read(pagePath), /^\| `([\w.]+)` \|/gm).flatMap((path) => path.split(".")),
  ...files
    .filter((file) => /^(pipelines|resources|local)\/.*(?<!\.test)\.ts$/.test(file))
    .flatMap((file) => matches(read(file), /^ +(?:readonly )?(\w+)\??: /gm)),
]);

for (const page of pages) {
  const text = read(page);
  const code = codeOf(text);

  describe(page, () => {
    it("names make targets and npm scripts that exist", () => {
      const lines = code.map((line) => line.replace(/(^|\s)#.*/, ""));
      const made = lines.flatMap((line) =>
        matches(line, /(?:^|\s)make(?: +-s| +[A-Z_]+=\S*)* +([a-z][a-z-]*)/g),
      );
      const run = lines.flatMap((line) => matches(line, /npm run (?:-\S+ )*(\w+)/g));
      assert.deepEqual(missing(made, targets), []);
      assert.deepEqual(missing(run, commands), []);
    });

    it("names config keys and outputs that exist", () => {
      const set = /pulumi config set (?:--secret )?([a-z]\w*)(?![\w:])/g;
      const keys = code.flatMap((line) => matches(line, set));
      assert.deepEqual(missing(keys, configKeys), []);
      assert.deepEqual(missing(matches(text, /\boutput `?([a-z]+[A-Z]\w*)/g), outputs), []);
      // On a page that is written from the schemas, all other names come from the schemas.
      if (page === pagePath) return;
      const camelCase = code.filter((span) =>
        /^(?!druid[._])[a-z][\w.]*[a-z][A-Z][\w.]*$/.test(span),
      );
      const parts = camelCase.flatMap((span) => span.split("."));
      assert.deepEqual(missing(parts, [...names]), []);
    });

    it("names files and folders that exist", () => {
      const words = code.flatMap((line) => line.split(/[\s"'`,;()]+/));
      const wrong = words.filter((word) => isPath(word, page) && !exists(word, page));
      assert.deepEqual(wrong, []);
    });

    it("links to files and headings that exist", () => {
      const links = matches(text, /\]\(([^)\s]+)\)/g).filter((link) => !/^https?:/.test(link));
      const wrong = links.filter((link) => {
        const [path = "", anchor] = link.split("#");
        const file = path === "" ? page : normalize(join(dirname(page), path));
        if (!existsSync(join(root, file))) return true;
        return anchor !== undefined && !headings(read(file)).includes(anchor);
      });
      assert.deepEqual(wrong, []);
    });
  });
}

/** The page's code spans, without line breaks, and the lines of its code blocks. */
function codeOf(page: string): string[] {
  const blocks = /^```.*\n([\s\S]*?)^```|(?<=\n\n)((?: {4}.*\n| *\n)+)/gm;
  const lines = [...page.matchAll(blocks)].flatMap(([, fence, indented]) =>
    (fence ?? indented ?? "").split("\n"),
  );
  const spans = matches(page.replace(blocks, "\n"), /`([^`]+)`/g);
  return [...lines, ...spans.map((span) => span.replace(/\s+/g, " "))];
}

/** Whether a word of code is a path of this project: it begins with one of its folders, or is the name of a source. */
function isPath(word: string, page: string): boolean {
  if (!/^(\.\.\/)*[\w.-]+(\/[\w.-]*)*$/.test(word) || madeLater.includes(word)) return false;
  const [first = "", ...rest] = word.split("/");
  if (rest.length > 0) return [root, join(root, dirname(page))].some((at) => isFolder(at, first));
  return /^\w.*\.(ts|cjs|md|json|ya?ml|xml|txt|in|lock)$/.test(word);
}

function isFolder(at: string, name: string): boolean {
  return folders.has(name) && existsSync(join(at, name));
}

function exists(word: string, page: string): boolean {
  if (!word.includes("/")) return files.some((file) => basename(file) === word);
  return [root, join(root, dirname(page))].some((at) => existsSync(join(at, word)));
}

/** The anchors of a page's headings, as GitHub makes them. */
function headings(page: string): string[] {
  return matches(page, /^#+ (.*)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, group]) => group ?? "");
}

function missing(found: readonly string[], known: readonly string[]): string[] {
  return found.filter((one) => !known.includes(one));
}
