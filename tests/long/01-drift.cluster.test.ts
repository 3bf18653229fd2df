/**
 * What is changed or deleted in Kafka, Druid and Superset without Pulumi: `make refresh` shows it field by field, `make up`
 * restores it and changes nothing else, and the stream goes on. The last test compares the results with the table in
 * docs/drift.md.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AclOperationTypes } from "kafkajs";
import { withKafka } from "../../resources/connection";
import { deleteUser } from "../../resources/kafka/scram";
import type { StackOutputs } from "../../verify/outputs";
import { permitDruid } from "../support/by-hand";
import { type DriftRow, driftTable, holdAgainstDocs } from "../support/drift-table";
import { asNode } from "../support/kafka";
import { scaleByHand } from "../support/kubernetes";
import { assertOnceInDruid, sendingWhile } from "../support/marked-events";
import { liveObjects, liveTopic, type OutOfBand, outOfBand } from "../support/out-of-band";
import { changes, details } from "../support/run-output";
import { make, mustMake, readOutputs, standUp, until } from "../support/stack";

let outputs: StackOutputs;
before(async () => {
  outputs = await standUp();
});

// If a failed test left extra partitions, every further `up` of the stack would fail.
after(async () => {
  const isRestored = await outOfBand(outputs, async (apis) => {
    if ((await liveTopic(apis, "demo")).partitions === 1) return true;
    await apis.kafka.deleteTopics({ topics: ["demo"] });
    return false;
  });
  if (!isRestored) await mustMake("refresh");
});

const rows: DriftRow[] = [];
const marks: string[] = [];

function stream() {
  return {
    name: "demo",
    slug: "real-time-druid",
    chart: outputs.pipelines.demo?.charts.trend ?? 0,
  };
}

const live = () => outOfBand(outputs, (apis) => liveObjects(apis, stream()));

/** The number of the one object of which `column` is `value`. */
async function only(apis: OutOfBand, ...query: Parameters<OutOfBand["find"]>): Promise<number> {
  const [id, ...others] = await apis.find(...query);
  assert.ok(id !== undefined && others.length === 0, `${query.join(" ")}: ${id}, ${others}`);
  return id;
}

const supervisorPath = "/druid/indexer/v1/supervisor/demo";

/** Changes every field by hand, in an object that no other kind depends on, so that each change shows up by itself. */
async function changeEveryField(apis: OutOfBand): Promise<void> {
  const entries = { "retention.ms": "3600000", "max.message.bytes": "2000000" };
  const configEntries = Object.entries(entries).map(([name, value]) => ({ name, value }));
  await apis.kafka.alterConfigs({
    validateOnly: false,
    resources: [{ type: 2, name: "demo", configEntries: [...configEntries, minInSync] }],
  });

  await permitDruid(apis.kafka, "demo", AclOperationTypes.WRITE);

  const { type, spec, context } = (await apis.druid("GET", supervisorPath)) as SupervisorJson;
  spec.ioConfig.taskDuration = "PT30M";
  await apis.druid("POST", "/druid/indexer/v1/supervisor", { type, spec, context });
  await apis.druid("POST", `${supervisorPath}/suspend`);
  await apis.druid("POST", "/druid/coordinator/v1/rules/demo", [{ type: "loadForever" }]);
  await apis.druid("POST", "/druid/coordinator/v1/config/compaction", {
    dataSource: "demo",
    skipOffsetFromLatest: "PT1H",
  });

  const database = await only(apis, "database", "database_name", "Druid");
  // The mask stands for the password that Superset has.
  const sqlalchemy_uri = "druid://superset:XXXXXXXXXX@druid-broker:8082/druid/v2/sql/?header=true";
  await apis.superset("PUT", `database/${database}`, { sqlalchemy_uri });

  const dataset = await only(apis, "dataset", "table_name", "demo");
  const { result } = (await apis.superset("GET", `dataset/${dataset}`)) as { result: DatasetJson };
  const columns = result.columns.map(({ id, column_name }) => ({
    id,
    column_name,
    ...(column_name === "name" && { verbose_name: "Altered" }),
  }));
  const metrics = result.metrics.map(({ id, metric_name, expression }) => ({
    id,
    metric_name,
    expression: metric_name === "price" ? "SUM(1)" : expression,
  }));
  await apis.superset("PUT", `dataset/${dataset}`, { columns, metrics, main_dttm_col: null });

  const chart = `chart/${stream().chart}`;
  const { params } = (await apis.superset("GET", chart)).result as { params: string };
  const altered = { ...JSON.parse(params), header_font_size: 0.6 };
  await apis.superset("PUT", chart, { params: JSON.stringify(altered) });

  const dashboard = `dashboard/${await only(apis, "dashboard", "slug", "real-time-druid")}`;
  const shown = (await apis.superset("GET", dashboard)).result as { position_json: string };
  const positions = JSON.parse(shown.position_json);
  positions["CHART-percent"].meta.width = 3;
  await apis.superset("PUT", dashboard, {
    dashboard_title: "Altered",
    published: false,
    position_json: JSON.stringify(positions),
  });
}

interface SupervisorJson {
  type: string;
  spec: { ioConfig: Record<string, unknown> };
  context: object;
}
interface DatasetJson {
  columns: { id: number; column_name: string }[];
  metrics: { id: number; metric_name: string; expression: string }[];
}
/** The stack declares it, and alterConfigs would remove it. */
const minInSync = { name: "min.insync.replicas", value: "1" };

const uri = '"druid://superset@druid-broker:8082/druid/v2/sql/';
/** What `refresh` must show after changeEveryField, resource by resource. */
const everyField: readonly [kind: string, resource: string, fields: [string, string][]][] = [
  [
    "Topic",
    "demo-topic",
    [
      ["a setting that the program makes", '~ config["retention.ms"]: "604800000" => "3600000"'],
      ["a setting that it leaves alone", '+ config["max.message.bytes"]: "2000000"'],
    ],
  ],
  [
    "Access",
    "demo-druid-access",
    [["an operation that the program doesn't give", '+ operations[1]: "WRITE"']],
  ],
  [
    "Supervisor",
    "demo-ingestion",
    [
      ["spec", '~ spec.spec.ioConfig.taskDuration: "PT1H" => "PT1800S"'],
      ["suspended", "+ spec.suspended: true"],
      [
        "rules of retention",
        '+ rules: [{"tieredReplicants":{"_default_tier":2},"type":"loadForever","useDefaultTierForNull":true}]',
      ],
      [
        "compaction",
        '+ compaction: {"inputSegmentSizeBytes":100000000000000,"skipOffsetFromLatest":"PT1H","taskPriority":25,"type":"inline"}',
      ],
    ],
  ],
  ["Database", "services-database", [["URI", `~ sqlalchemyUri: ${uri}" => ${uri}?header=true"`]]],
  [
    "Dataset",
    "demo-dataset",
    [
      ["column", '~ columns[1].verbose_name: "Coin" => "Altered"'],
      ["metric", '~ metrics[0].expression: "SUM(\\"data_id\\")" => "SUM(1)"'],
      ["main time column", '- mainDttmCol: "__time"'],
    ],
  ],
  ["Chart", "demo-chart-trend", [["parameters", "~ params.header_font_size: 0.4 => 0.6"]]],
  [
    "Dashboard",
    "demo-dashboard",
    [
      ["layout", "~ positions.CHART-percent.meta.width: 5 => 3"],
      ["title", '~ title: "Real Time Druid" => "Altered"'],
      ["published", "~ published: true => false"],
    ],
  ],
];

test("each field that was changed by hand is shown with both values, put back, and nothing else is touched", async () => {
  const before = await live();
  marks.push(
    ...(await sendingWhile(outputs, async () => {
      await outOfBand(outputs, changeEveryField);
      const altered = await live();
      for (const kind of Object.keys(before)) {
        assert.notDeepEqual(altered[kind], before[kind], `the ${kind} was not changed`);
      }

      // Without a refresh, the CLI compares the program with the state, and doesn't read the services.
      const blind = await mustMake("preview");
      assert.deepEqual(details(blind.output), {}, blind.output);

      const refresh = await mustMake("refresh");
      const seen = details(refresh.output);
      assert.deepEqual(
        Object.fromEntries(Object.entries(seen).map(([name, lines]) => [name, lines.sort()])),
        Object.fromEntries(
          everyField.map(([, name, fields]) => [name, fields.map(([, line]) => line).sort()]),
        ),
        refresh.output,
      );

      const up = await mustMake("up");
      assert.deepEqual(
        changes(up.output),
        everyField.map(([, name]) => `~ ${name}`).sort(),
        up.output,
      );
      const restored = await live();
      assert.deepEqual(restored, before);
      for (const [kind, resource, fields] of everyField) {
        for (const [field, line] of fields) {
          assert.ok(seen[resource]?.includes(line));
          rows.push({ kind, field, seen: line, restored: "updated in place" });
        }
      }
    })),
  );
  await assertOnceInDruid(outputs, marks);
});

test("a field of a Deployment that a person has set, and so owns, is shown and put back", async () => {
  await scaleByHand(outputs, "producer-demo", 0);
  const refresh = await mustMake("refresh");
  const line = "~ spec.replicas: 1 => 0";
  assert.deepEqual(details(refresh.output), { "producer-demo-deployment": [line] }, refresh.output);
  const up = await mustMake("up");
  assert.deepEqual(changes(up.output), ["~ producer-demo-deployment"], up.output);
  rows.push({ kind: "Deployment", field: "replicas", seen: line, restored: "updated in place" });
});

test("what was deleted by hand is found and created, and no event is lost or doubled", async () => {
  const before = await live();
  marks.push(
    ...(await sendingWhile(outputs, async () => {
      await withKafka(await asNode(outputs), (config) => deleteUser(config, "producer"));
      await outOfBand(outputs, async (apis) => {
        await apis.druid("POST", `${supervisorPath}/terminate`);
        const dashboard = await only(apis, "dashboard", "slug", "real-time-druid");
        await apis.superset("DELETE", `dashboard/${dashboard}`);
        await apis.superset("DELETE", `chart/${stream().chart}`);
      });
      await deletedAndCreated([
        ["User", "kafka-producer", "deleted"],
        ["Supervisor", "demo-ingestion", "terminated"],
        ["Chart", "demo-chart-trend", "deleted"],
        ["Dashboard", "demo-dashboard", "deleted"],
      ]);
    })),
  );
  outputs = await readOutputs();
  assert.deepEqual(await live(), before);
  await assertOnceInDruid(outputs, marks);
});

test("partitions that were added by hand are shown, and up refuses to remove them, with the reason", async () => {
  await outOfBand(outputs, (apis) =>
    apis.kafka.createPartitions({ topicPartitions: [{ topic: "demo", count: 2 }] }),
  );
  const refresh = await mustMake("refresh");
  const line = "~ partitions: 1 => 2";
  assert.deepEqual(details(refresh.output), { "demo-topic": [line] }, refresh.output);

  const up = await make("up");
  assert.notEqual(up.exitCode, 0, up.output);
  assert.match(
    up.output,
    /property partitions value \{1\} has a problem: topic demo has 2 partitions and can't go down to 1: Kafka cannot remove partitions\. Declare 2/,
  );
  assert.deepEqual(changes(up.output), [], up.output);
  rows.push({
    kind: "Topic",
    field: "partitions, more of them",
    seen: line,
    restored: "refused: Kafka cannot remove partitions; declare as many",
  });
});

test("a topic, a dataset and a database deleted by hand are created, and what depends on them is updated", async () => {
  const before = await live();
  const charts = Object.keys(outputs.pipelines.demo?.charts ?? {});
  await outOfBand(outputs, async (apis) => {
    await apis.superset("DELETE", `dataset/${await only(apis, "dataset", "table_name", "demo")}`);
    const database = await only(apis, "database", "database_name", "Druid");
    await apis.superset("DELETE", `database/${database}`);
    await apis.kafka.deleteTopics({ topics: ["demo"] });
    await until("the topic's deletion", async () =>
      (await apis.kafka.listTopics()).includes("demo") ? undefined : true,
    );
  });
  await deletedAndCreated(
    [
      ["Topic", "demo-topic", "deleted"],
      ["Database", "services-database", "deleted"],
      ["Dataset", "demo-dataset", "deleted"],
    ],
    // The supervisor reads the new topic from its start. The charts name the dataset by its new number.
    ["demo-ingestion", ...charts.map((key) => `demo-chart-${key}`)],
  );
  const { topic, ...rest } = await live();
  const { topic: old, ...others } = before;
  assert.deepEqual(rest, others);
  assert.deepEqual(topic, { ...(old as object), partitions: 1 });

  // The rows of the old topic's events stay in Druid, and those of the new topic's events come once.
  marks.push(...(await sendingWhile(outputs, () => assertOnceInDruid(outputs, marks))));
  await assertOnceInDruid(outputs, marks);
});

/** Refresh must report exactly these as deleted; `up` must create them and update `followers`, and change nothing else. */
async function deletedAndCreated(
  gone: readonly [kind: string, resource: string, field: string][],
  followers: readonly string[] = [],
): Promise<void> {
  const refresh = await mustMake("refresh");
  const shown = details(refresh.output);
  for (const [, name] of gone) {
    assert.deepEqual(shown[name], ["-"], refresh.output);
    delete shown[name];
  }
  // Charts have no dataset when theirs was deleted.
  for (const [name, lines] of Object.entries(shown)) {
    assert.ok(followers.includes(name), `${name} has not drifted:\n${refresh.output}`);
    // A supervisor without its topic is told as one that does not read, once Druid has noticed it.
    if (name === "demo-ingestion") assert.match(lines.join("\n"), /^\+ problem: "[A-Z_]+.*"$/);
    else assert.match(lines.join("\n"), /^- datasetId: \d+$/);
  }
  const up = await mustMake("up");
  // Without its topic the producer is not ready. If the refresh read that, `up` waits for it as for an update.
  assert.deepEqual(
    changes(up.output).filter((change) => change !== "~ producer-demo-deployment"),
    [...gone.map(([, name]) => `+ ${name}`), ...followers.map((name) => `~ ${name}`)].sort(),
    up.output,
  );
  for (const [kind, , field] of gone) {
    rows.push({ kind, field, seen: "gone", restored: "created" });
  }
}

test("after all that a refresh finds nothing, and the table in docs/drift.md is what was measured", async () => {
  const refresh = await mustMake("refresh");
  assert.deepEqual(details(refresh.output), {}, refresh.output);
  const table = driftTable(rows);
  console.log(table);
  holdAgainstDocs(table);
});
