/** The program under a name that a user gave to `pulumi new`, in a copy of the repository. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parseDocument } from "yaml";
import { ProgramCopy } from "./testing/program-copy";

const root = join(__dirname, "..");
const name = "my-analytics";
const config = { namespace: "mine", producerMode: "both", requireContext: true };
const context = { "kubernetes:context": "somewhere" };
const copy = new ProgramCopy("renamed-project");
after(() => copy.remove());

function writeStack(keys: Record<string, unknown>): void {
  const lines = Object.entries({ ...context, ...keys }).map(([key, value]) => `  ${key}: ${value}`);
  writeFileSync(join(copy.folder, "Pulumi.dev.yaml"), ["config:", ...lines, ""].join("\n"));
}

describe("a project of another name", () => {
  let manifests = "";
  before(() => {
    writeStack(config);
    manifests = copy.render("dev");
    const file = join(copy.folder, "Pulumi.yaml");
    const project = parseDocument(readFileSync(file, "utf8"));
    project.set("name", name);
    // `pulumi new` writes this too.
    project.setIn(["config", "pulumi:tags", "value", "pulumi:template"], "somewhere");
    writeFileSync(file, project.toString());
  });

  test("has the same manifests, from keys without its name", () => {
    assert.match(manifests, /^ +namespace: mine$/m);
    assert.match(manifests, /^ +app\.kubernetes\.io\/name: airflow$/m);
    assert.equal(copy.render("dev"), manifests);
  });

  test("has the same manifests, from keys with its name and values as text, as the CLI writes them", () => {
    const entries = Object.entries(config).map(([key, value]) => [`${name}:${key}`, `"${value}"`]);
    writeStack(Object.fromEntries(entries));
    assert.equal(copy.render("dev"), manifests);
  });

  test("has the config keys of the program, beside those that the CLI added", () => {
    copy.run(
      "--import",
      "tsx",
      "--test",
      "--test-name-pattern=has the defaults",
      "settings/load.test.ts",
    );
  });
});

describe("Pulumi.yaml, as a template", () => {
  const listed = execFileSync(
    "git",
    ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    {
      ...{ cwd: root, encoding: "utf8" },
    },
  );

  test("asks only for config keys that exist", () => {
    const { template, config: known } = parseDocument(
      readFileSync(join(root, "Pulumi.yaml"), "utf8"),
    ).toJS();
    const asked = Object.keys(template.config).filter((key) => !key.startsWith("kubernetes:"));
    assert.ok(asked.length > 0);
    for (const key of asked) {
      assert.ok(key in known, key);
      assert.equal(template.config[key].default ?? "", known[key].default, key);
    }
  });

  test("has no file with text that `pulumi new` would replace", () => {
    const files = listed.split("\0").filter((file) => file !== "" && existsSync(join(root, file)));
    const replaced = files.filter((file) =>
      /\$\{(PROJECT|DESCRIPTION)\}/.test(readFileSync(join(root, file), "utf8")),
    );
    assert.deepEqual(replaced, []);
  });
});
