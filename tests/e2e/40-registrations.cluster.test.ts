/**
 * Tests the custom resources with the services of the stack, through the API server's port-forward: what was changed or
 * deleted without Pulumi is found field by field, and restored. The test cases are beside the providers.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { consumerProperties, ownSecurity } from "../../components/druid/kafka";
import { druidLogin, type StackOutputs } from "../../verify/outputs";
import { userStore } from "../support/druid-user";
import { asNode } from "../support/kafka";
import { artifacts, standUp, withService } from "../support/stack";

let outputs: StackOutputs;
before(async () => {
  outputs = await standUp();
});

/** Runs one test file in a process of its own. Its report is kept in `artifacts/`, and printed if it fails. */
async function run(file: string, variables: Record<string, string>): Promise<void> {
  const log = createWriteStream(join(artifacts, `${file.replaceAll("/", "-")}.log`));
  // Without this, a test runner inside a test runner reports in an internal format.
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  const child = spawn(
    process.execPath,
    ["--import", "tsx", "--test", "--test-reporter=spec", join("resources", file)],
    {
      cwd: join(__dirname, "../.."),
      env: { ...environment, ...variables },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 10 * 60_000,
    },
  );
  let report = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      report += chunk.toString();
      log.write(chunk);
    });
  }
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  log.end();
  assert.equal(code, 0, report);
  assert.match(report, /skipped 0/, report);
}

test("topics and supervisors: drift is found and restored, and no row is lost or doubled", async () => {
  const target = (service: { service: string; port: number }) => ({
    kubernetes: { ...service, namespace: outputs.namespace },
  });
  await run("stream.cluster.test.ts", {
    STREAM_TEST: JSON.stringify({
      kafka: await asNode(outputs),
      druid: target(outputs.services.druid),
      login: druidLogin(outputs),
      bootstrapServers: "kafka:9092",
      consumerProperties: consumerProperties(ownSecurity(outputs.services.kafka.tls)),
      druidUser: "druid",
    }),
  });
});

test("Druid's users: drift is found and restored, and the internal user turns over", async () => {
  const store = await withService(outputs, "druid", userStore);
  await run("druid/user.cluster.test.ts", {
    DRUID_USER_TEST: JSON.stringify({
      connection: { kubernetes: { ...outputs.services.druid, namespace: outputs.namespace } },
      login: druidLogin(outputs),
      store,
    }),
  });
});

test("Superset's databases, datasets, charts and dashboards: drift is found and restored", async () => {
  await withService(outputs, "superset", (url) =>
    run("superset/superset.cluster.test.ts", {
      SUPERSET_TEST_URL: url,
      SUPERSET_TEST_PASSWORD: outputs.supersetPassword,
      SUPERSET_TEST_DRUID: `druid://${outputs.druidUsername}:${outputs.druidPassword}@druid-broker:8082/druid/v2/sql/`,
    }),
  );
});
