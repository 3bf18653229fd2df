/**
 * What is changed or deleted in Kafka, Druid and Superset behind Pulumi's back: `make refresh` shows it field by field,
 * `make up` puts it right and touches nothing else, and the stream goes on. Ends by holding what was measured
 * against the table in docs/drift.md.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { StackOutputs } from "../../verify/outputs";
import { mustMake, readOutputs, standUp } from "../e2e/stack";
import { type DriftRow, driftTable, holdAgainstDocs } from "./drift-table";
import { assertOnceInDruid, sendingWhile } from "./marked-events";
import { liveObjects, type OutOfBand, outOfBand } from "./out-of-band";
import { changes, details } from "./run-output";

let outputs: StackOutputs;
before(async () => {
  outputs = await standUp();
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

/** Every field at once; each kind's object is another one, so that each shows as itself. */
async function changeEveryField(apis: OutOfBand): Promise<void> {
  const entries = { "retention.ms": "3600000", "max.message.bytes": "2000000" };
  const configEntries = Object.entries(entries).map(([name, value]) => ({ name, value }));
  await apis.kafka.alterConfigs({
    validateOnly: false,
    resources: [{ type: 2, name: "demo", configEntries: [...configEntries, minInSync] }],
  });

  const { type, spec, context } = (await apis.druid("GET", supervisorPath)) as SupervisorJson;
  spec.ioConfig.taskDuration = "PT30M";
  await apis.druid("POST", "/druid/indexer/v1/supervisor", { type, spec, context });
  await apis.druid("POST", `${supervisorPath}/suspend`);

  const database = await only(apis, "database", "database_name", "Druid");
  const sqlalchemy_uri = "druid://druid-broker:8082/druid/v2/sql/?header=true";
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
/** Declared by the stack; alterConfigs would take it away. */
const minInSync = { name: "min.insync.replicas", value: "1" };

const uri = '"druid://druid-broker:8082/druid/v2/sql/';
/** What `refresh` must show of changeEveryField, resource by resource. */
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
    "Supervisor",
    "demo-ingestion",
    [
      ["spec", '~ spec.spec.ioConfig.taskDuration: "PT1H" => "PT1800S"'],
      ["suspended", "+ spec.suspended: true"],
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

      // As with the CLI: without a refresh the program is compared with the state, and nothing is read back.
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

test("what was deleted by hand is seen as gone and made again, and no event is lost or doubled", async () => {
  const before = await live();
  marks.push(
    ...(await sendingWhile(outputs, async () => {
      await outOfBand(outputs, async (apis) => {
        await apis.druid("POST", `${supervisorPath}/terminate`);
        const dashboard = await only(apis, "dashboard", "slug", "real-time-druid");
        await apis.superset("DELETE", `dashboard/${dashboard}`);
        await apis.superset("DELETE", `chart/${stream().chart}`);
      });
      await goneAndMadeAgain([
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

/** Refresh must see exactly these as gone, and up make them again and touch nothing else. */
async function goneAndMadeAgain(
  gone: readonly [kind: string, resource: string, field: string][],
): Promise<void> {
  const refresh = await mustMake("refresh");
  assert.deepEqual(
    details(refresh.output),
    Object.fromEntries(gone.map(([, name]) => [name, ["-"]])),
    refresh.output,
  );
  const up = await mustMake("up");
  assert.deepEqual(changes(up.output), gone.map(([, name]) => `+ ${name}`).sort(), up.output);
  for (const [kind, , field] of gone) {
    rows.push({ kind, field, seen: "gone", restored: "made again" });
  }
}

test("after all that a refresh finds nothing, and the table in docs/drift.md is what was measured", async () => {
  const refresh = await mustMake("refresh");
  assert.deepEqual(details(refresh.output), {}, refresh.output);
  const table = driftTable(rows);
  console.log(table);
  holdAgainstDocs(table);
});
