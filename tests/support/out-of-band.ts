/** Changes objects by the APIs of Kafka, Druid and Superset, as a person would do without Pulumi. */
import type { Admin } from "kafkajs";
import { fetchAs } from "../../resources/http-login";
import { openSession, request } from "../../resources/superset/api";
import { findObjects } from "../../resources/superset/lookup";
import type { StackOutputs } from "../../verify/outputs";
import { withKafkaClient, withService } from "./stack";

type Fields = Record<string, unknown>;

export interface OutOfBand {
  readonly kafka: Admin;
  /** Sends a request to Druid's API, and returns the answer's JSON. Throws on any status but 2xx. */
  druid(method: "GET" | "POST" | "DELETE", path: string, body?: object): Promise<unknown>;
  /** The same for Superset's API; the path is without `/api/v1/`. */
  superset(
    method: "GET" | "POST" | "PUT" | "DELETE",
    path: string,
    body?: object,
  ): Promise<Record<string, unknown>>;
  /** The numbers of Superset's objects whose `column` is `value`. */
  find(
    kind: "database" | "dataset" | "chart" | "dashboard",
    column: string,
    value: string,
  ): Promise<number[]>;
}

/** Connects to the three services, runs `use`, and closes the connections. */
export async function outOfBand<T>(
  outputs: StackOutputs,
  use: (apis: OutOfBand) => Promise<T>,
): Promise<T> {
  return withKafkaClient(outputs, (client) =>
    withService(outputs, "druid", (druidUrl) =>
      withService(outputs, "superset", async (supersetUrl) => {
        const session = await openSession(supersetUrl, {
          username: outputs.supersetUsername,
          password: outputs.supersetPassword,
        });
        const kafka = client.admin();
        await kafka.connect();
        const superset: OutOfBand["superset"] = (method, path, json) =>
          request(session, { method, path: `/api/v1/${path}`, about: path, json });
        try {
          return await use({
            kafka,
            druid: (method, path, body) => requestDruid(druidUrl, method, path, body),
            superset,
            find: (kind, column, value) => findObjects(session, kind, [{ column, value }]),
          });
        } finally {
          await kafka.disconnect();
        }
      }),
    ),
  );
}

async function requestDruid(url: string, method: string, path: string, body?: object) {
  const response = await fetchAs(url + path, {
    method,
    headers: { "content-type": "application/json" },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

/** The values of a stream's objects to compare, by resource, without the numbers that a new object gets. */
export async function liveObjects(
  apis: OutOfBand,
  stream: { name: string; slug: string; chart: number },
): Promise<Record<string, unknown>> {
  const { name } = stream;
  const [databaseId = 0] = await apis.find("database", "database_name", "Druid");
  const [datasetId = 0] = await apis.find("dataset", "table_name", name);
  const [dashboardId = 0] = await apis.find("dashboard", "slug", stream.slug);
  const get = async (path: string) => (await apis.superset("GET", path)).result as Fields;
  const database = await get(`database/${databaseId}/connection`);
  const dataset = await get(`dataset/${datasetId}`);
  const chart = await get(`chart/${stream.chart}`);
  const dashboard = await get(`dashboard/${dashboardId}`);
  return {
    topic: await liveTopic(apis, name),
    supervisor: await liveSupervisor(apis, name),
    database: pick(database, ["database_name", "sqlalchemy_uri", "expose_in_sqllab"]),
    dataset: {
      ...pick(dataset, ["table_name", "main_dttm_col", "description"]),
      columns: named(dataset.columns, "column_name", ["type", "verbose_name", "is_dttm"]),
      metrics: named(dataset.metrics, "metric_name", ["expression", "verbose_name", "d3format"]),
    },
    chart: {
      ...pick(chart, ["slice_name", "viz_type"]),
      params: without(JSON.parse(String(chart.params)), "datasource"),
    },
    dashboard: {
      ...pick(dashboard, ["dashboard_title", "slug", "published"]),
      positions: Object.entries(JSON.parse(String(dashboard.position_json)) as Fields)
        .map(([id, node]) => [id, without(node, "chartId")])
        .sort(),
    },
  };
}

export async function liveTopic(apis: OutOfBand, topic: string): Promise<Fields> {
  const { topics } = await apis.kafka.fetchTopicMetadata({ topics: [topic] });
  const { resources } = await apis.kafka.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: 2, name: topic }],
  });
  const set = resources[0]?.configEntries.filter((entry) => entry.configSource === 1) ?? [];
  return {
    partitions: topics[0]?.partitions.length,
    config: Object.fromEntries(set.map((entry) => [entry.configName, entry.configValue])),
  };
}

export async function liveSupervisor(apis: OutOfBand, name: string): Promise<Fields> {
  const live = (await apis.druid("GET", `/druid/indexer/v1/supervisor/${name}`)) as Fields;
  return {
    ...pick(live, ["type", "spec", "suspended"]),
    context: without(live.context, "topicId"),
  };
}

function pick(object: Fields, keys: readonly string[]): Fields {
  return Object.fromEntries(keys.map((key) => [key, object[key]]));
}

/** The entries of a list, by name. */
function named(list: unknown, name: string, keys: readonly string[]): Fields {
  return Object.fromEntries(
    (list as Fields[]).map((entry) => [String(entry[name]), pick(entry, keys)] as const).sort(),
  );
}

/** The JSON value without a key, at any depth. */
function without(value: unknown, key: string): unknown {
  return JSON.parse(
    JSON.stringify(value ?? null, (name, inner) => (name === key ? undefined : inner)),
  );
}
