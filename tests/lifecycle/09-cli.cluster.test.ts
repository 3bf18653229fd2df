import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { parse } from "yaml";
import { z } from "zod";
import { pulumiHome } from "../../local/paths";
import { pulumiBin } from "../../local/pulumi/install";
import type { StackOutputs } from "../../verify/outputs";
import { OwnProject } from "../support/own-project";
import { mustMake, standUp, testStack } from "../support/stack";

// Any command of the Pulumi CLI works on an embedded stack, and so does any other CLI.

const root = join(__dirname, "../..");
const stackFile = join(root, `Pulumi.${testStack}.yaml`);
const committed = readFileSync(stackFile, "utf8");
const nothingChanged = /Resources:\n +\d+ unchanged\n/;

let outputs: StackOutputs;
before(async () => {
  outputs = await standUp();
});

/** The output of a command of the CLI that is run as a person would run it. */
function pulumi(...args: string[]): string {
  return execFileSync("scripts/pulumi", args, {
    cwd: root,
    env: { ...process.env, STACK: testStack },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 120_000,
    maxBuffer: 1 << 28,
  });
}

const exportSchema = z.object({
  deployment: z.object({
    resources: z.array(z.object({ urn: z.string() })),
    pending_operations: z.array(z.unknown()).default([]),
  }),
});

test("the state can be exported whole, and no secret stands in it in clear", () => {
  const text = pulumi("stack", "export");
  const { deployment } = exportSchema.parse(JSON.parse(text));
  assert.ok(deployment.resources.length > 50, `only ${deployment.resources.length} resources`);
  assert.deepEqual(deployment.pending_operations, []);
  assert.ok(!text.includes(outputs.supersetPassword), "the password of Superset's administrator");
  const shown = pulumi("stack", "output", "supersetPassword", "--show-secrets").trim();
  assert.equal(shown, outputs.supersetPassword);
});

test("one resource can be aimed at", () => {
  const { deployment } = exportSchema.parse(JSON.parse(pulumi("stack", "export")));
  const topic = deployment.resources.find(({ urn }) => urn.endsWith("::demo-topic"))?.urn ?? "";
  const up = pulumi("up", "--yes", "--skip-preview", "--target", topic);
  assert.match(up, nothingChanged);
});

test("a config value set by the CLI is in the stack's file, and nothing else is", () => {
  pulumi("config", "set", "producerLogLevel", "warn");
  assert.equal(readFileSync(stackFile, "utf8"), `${committed}  producerLogLevel: warn\n`);
  pulumi("config", "rm", "producerLogLevel");
  assert.equal(readFileSync(stackFile, "utf8"), committed);
});

test("a CLI that PULUMI names finds nothing to change, and nothing drifted", async () => {
  const named = { PULUMI: join(pulumiBin(), "pulumi"), PULUMI_HOME: pulumiHome };
  for (const command of ["preview", "refresh", "up"]) {
    const { output } = await mustMake(command, named);
    assert.match(output, nothingChanged, `make ${command}:\n${output}`);
    assert.equal(readFileSync(stackFile, "utf8"), committed);
  }
});

test("pulumi new makes a project of another name, with the answers as its config, that works", async () => {
  const project = new OwnProject("my-analytics");
  const answers = { namespace: "my-analytics", preflight: "off", storageClass: "local-path" };
  const settings = Object.entries(answers).map((entry) => entry.join("="));
  const options = ["--yes", `--name ${project.name}`, "--stack dev"];
  try {
    await project.prepare();
    await project.run(
      ["pulumi new", project.template, ...options, ...settings.map((one) => `-c ${one}`)].join(" "),
    );
    const { config } = parse(readFileSync(join(project.folder, "Pulumi.dev.yaml"), "utf8"));
    assert.deepEqual(
      config,
      Object.fromEntries(
        Object.entries(answers).map(([key, value]) => [`${project.name}:${key}`, value]),
      ),
    );
    const { stdout: manifests } = await project.run("STACK=dev make --silent render");
    const render = ["--import", "tsx", "render.ts", "dev", ...settings];
    const here = execFileSync("node", render, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
    assert.equal(manifests, here);
    const { output } = await project.run("npx pulumi preview");
    assert.match(output, /^Resources:\n {4}\+ \d+ to create\n/m);
  } finally {
    project.remove();
  }
});
