import * as layer from "./layer-catalogue";
import type { Image } from "./model";

const java = { LANG: "C.UTF-8", JAVA_HOME: "/usr/lib/jvm/java-17-openjdk-amd64" };

// Byte code is in the image; what is written at run time would go to a read-only file system.
const python3 = { PYTHONDONTWRITEBYTECODE: "1" };

const kafka: Image = {
  repository: "analytics/kafka",
  tag: "4.3.1",
  isPulled: true,
  layers: [layer.debian, layer.jre, layer.kafkaJars, layer.kafkaArchive],
  user: { name: "appuser", uid: 1000, home: "/home/appuser" },
  folders: ["/var/lib/kafka/data"],
  config: { env: java, path: ["/opt/kafka/bin"], workingDir: "/" },
};

const superset: Image = {
  repository: "analytics/superset",
  tag: "6.1.0",
  isPulled: true,
  layers: [layer.debian, layer.python, layer.supersetPackages],
  user: { name: "superset", uid: 1000, home: "/app/superset_home" },
  folders: ["/app/superset_home", "/app/pythonpath"],
  config: {
    env: {
      LANG: "C.UTF-8",
      LC_ALL: "C.UTF-8",
      FLASK_APP: "superset.app:create_app()",
      PYTHONPATH: "/app/pythonpath",
      ...python3,
      SUPERSET_ENV: "production",
      SUPERSET_HOME: "/app/superset_home",
      SUPERSET_PORT: "8088",
      VIRTUAL_ENV: "/app/.venv",
    },
    path: ["/app/.venv/bin"],
    workingDir: "/app",
    command: ["gunicorn", "--bind", "0.0.0.0:8088", "superset.app:create_app()"],
  },
};

const airflow: Image = {
  repository: "analytics/airflow",
  tag: "3.3.2",
  isPulled: true,
  onRequest: true,
  layers: [layer.debian, layer.python, layer.airflowPackages],
  user: { name: "airflow", uid: 50000, home: "/home/airflow" },
  folders: ["/opt/airflow"],
  config: {
    env: {
      LANG: "C.UTF-8",
      AIRFLOW_HOME: "/opt/airflow",
      ...python3,
    },
    path: ["/home/airflow/.local/bin"],
    workingDir: "/opt/airflow",
    command: ["airflow", "version"],
  },
};

/** Every image of the embedded default, laid out and started as its official counterpart. */
export const images: Image[] = [
  kafka,
  // The release before, for stacks that are to be upgraded from it.
  {
    ...kafka,
    name: "kafka-4.2",
    tag: "4.2.1",
    onRequest: true,
    layers: [layer.debian, layer.jre, layer.olderKafkaJars],
  },
  {
    repository: "analytics/druid",
    tag: "33.0.0",
    isPulled: true,
    layers: [layer.debian, layer.jre, layer.druidJars, layer.druidArchive, layer.druidSecurity],
    user: { name: "druid", uid: 1000, home: "/opt/druid" },
    folders: ["/opt/druid/var", "/opt/druid/conf"],
    config: { env: java, path: [], workingDir: "/opt/druid" },
  },
  superset,
  // Like the official image it lacks the drivers and has uv, for stacks that install them in the pods.
  {
    ...superset,
    onRequest: true,
    repository: "analytics/superset-official",
    layers: [...superset.layers, layer.uv, layer.noSupersetDrivers],
  },
  airflow,
  {
    ...airflow,
    onRequest: true,
    repository: "analytics/airflow-official",
    layers: [...airflow.layers, layer.uv, layer.noAirflowDrivers],
  },
  {
    repository: "analytics/postgres",
    tag: "15",
    isPulled: true,
    layers: [layer.debian, layer.postgresPackages],
    user: { name: "postgres", uid: 999, home: "/var/lib/postgresql" },
    folders: ["/var/lib/postgresql/data", "/var/run/postgresql"],
    config: {
      env: { LANG: "C.UTF-8", PG_MAJOR: "15", PGDATA: "/var/lib/postgresql/data" },
      path: ["/usr/lib/postgresql/15/bin"],
      workingDir: "/",
      command: ["postgres"],
      // "Smart" shutdown, SIGTERM, waits for every client to leave; SIGINT ends them and syncs.
      stopSignal: "SIGINT",
    },
  },
  {
    repository: "analytics/prometheus",
    tag: "3.13.5",
    isPulled: true,
    layers: [layer.debian, layer.prometheusProgram],
    // As in the official image, where the number is that of `nobody`.
    user: { name: "prometheus", uid: 65534, home: "/prometheus" },
    folders: ["/prometheus"],
    config: {
      env: { LANG: "C.UTF-8" },
      path: [],
      workingDir: "/prometheus",
      command: ["prometheus"],
    },
  },
  {
    repository: "analytics/postgres-exporter",
    tag: "0.11",
    isPulled: true,
    layers: [layer.debian, layer.postgresExporterPackages],
    // As in the official image, where the number is that of `nobody`.
    user: { name: "postgres-exporter", uid: 65534, home: "/nonexistent" },
    folders: [],
    config: {
      env: { LANG: "C.UTF-8" },
      path: [],
      workingDir: "/",
      command: ["postgres_exporter"],
    },
  },
  {
    repository: "analytics/node",
    tag: "22",
    isPulled: false,
    layers: [layer.debian, layer.nodeBinary],
    user: { name: "node", uid: 1000, home: "/home/node" },
    folders: [],
    config: { env: { LANG: "C.UTF-8" }, path: [], workingDir: "/", command: ["node"] },
  },
];
