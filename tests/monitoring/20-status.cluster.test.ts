import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { StackOutputs } from "../../verify/outputs";
import { scaleByHand } from "../support/kubernetes";
import { make, standUp, until } from "../support/stack";

let outputs: StackOutputs;
before(async () => {
  outputs = await standUp();
});

/** The lines of a section, without those of the next one. */
function sectionOf(output: string, title: string): string {
  const [, section] =
    new RegExp(`^(${title}[\\s\\S]*?)(?:\\n\\n|$(?![\\s\\S]))`, "m").exec(output) ?? [];
  return section ?? assert.fail(`no section ${title} in:\n${output}`);
}

const problem = /^ {2}! /m;

/**
 * A pod that has just started, and a task that has just begun, are not well yet. Alerts of what earlier tests have caused may
 * fire for minutes.
 */
const statusWhenWell = () =>
  until(
    "a status without problems, but for alerts",
    async (say) => {
      const { exitCode, output, stdout } = await make("status");
      say(output);
      const alerts = sectionOf(stdout, "Alerts");
      if (problem.test(stdout.replace(alerts, ""))) return undefined;
      assert.equal(exitCode === 0, !problem.test(alerts), output);
      assert.equal(exitCode === 0, /^Stack .*: all is well$/m.test(stdout), output);
      return stdout;
    },
    300_000,
  );

test("a stack that is well ends with 0 if no alert fires, and shows figures in each section", async () => {
  const output = await statusWhenWell();
  assert.match(output, /^Stack \S+, [\d-]+ [\d:]+ UTC: (all is well|\d+ problems?)$/m);
  const [row = ""] = /^ {2}demo .*$/m.exec(sectionOf(output, "Streams")) ?? [];
  const [, rate, lag] = /^ {2}demo +RUNNING +([\d.]+) +([\d,]+) +\d+s ago +[\d,]+/.exec(row) ?? [];
  // The producer sends four events each five seconds.
  assert.ok(Number(rate) > 0.2 && Number(rate) < 100, output);
  assert.ok(Number(lag) < 1_000, output);
  assert.match(sectionOf(output, "Task slots"), /[1-9]\d* of [1-9]\d* in use, 0 tasks waiting/);
  const pods = sectionOf(output, "Pods");
  for (const name of ["kafka", "druid-broker", "superset", "postgres", "producer-demo"]) {
    assert.match(pods, new RegExp(`^ {2}${name}\\S* +\\d/\\d +\\d`, "m"));
  }
  assert.match(sectionOf(output, "Disks"), /volume data-kafka-0 +[\d.]+ GiB +[\d.]+ GiB +\d+ %/);
  assert.match(sectionOf(output, "Versions"), /Kubernetes 1\.\d+[\s\S]*kafka \d[\s\S]*superset \d/);
});

test("each line fits a narrow terminal", async () => {
  const { stdout } = await make("status", { COLUMNS: "60" });
  const long = stdout.split("\n").filter((line) => line.length > 60);
  assert.deepEqual(long, []);
  assert.match(stdout, /^ {2}demo +RUNNING/m);
});

test("without Druid's router, the rest is shown, and it ends with an error in time", async () => {
  await scaleByHand(outputs, "druid-router", 0);
  try {
    const output = await until("a status without the router", async (say) => {
      const begun = Date.now();
      const run = await make("status");
      say(run.output);
      assert.ok(Date.now() - begun < 60_000, "it took more than a minute");
      return run.exitCode !== 0 && /no ready pod/.test(run.output) ? run.output : undefined;
    });
    assert.match(sectionOf(output, "Streams"), /! stream demo: Druid: no ready pod/);
    assert.match(sectionOf(output, "Streams"), /^ {2}demo +\? +\d+\.\d/m);
    assert.match(sectionOf(output, "Task slots"), /! not known: no ready pod/);
    assert.match(sectionOf(output, "Pods"), /kafka\S* +\d\/\d/);
    assert.match(sectionOf(output, "Disks"), / GiB /);
  } finally {
    await scaleByHand(outputs, "druid-router", 1);
  }
  await statusWhenWell();
});
