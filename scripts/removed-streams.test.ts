/** A program whose example streams were removed, as everybody does with an example, in a copy of the repository. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

const root = join(__dirname, "..");
const copy = mkdtempSync(join(tmpdir(), "removed-streams-"));
const parts = [
  "airflow",
  "charts-values",
  "components",
  "pipelines",
  "preflight",
  "producer",
  "resources",
  "scripts",
  "settings",
];

before(() => {
  const files = readdirSync(root).filter((name) => /^(Pulumi.*\.yaml|.*\.(ts|json))$/.test(name));
  for (const name of [...parts, ...files]) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  for (const file of readdirSync(join(copy, "pipelines"))) {
    if (file.endsWith(".ts") && file !== "index.ts") rmSync(join(copy, "pipelines", file));
  }
});
after(() => rmSync(copy, { recursive: true }));

const run = (...command: string[]) =>
  execFileSync("node", command, { cwd: copy, encoding: "utf8", maxBuffer: 64 * 2 ** 20 });

test("no stream is left in it", () => {
  assert.ok(existsSync(join(copy, "index.ts")));
  assert.deepEqual(readdirSync(join(copy, "pipelines")).sort(), [
    "declare",
    "derive",
    "index.ts",
    "testing",
  ]);
});

test("its types fit", () => {
  const build = join(copy, "program.tsbuildinfo");
  const options = ["-p", "scripts/program.tsconfig.json", "--tsBuildInfoFile", build];
  assert.equal(run("node_modules/typescript/bin/tsc", ...options), "");
});

for (const mode of ["standalone", "both"]) {
  test(`it renders with producerMode ${mode}, without a sender of its own`, () => {
    const manifests = run(
      ...["--import", "tsx", "render.ts", "local"],
      `realtime-analytics:producerMode=${mode}`,
    );
    assert.match(manifests, /^kind: StatefulSet$/m);
    assert.doesNotMatch(manifests, /^ +name: producer/m);
  });
}
