import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { z } from "zod";
import { openSession, request } from "../../resources/superset/api";
import type { StackOutputs } from "../../verify/outputs";
import { addDruidUser } from "../support/druid-user";
import { asNode } from "../support/kafka";
import { coreApi } from "../support/kubernetes";
import { assertOnceInDruid, Sender, sendingWhile } from "../support/marked-events";
import { askDruid, OwnStack, root } from "../support/own-stack";
import { changes } from "../support/run-output";
import { endOffset, type Run, sql, until, withService } from "../support/stack";

/** The test has its own stack, because it starts with an older Kafka and rotates the stack's secrets. */
const stack = new OwnStack("day-two");
const older = "4.2.1";
const newer = "4.3.1";

let outputs: StackOutputs;

before(async () => {
  const build = spawnSync(
    "node",
    ["--import", "tsx", "local/images/main.ts", "build", "--with", "kafka-4.2"],
    { cwd: root, encoding: "utf8" },
  );
  assert.equal(build.status, 0, `${build.stdout}${build.stderr}`);
  stack.declare();
  stack.setImageTag("kafka", older);
  await stack.make("up");
  outputs = await stack.outputs();
});

after(async () => {
  await stack.make("down");
  stack.forget();
});

const supervisor = z.object({
  payload: z.object({
    healthy: z.boolean(),
    activeTasks: z.array(z.object({ id: z.string() })),
  }),
});

function activeTasks(): Promise<string[]> {
  return withService(outputs, "druid", async (url) => {
    const status = supervisor.parse(
      await askDruid(url, "/druid/indexer/v1/supervisor/demo/status"),
    );
    return status.payload.activeTasks.map((task) => task.id).sort();
  });
}

const kafkaFeatures = (...args: string[]) =>
  stack.exec("kafka-0", "kafka", [
    ...["java", "-XX:TieredStopAtLevel=1", "-Xmx64m", "-cp", "/opt/kafka/libs/*"],
    ...["org.apache.kafka.tools.FeatureCommand", "--bootstrap-server", "localhost:9091"],
    ...["--command-config", "/etc/kafka-config/tool.properties", ...args],
  ]);

/** The stack's own producer's, too. */
function requireRowsOfAllMessages(): Promise<boolean> {
  return withService(outputs, "druid", (url) =>
    until("as many rows as messages", async (say) => {
      const first = await endOffset(outputs, "demo");
      const [row] = await sql(url, 'SELECT COUNT(*) AS n FROM "demo"');
      const last = await endOffset(outputs, "demo");
      say(`Kafka's end offset ${first}, then ${last}; ${row?.n} rows in Druid`);
      return first === last && Number(row?.n) === last ? true : undefined;
    }),
  );
}

test("Kafka is upgraded by its tag while two producers run, no event lost, and nothing else is touched", async () => {
  const sender = await Sender.start(outputs, 20);
  const sent = () => sender.acknowledged.length;
  await until("a hundred events with the older version", async () => sent() > 100 || undefined);
  const before = {
    pods: await stack.pods(),
    claims: await stack.claims(),
    tasks: await activeTasks(),
  };

  stack.setImageTag("kafka", newer);
  const run = await stack.make("up");
  assert.ok(changes(run.output).includes("~ kafka-nodes"), run.output);
  assert.deepEqual(
    changes(run.output).filter((change) => !change.startsWith("~ kafka-")),
    [],
    run.output,
  );
  const pods = await stack.pods();
  assert.deepEqual(
    Object.keys(pods).filter((pod) => pods[pod] !== before.pods[pod]),
    ["kafka-0"],
  );
  assert.deepEqual(await stack.claims(), before.claims);

  const upgraded = await kafkaFeatures("upgrade", "--release-version", "4.3");
  assert.ok(upgraded.ok, upgraded.output);
  const features = await kafkaFeatures("describe");
  assert.match(features.output, /metadata\.version\s.*FinalizedVersionLevel:\s*4\.3/);

  const atUpgrade = sent();
  await until("a hundred events more", async () => sent() > atUpgrade + 100 || undefined);
  await assertOnceInDruid(outputs, await sender.stop());
  await requireRowsOfAllMessages();
  assert.deepEqual(
    await activeTasks(),
    before.tasks,
    "a task of the supervisor did not outlive it",
  );
});

test("a larger volume grows in place, and a smaller one is refused by the preview", async () => {
  const setSize = (size: string) => stack.setValue("kafka", ["persistence", "size"], size);
  const { namespace } = outputs;
  setSize("6Gi");
  const run = await stack.make("up");
  assert.deepEqual(changes(run.output), ["~ kafka-broker-volume-0"], run.output);
  await until("a volume of 6 GiB", async (say) => {
    const core = await coreApi();
    const claim = { name: "data-kafka-0", namespace };
    const { status } = await core.readNamespacedPersistentVolumeClaim(claim);
    say(JSON.stringify(status));
    return status?.capacity?.storage === "6Gi" || undefined;
  });
  setSize("1Gi");
  await assert.rejects(stack.make("preview"), /data-kafka-0.*storage.*can not be less than/s);
  setSize("6Gi");
});

async function superset<T>(
  password: string,
  use: (session: Awaited<ReturnType<typeof openSession>>) => Promise<T>,
): Promise<T> {
  return withService(outputs, "superset", async (url) =>
    use(await openSession(url, { username: outputs.supersetUsername, password })),
  );
}

/** Druid's answer through a connection of Superset, which needs its stored password for it. */
async function throughSuperset(password: string, database: number): Promise<unknown> {
  return superset(password, async (session) => {
    const answer = await request(session, {
      method: "POST",
      path: "/api/v1/sqllab/execute/",
      about: "a query",
      json: {
        database_id: database,
        sql: "SELECT COUNT(*) > 0 AS found FROM demo",
        client_id: randomUUID().slice(0, 10),
        runAsync: false,
      },
    });
    return answer.data;
  });
}

test("one command rotates every secret; the old ones are refused, no event is lost or doubled, and data, users and charts stay", async () => {
  const password = outputs.supersetPassword;
  await addDruidUser(outputs, "somebody", "a-stored-password");
  const made = await superset(password, (session) =>
    request(session, {
      method: "POST",
      path: "/api/v1/database/",
      about: "a database with a password",
      json: {
        database_name: "Of a person",
        sqlalchemy_uri: "druid://somebody:a-stored-password@druid-broker:8082/druid/v2/sql/",
        expose_in_sqllab: true,
      },
    }),
  );
  const database = z.number().parse(made.id);
  assert.deepEqual(await throughSuperset(password, database), [{ found: true }]);
  const before = { secrets: await stack.secrets(), pods: await stack.pods() };

  const runs: Run[] = [];
  // A client with a password of before is refused at the end; a certificate of before is trusted until it runs out.
  const sent = await sendingWhile(
    outputs,
    async () => {
      runs.push(await stack.make("rotate-secrets"));
    },
    await asNode(outputs),
  );
  const [run] = runs;
  assert.ok(run);
  const secrets = await stack.secrets();
  const rotated = Object.entries(before.secrets).filter(([key]) => !key.endsWith("/authority.pem"));
  for (const [key, value] of rotated) {
    assert.notEqual(secrets[key], value, `${key} is as it was`);
  }
  assert.equal(
    secrets["superset-secret/SUPERSET_PREVIOUS_SECRET_KEY"],
    before.secrets["superset-secret/SUPERSET_SECRET_KEY"],
  );
  assert.doesNotMatch(run.output, new RegExp(Object.values(secrets).join("|")));

  const pods = await stack.pods();
  const rolled = Object.keys(pods).filter((pod) => pods[pod] !== before.pods[pod]);
  assert.match(
    rolled.sort().join(" "),
    /^druid-broker-\S+ druid-coordinator-0 druid-historical-0 druid-indexer-0 druid-router-\S+ kafka-0 postgres-0 producer-demo-\S+ superset-\S+$/,
  );

  const druidLogins = [
    { druidUsername: outputs.druidUsername, druidPassword: outputs.druidPassword },
    {
      druidUsername: "druid_system",
      druidPassword: before.secrets["druid-secret/DRUID_INTERNAL_PASSWORD"] ?? "",
    },
  ];

  const { kafkaUsername, kafkaPassword } = outputs;
  outputs = await stack.outputs();
  await assert.rejects(
    endOffset({ ...outputs, kafkaUsername, kafkaPassword }, "demo"),
    /authentication failed/i,
  );
  await requireRowsOfAllMessages();
  assert.notEqual(outputs.supersetPassword, password);
  for (const old of druidLogins) {
    await assert.rejects(druidStatus({ ...outputs, ...old }), /401/, old.druidUsername);
  }
  await druidStatus(outputs);
  await assertOnceInDruid(outputs, sent);
  await assert.rejects(
    superset(password, async () => undefined),
    /401|login/i,
  );
  assert.deepEqual(await throughSuperset(outputs.supersetPassword, database), [{ found: true }]);
  for (const [role, key] of [
    ["postgres", "postgres-databases-secret/PGPASSWORD"],
    ["superset", "superset-secret/DATABASE_PASSWORD"],
  ] as const) {
    const old = await logIn(role, before.secrets[key]);
    assert.match(old.output, /password authentication failed/, `role ${role}`);
    const present = await logIn(role, secrets[key]);
    assert.ok(present.ok, `role ${role}: ${present.output}`);
  }
  await stack.make("verify");
  const again = await stack.make("up");
  assert.deepEqual(changes(again.output), []);
});

function druidStatus(as: StackOutputs): Promise<unknown> {
  return withService(as, "druid", (url) => askDruid(url, "/status"));
}

function logIn(role: string, password = "") {
  return stack.exec("postgres-0", "postgres", [
    "/usr/lib/postgresql/15/bin/psql",
    `postgresql://${role}:${password}@127.0.0.1:5432/${role}`,
    "--command=SELECT 1",
  ]);
}
