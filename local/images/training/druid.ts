import type { TrainingRoot } from "./root";

const packages = [
  ["exports", "java.base/jdk.internal.misc"],
  ["exports", "java.base/jdk.internal.ref"],
  ["opens", "java.base/java.lang"],
  ["opens", "java.base/java.io"],
  ["opens", "java.base/java.nio"],
  ["opens", "java.base/java.util"],
  ["opens", "java.base/jdk.internal.ref"],
  ["opens", "java.base/sun.nio.ch"],
  ["opens", "jdk.management/com.sun.management.internal"],
].map(([kind, name]) => `--add-${kind}=${name}=ALL-UNNAMED`);

const everyService: Record<string, string> = {
  "druid.host": "127.0.0.1",
  "druid.zk.service.host": "127.0.0.1:2181",
  "druid.extensions.directory": "/opt/druid/extensions",
  "druid.extensions.loadList": '["druid-kafka-indexing-service","druid-datasketches"]',
  "druid.metadata.storage.type": "derby",
  "druid.metadata.storage.connector.connectURI":
    "jdbc:derby://127.0.0.1:1527//tmp/metadata.db;create=true",
  "druid.metadata.storage.connector.host": "127.0.0.1",
  "druid.metadata.storage.connector.port": "1527",
  "druid.storage.type": "local",
  "druid.storage.storageDirectory": "/tmp/segments",
  "druid.indexer.logs.type": "file",
  "druid.indexer.logs.directory": "/tmp/logs",
  "druid.lookup.enableLookupSyncOnStartup": "false",
  "druid.emitter": "noop",
  "druid.selectors.indexing.serviceName": "druid/coordinator",
  "druid.selectors.coordinator.serviceName": "druid/coordinator",
  "druid.processing.numThreads": "1",
  "druid.processing.numMergeBuffers": "2",
  "druid.processing.buffer.sizeBytes": "20000000",
};

const services: Record<string, Record<string, string>> = {
  coordinator: {
    "druid.plaintextPort": "8081",
    "druid.coordinator.asOverlord.enabled": "true",
    "druid.coordinator.asOverlord.overlordService": "druid/overlord",
    "druid.coordinator.startDelay": "PT1S",
    "druid.coordinator.period": "PT2S",
    "druid.indexer.queue.startDelay": "PT0S",
    "druid.indexer.runner.type": "httpRemote",
    "druid.indexer.storage.type": "metadata",
    "druid.manager.segments.pollDuration": "PT2S",
  },
  broker: { "druid.plaintextPort": "8082", "druid.sql.planner.metadataRefreshPeriod": "PT1S" },
  historical: {
    "druid.plaintextPort": "8083",
    "druid.segmentCache.locations": '[{"path":"/tmp/cache","maxSize":"1g"}]',
  },
  indexer: {
    "druid.plaintextPort": "8091",
    "druid.worker.capacity": "2",
    "druid.indexer.task.baseTaskDir": "/tmp/tasks",
    "druid.worker.globalIngestionHeapLimitBytes": "100000000",
  },
  router: {
    "druid.plaintextPort": "8888",
    "druid.router.managementProxy.enabled": "true",
    "druid.router.defaultBrokerServiceName": "druid/broker",
    "druid.router.coordinatorServiceName": "druid/coordinator",
  },
};

const ingestion = {
  type: "index_parallel",
  spec: {
    dataSchema: {
      dataSource: "training",
      timestampSpec: { column: "t", format: "auto" },
      dimensionsSpec: { dimensions: ["name", { type: "long", name: "value" }] },
      granularitySpec: { segmentGranularity: "hour", queryGranularity: "none", rollup: false },
      transformSpec: {
        transforms: [{ type: "expression", name: "v", expression: 'if("value" < 10, 1, 2)' }],
      },
    },
    ioConfig: {
      type: "index_parallel",
      inputSource: { type: "inline", data: '{"t":"2026-01-01","name":"a","value":1}' },
      inputFormat: { type: "json" },
    },
    tuningConfig: { type: "index_parallel", partitionsSpec: { type: "dynamic" } },
  },
};

const streamIngestion = {
  type: "kafka",
  spec: {
    dataSchema: { ...ingestion.spec.dataSchema, dataSource: "training-stream" },
    ioConfig: {
      topic: "training",
      // Nothing listens there: the classes that parse and supervise are what counts.
      consumerProperties: { "bootstrap.servers": "127.0.0.1:9" },
      inputFormat: { type: "json" },
      startDelay: "PT1S",
    },
    tuningConfig: { type: "kafka" },
  },
};

/** A small Druid's life: all services started, rows ingested, published, queried, stopped. */
export async function train(root: TrainingRoot): Promise<void> {
  for (const name of ["zookeeper", "tasks", "segments", "logs", "cache"]) {
    await root.folder(`/tmp/${name}`);
  }
  await root.file(
    "/tmp/zoo.cfg",
    "tickTime=2000\ndataDir=/tmp/zookeeper\nclientPort=2181\nclientPortAddress=127.0.0.1\n" +
      "admin.enableServer=false\n",
  );
  root.start("zookeeper", [
    "-Xmx64m",
    "org.apache.zookeeper.server.quorum.QuorumPeerMain",
    "/tmp/zoo.cfg",
  ]);
  for (const [name, own] of Object.entries(services)) root.start(name, serviceArguments(name, own));
  for (const [name, own] of Object.entries(services)) {
    const url = `http://127.0.0.1:${own["druid.plaintextPort"]}/status/selfDiscovered`;
    await root.until(name, 240, () => answered(url));
  }
  await post("http://127.0.0.1:8888/druid/indexer/v1/supervisor", streamIngestion);
  await post("http://127.0.0.1:8888/druid/indexer/v1/task", ingestion);
  const query = `SELECT name, TIME_FLOOR(__time, 'PT1M') AS t, SUM("value") AS s, COUNT(*) AS n
    FROM training GROUP BY 1, 2 ORDER BY 2 DESC LIMIT 10`;
  await root.until("the rows, queryable", 180, async () => {
    const rows = await post("http://127.0.0.1:8888/druid/v2/sql", { query });
    return rows.includes('"n":1') ? rows : undefined;
  });
  await root.stop();
}

function serviceArguments(name: string, own: Record<string, string>): string[] {
  const properties = { ...everyService, ...own, "druid.service": `druid/${name}` };
  return [
    ...["-Xmx512m", "-XX:MaxDirectMemorySize=200m", "-Duser.timezone=UTC", ...packages],
    "-Dderby.stream.error.file=/tmp/derby.log",
    "-Djava.util.logging.manager=org.apache.logging.log4j.jul.LogManager",
    ...Object.entries(properties).map(([key, value]) => `-D${key}=${value}`),
    ...["org.apache.druid.cli.Main", "server", name],
  ];
}

async function answered(url: string): Promise<true | undefined> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
  return response.ok || undefined;
}

async function post(url: string, body: unknown): Promise<string> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${url}: ${response.status} ${text.slice(0, 500)}`);
  return text;
}
