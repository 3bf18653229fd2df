import type { DruidValues } from "../../settings";

/** The processes of a Druid cluster, by the names that Druid's own command line has for them. */
export type DruidProcess = "coordinator" | "broker" | "historical" | "indexer" | "router";

/** Folder of runtime.properties and log4j2.xml. Off the class path, so that class data sharing stays possible. */
export const configDir = "/etc/druid";

/** What Druid reaches into of Java 17 and later (druid.apache.org, "Java runtime"). */
const moduleAccess = [
  "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
  "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
  "--add-opens=java.base/java.io=ALL-UNNAMED",
  "--add-opens=java.base/java.lang=ALL-UNNAMED",
  "--add-opens=java.base/java.nio=ALL-UNNAMED",
  "--add-opens=java.base/java.util=ALL-UNNAMED",
  "--add-opens=java.base/jdk.internal.ref=ALL-UNNAMED",
  "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
  "--add-opens=jdk.management/com.sun.management.internal=ALL-UNNAMED",
];

const logging = [
  "-Djava.util.logging.manager=org.apache.logging.log4j.jul.LogManager",
  `-Dlog4j.configurationFile=${configDir}/log4j2.xml`,
];

/**
 * The stack of a thread that reads messages. Jackson reads JSON by recursion, with some 250 bytes for each level (2.12,
 * measured), and a message of 1 MB can have a million levels. Memory is used only by a message that needs it.
 */
const readerStack = "-Xss256m";

/** What a MiddleManager must give a task's JVM besides the properties that it passes on by itself. */
export const taskArguments: readonly string[] = [readerStack, ...logging];

/**
 * Command of one process.
 *
 * @param host what the others reach it at; may hold `$(VARIABLE)`, which Kubernetes fills in
 */
export function druidCommand(process: DruidProcess, values: DruidValues, host: string): string[] {
  const { jvm, maxDirectMemory } = values[process];
  const hasTasks = process === "indexer" && values.indexer.kind === "indexer";
  return [
    "java",
    `-Xmx${jvm.maxHeap}`,
    `-XX:MaxDirectMemorySize=${maxDirectMemory}`,
    "-XX:+ExitOnOutOfMemoryError",
    ...(hasTasks ? [readerStack] : []),
    ...moduleAccess,
    ...values.jvm.args,
    ...jvm.args,
    "-Duser.timezone=UTC",
    "-Dfile.encoding=UTF-8",
    ...logging,
    // A pod that was replaced has another address; Java would keep the old one for 30 s.
    "-Dsun.net.inetaddr.ttl=5",
    "-Dsun.net.inetaddr.negative.ttl=0",
    "-Dderby.stream.error.file=/tmp/derby.log",
    `-Ddruid.properties.file=${configDir}/runtime.properties`,
    `-Ddruid.host=${host}`,
    ...classPathArguments(values.classPath),
    "org.apache.druid.cli.Main",
    "server",
    process === "indexer" ? values.indexer.kind : process,
  ];
}

/** `-cp` and the class path, or the @argument-file that has both. */
export function classPathArguments(classPath: string): string[] {
  return classPath.startsWith("@") ? [classPath] : ["-cp", classPath];
}

/** Logs to standard output, in UTC. */
export function log4j2Xml(): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="WARN" shutdownHook="disable">
  <Appenders>
    <Console name="stdout" target="SYSTEM_OUT">
      <PatternLayout pattern="%d{yyyy-MM-dd'T'HH:mm:ss.SSSX}{UTC} %p [%t] %c{1} - %m%n"/>
    </Console>
  </Appenders>
  <Loggers>
    <Root level="info">
      <AppenderRef ref="stdout"/>
    </Root>
  </Loggers>
</Configuration>
`;
}
