/**
 * Objects that exist already. Those with the stream's own keys are adopted, and changed to what the program says. Those of
 * another owner are an error that names them, and are taken over with `adopt: true`.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { project } from "../../settings/config-key";
import type { StackOutputs } from "../../verify/outputs";
import { makeByHand, type Numbers, uuids } from "../support/by-hand";
import { listChanges } from "../support/delete-data";
import { EditedFile } from "../support/edited-file";
import { liveObjects, type OutOfBand, outOfBand } from "../support/out-of-band";
import {
  parcelsResources,
  removeParcels,
  requireNoParcels,
  writeParcels,
} from "../support/parcels";
import { changes, details } from "../support/run-output";
import { make, mustMake, standUp, testStack } from "../support/stack";

const stackFile = new EditedFile(`Pulumi.${testStack}.yaml`);
let outputs: StackOutputs;
let numbers: Numbers;
let databaseId = 0;
before(async () => {
  requireNoParcels();
  outputs = await standUp();
});
after(() => {
  stackFile.putBack();
  removeParcels();
});

/** What a program would print if it failed only because the run failed, which tells nothing. */
const programsOwnFailure = /unhandled exception|Channel has been shut down/;

const supervisors = "/druid/indexer/v1/supervisor";

/** The numbers of all objects in Superset that have one of the stream's natural keys. */
async function found(apis: OutOfBand): Promise<Record<string, number[]>> {
  return {
    database: await apis.find("database", "database_name", "Druid"),
    dataset: await apis.find("dataset", "table_name", "parcels"),
    chart: await apis.find("chart", "uuid", uuids.chart),
    dashboard: await apis.find("dashboard", "slug", "parcels"),
  };
}

test("objects of all six kinds that were made by hand are adopted, one each, with what differed brought in line", async () => {
  // The demo uses the same database. So the test hides it from a refresh, which removes it from the state.
  await outOfBand(outputs, async ({ superset, find }) => {
    [databaseId = 0] = await find("database", "database_name", "Druid");
    const hidden = { uuid: "00000000-0000-4000-8000-000000000001" };
    await superset("PUT", `database/${databaseId}`, hidden);
  });
  const refresh = await mustMake("refresh");
  assert.deepEqual(details(refresh.output), { "services-database": ["-"] }, refresh.output);
  await outOfBand(outputs, async (apis) => {
    const byHand = { uuid: uuids.database, expose_in_sqllab: false };
    await apis.superset("PUT", `database/${databaseId}`, byHand);
    numbers = await makeByHand(apis, outputs);
  });

  writeParcels();
  const up = await mustMake("up");
  assert.deepEqual(
    changes(up.output),
    [
      ...[...parcelsResources, "services-database"].map((name) => `+ ${name}`),
      ...listChanges,
    ].sort(),
    up.output,
  );

  await outOfBand(outputs, async (apis) => {
    assert.deepEqual(await found(apis), {
      database: [databaseId],
      dataset: [numbers.dataset],
      chart: [numbers.chart],
      dashboard: [numbers.dashboard],
    });
    assert.deepEqual(((await apis.druid("GET", supervisors)) as string[]).sort(), [
      "demo",
      "parcels",
    ]);
    const live = await liveObjects(apis, {
      name: "parcels",
      slug: "parcels",
      chart: numbers.chart,
    });
    assert.deepEqual(summaryOf(live), {
      retention: "604800000",
      taskDuration: "PT3600S",
      exposed: true,
      columns: ["__time", "probe_id", "weight"],
      metrics: ["parcels"],
      chart: ["All", "big_number_total", "parcels"],
      dashboard: ["Parcels", true],
    });
  });
});

interface Live {
  topic: { config: Record<string, string> };
  supervisor: { spec: { ioConfig: { taskDuration: string } } };
  database: { expose_in_sqllab: boolean };
  dataset: { columns: object; metrics: object };
  chart: { slice_name: string; viz_type: string; params: { metric?: string } };
  dashboard: { dashboard_title: string; published: boolean };
}

/** The values in which the objects made by hand differed. */
function summaryOf(live: Record<string, unknown>) {
  const { topic, supervisor, database, dataset, chart, dashboard } = live as unknown as Live;
  return {
    retention: topic.config["retention.ms"],
    taskDuration: supervisor.spec.ioConfig.taskDuration,
    exposed: database.expose_in_sqllab,
    columns: Object.keys(dataset.columns),
    metrics: Object.keys(dataset.metrics),
    chart: [chart.slice_name, chart.viz_type, chart.params.metric],
    dashboard: [dashboard.dashboard_title, dashboard.published],
  };
}

test("another owner's dashboard in the way is an error that names it, and is not touched", async () => {
  await outOfBand(outputs, async ({ superset }) => {
    const theirs = { uuid: "00000000-0000-4000-8000-000000000002", dashboard_title: "Theirs" };
    await superset("PUT", `dashboard/${numbers.dashboard}`, theirs);
  });
  const refresh = await mustMake("refresh");
  assert.deepEqual(Object.keys(details(refresh.output)), ["parcels-dashboard"], refresh.output);
  const up = await make("up");
  assert.notEqual(up.exitCode, 0, up.output);
  assert.match(
    up.output,
    new RegExp(
      `Superset already has a dashboard "Parcels" \\(/superset/dashboard/parcels/\\) that this stack did not make: dashboard ${numbers.dashboard} .*adopt: true`,
    ),
  );
  assert.deepEqual(changes(up.output), [], up.output);
  assert.doesNotMatch(up.output, programsOwnFailure, up.output);
  await outOfBand(outputs, async ({ superset }) => {
    const { result } = await superset("GET", `dashboard/${numbers.dashboard}`);
    assert.equal((result as { dashboard_title: string }).dashboard_title, "Theirs");
  });
});

test("another owner's supervisor is one too, and what is made after it waits", async () => {
  await outOfBand(outputs, async ({ druid }) => {
    const live = (await druid("GET", `${supervisors}/parcels`)) as { context: object };
    const { type, spec } = live as unknown as Record<string, unknown>;
    const context = { ...live.context, owner: "realtime-analytics/other" };
    await druid("POST", supervisors, { type, spec, context });
  });
  const refresh = await mustMake("refresh");
  assert.deepEqual(Object.keys(details(refresh.output)), ["parcels-ingestion"], refresh.output);
  const up = await make("up");
  assert.notEqual(up.exitCode, 0, up.output);
  assert.match(up.output, /supervisor parcels belongs to realtime-analytics\/other: .*adopt: true/);
  assert.deepEqual(changes(up.output), [], up.output);
  assert.doesNotMatch(up.output, programsOwnFailure, up.output);
  await outOfBand(outputs, async ({ druid }) => {
    const { context } = (await druid("GET", `${supervisors}/parcels`)) as {
      context: { owner: string };
    };
    assert.equal(context.owner, "realtime-analytics/other");
  });
});

test("with adopt: true they are taken over, and no other resource notices", async () => {
  stackFile.write(`${stackFile.original.trimEnd()}\n  adopt: true\n`);
  const up = await mustMake("up");
  assert.deepEqual(changes(up.output), ["+ parcels-dashboard", "~ parcels-ingestion"], up.output);
  await outOfBand(outputs, async (apis) => {
    assert.deepEqual((await found(apis)).dashboard, [numbers.dashboard]);
    const live = await liveObjects(apis, {
      name: "parcels",
      slug: "parcels",
      chart: numbers.chart,
    });
    assert.deepEqual(summaryOf(live).dashboard, ["Parcels", true]);
    assert.deepEqual((live.supervisor as { context: object }).context, {
      owner: `${project}/${testStack}`,
      topicPartitions: 1,
    });
  });
});

test("what was adopted is the stream's: it goes with its file", async () => {
  stackFile.putBack();
  removeParcels();
  const up = await mustMake("up");
  assert.deepEqual(
    changes(up.output),
    [...parcelsResources.map((name) => `- ${name}`), ...listChanges].sort(),
    up.output,
  );
  await outOfBand(outputs, async (apis) => {
    const { database, ...rest } = await found(apis);
    assert.deepEqual(rest, { dataset: [], chart: [], dashboard: [] });
    assert.deepEqual(database, [databaseId]);
    assert.deepEqual(await apis.druid("GET", supervisors), ["demo"]);
    assert.ok(!(await apis.kafka.listTopics()).includes("parcels"));
  });
});
