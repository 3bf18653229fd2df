/** A program whose example streams were removed, as everybody does with an example, in a copy of the repository. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ProgramCopy } from "./testing/program-copy";

const copy = new ProgramCopy("removed-streams");
const pipelines = join(copy.folder, "pipelines");

before(() => {
  for (const file of readdirSync(pipelines)) {
    if (file.endsWith(".ts") && file !== "index.ts") rmSync(join(pipelines, file));
  }
});
after(() => copy.remove());

test("no stream is left in it", () => {
  assert.ok(existsSync(join(copy.folder, "index.ts")));
  assert.deepEqual(readdirSync(pipelines).sort(), ["declare", "derive", "index.ts", "testing"]);
});

test("its types fit", () => {
  const build = join(copy.folder, "program.tsbuildinfo");
  const options = ["-p", "scripts/program.tsconfig.json", "--tsBuildInfoFile", build];
  assert.equal(copy.run("node_modules/typescript/bin/tsc", ...options), "");
});

for (const mode of ["standalone", "both"]) {
  test(`it renders with producerMode ${mode}, without a sender of its own`, () => {
    const manifests = copy.render("local", `producerMode=${mode}`);
    assert.match(manifests, /^kind: StatefulSet$/m);
    assert.doesNotMatch(manifests, /^ +name: producer/m);
  });
}
