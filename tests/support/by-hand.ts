/** Makes the objects of the stream `parcels` by hand: with the same natural keys as the program's, and different values. */

import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  type Admin,
  ResourcePatternTypes,
} from "kafkajs";
import { consumerProperties, ownSecurity } from "../../components/druid/kafka";
import { ingestionSpec } from "../../pipelines/derive/ingestion";
import { openSession, request } from "../../resources/superset/api";
import { zip } from "../../resources/superset/asset-bundle";
import { objectUuid } from "../../resources/superset/uuid";
import { project } from "../../settings/config-key";
import type { StackOutputs } from "../../verify/outputs";
import type { OutOfBand } from "./out-of-band";
import { parcels } from "./parcels";
import { testStack, withService } from "./stack";

const owner = `${project}/${testStack}`;

export const uuids = {
  database: objectUuid(owner, "database", "druid"),
  dataset: objectUuid(owner, "parcels", "dataset", "parcels"),
  chart: objectUuid(owner, "parcels", "chart", "total"),
  dashboard: objectUuid(owner, "parcels", "dashboard", "main"),
};

export interface Numbers {
  readonly dataset: number;
  readonly chart: number;
  readonly dashboard: number;
}

/** Makes topic, supervisor, dataset, chart and dashboard. Returns the numbers of the last three in Superset. */
export async function makeByHand(apis: OutOfBand, outputs: StackOutputs): Promise<Numbers> {
  await apis.kafka.createTopics({
    waitForLeaders: true,
    topics: [
      {
        topic: "parcels",
        numPartitions: 1,
        replicationFactor: 1,
        configEntries: [{ name: "retention.ms", value: "3600000" }],
      },
    ],
  });
  await permitDruid(apis.kafka, "parcels");
  const bootstrapServers = `kafka:${outputs.services.kafka.port}`;
  const spec = ingestionSpec(parcels({ ingestion: { taskDuration: "PT10M" } }), {
    bootstrapServers,
    consumerProperties: consumerProperties(ownSecurity(outputs.services.kafka.tls)),
  });
  await apis.druid("POST", "/druid/indexer/v1/supervisor", spec);
  await importDataset(outputs);
  const [dataset = 0] = await apis.find("dataset", "table_name", "parcels");
  const chart = await apis.superset("POST", "chart/", {
    uuid: uuids.chart,
    slice_name: "By hand",
    viz_type: "table",
    datasource_id: dataset,
    datasource_type: "table",
    params: "{}",
  });
  const dashboard = await apis.superset("POST", "dashboard/", {
    uuid: uuids.dashboard,
    dashboard_title: "By hand",
    slug: "parcels",
    published: false,
  });
  return { dataset, chart: Number(chart.id), dashboard: Number(dashboard.id) };
}

/** Lets Druid read a topic that no stream of the program declares, or do something else with it. */
export async function permitDruid(
  kafka: Admin,
  topic: string,
  operation = AclOperationTypes.READ,
): Promise<void> {
  await kafka.createAcls({
    acl: [
      {
        resourceType: AclResourceTypes.TOPIC,
        resourceName: topic,
        resourcePatternType: ResourcePatternTypes.LITERAL,
        principal: "User:druid",
        host: "*",
        operation,
        permissionType: AclPermissionTypes.ALLOW,
      },
    ],
  });
}

/** A dataset with one column too few and no metric. Only an import can make one for a table that Druid doesn't have yet. */
async function importDataset(outputs: StackOutputs): Promise<void> {
  const bundle = await zip({
    "assets/metadata.yaml": JSON.stringify({
      version: "1.0.0",
      type: "assets",
      timestamp: "1980-01-01T00:00:00+00:00",
    }),
    "assets/datasets/parcels.yaml": JSON.stringify({
      version: "1.0.0",
      uuid: uuids.dataset,
      database_uuid: uuids.database,
      schema: "druid",
      table_name: "parcels",
      columns: [{ column_name: "weight", type: "DOUBLE", is_active: true }],
      metrics: [],
    }),
  });
  const form = new FormData();
  form.set("bundle", new Blob([new Uint8Array(bundle)]), "assets.zip");
  form.set("sparse", "true");
  await withService(outputs, "superset", async (url) => {
    const credentials = { username: outputs.supersetUsername, password: outputs.supersetPassword };
    const session = await openSession(url, credentials);
    const path = "/api/v1/assets/import/";
    await request(session, { method: "POST", path, about: "the dataset", form });
  });
}
