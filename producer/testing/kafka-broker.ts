import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** How long a broker may take to start, in ms: on a busy machine it takes over a minute. */
const startMs = 150_000;
const cacheHome = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");

/** Folder of Kafka's jars: KAFKA_LIBS, or the one that building the images fills. */
const libs =
  process.env.KAFKA_LIBS ?? builtLibs(join(cacheHome, "realtime-analytics/images/layers"));

function builtLibs(layers: string): string {
  const found = existsSync(layers)
    ? readdirSync(layers).filter((layer) => layer.startsWith("kafka-jars-"))
    : [];
  return join(layers, found.at(-1) ?? "kafka-jars", "tree/opt/kafka/jars");
}

/** The reason why no broker can be started here; undefined if one can. */
export function whyNoBroker(): string | undefined {
  if (!existsSync(libs)) return `no Kafka jars in ${libs}: set KAFKA_LIBS, or build the images`;
  try {
    execFileSync("java", ["-version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "no java on the PATH";
  }
}

/** Who may connect to a broker that is not open to all: it then has the listeners CLIENT, REPLICATION and CONTROLLER. */
export interface BrokerSecurity {
  /** Lines of server.properties, for files in a folder. */
  readonly properties: (folder: string) => Readonly<Record<string, string>>;
  /** Files of that folder, by name. */
  readonly files: Readonly<Record<string, string>>;
  /** Further arguments of `format`, such as the first users. Default: none. */
  readonly format?: readonly string[];
  /** Address of this machine that it listens on, but for its controller. Default: 127.0.0.1. */
  readonly listen?: string;
}

/** A Kafka of one process, which can be stopped and started again with the same data. */
export class KafkaBroker {
  readonly #folder = mkdtempSync(join(tmpdir(), "kafka-broker-"));
  #process: ChildProcess | undefined;
  /** Where it listens. */
  readonly host: string;

  private constructor(
    readonly port: number,
    /** Of the listener REPLICATION, where there is security. */
    readonly replicationPort: number,
    controllerPort: number,
    advertisedHost: string,
    security: BrokerSecurity | undefined,
  ) {
    this.host = security?.listen ?? "127.0.0.1";
    const client = security ? "CLIENT" : "PLAINTEXT";
    const both = (host: string) =>
      `${client}://${host}:${port}${security ? `,REPLICATION://${host}:${replicationPort}` : ""}`;
    for (const [name, text] of Object.entries(security?.files ?? {})) {
      writeFileSync(join(this.#folder, name), text);
    }
    writeFileSync(
      join(this.#folder, "server.properties"),
      [
        "process.roles=broker,controller",
        "node.id=1",
        `controller.quorum.voters=1@localhost:${controllerPort}`,
        `listeners=${both(this.host)},CONTROLLER://127.0.0.1:${controllerPort}`,
        `advertised.listeners=${both(advertisedHost)}`,
        ...Object.entries({
          "auto.create.topics.enable": "false",
          ...(security?.properties(this.#folder) ?? { "controller.listener.names": "CONTROLLER" }),
        }).map(([key, value]) => `${key}=${value}`),
        "offsets.topic.replication.factor=1",
        `log.dirs=${join(this.#folder, "data")}`,
      ].join("\n"),
    );
    this.#java("kafka.tools.StorageTool", [
      ...["format", ...(security?.format ?? [])],
      ...["-t", "4L6g3nShT-eMCtK--X86sw", "-c"],
    ]);
  }

  get address(): string {
    return `${this.host}:${this.port}`;
  }

  /** @param advertisedHost the host that it tells its clients to connect to. Default: 127.0.0.1. */
  static async create(
    advertisedHost = "127.0.0.1",
    security?: BrokerSecurity,
  ): Promise<KafkaBroker> {
    const ports = [await freePort(), await freePort(), await freePort()] as const;
    return new KafkaBroker(...ports, advertisedHost, security);
  }

  /** Starts the process, and waits until its port is open, 150 s at most. */
  async start(): Promise<void> {
    const log = openSync(join(this.#folder, "broker.log"), "a");
    const broker = spawn(
      "java",
      ["-Xmx256m", "-XX:+UseSerialGC", "-cp", `${libs}/*`, "kafka.Kafka", this.#properties],
      { stdio: ["ignore", log, log] },
    );
    this.#process = broker;
    const deadline = Date.now() + startMs;
    while (!(await isOpen(this.host, this.port))) {
      if (broker.exitCode !== null) throw new Error(`Kafka ended: see ${this.#folder}/broker.log`);
      if (Date.now() > deadline)
        throw new Error(`port ${this.port} not open after ${startMs / 1000} s`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Kills the process, so that it can't close its connections first. */
  async kill(): Promise<void> {
    const broker = this.#process;
    if (!broker || broker.exitCode !== null || broker.signalCode !== null) return;
    const ended = new Promise((resolve) => broker.once("exit", resolve));
    broker.kill("SIGKILL");
    await ended;
  }

  /** Ends the process and removes its data. */
  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Runs one of Kafka's own tools to its end. */
  run(mainClass: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
    const java = ["-Xmx128m", "-XX:+UseSerialGC", "-cp", `${libs}/*`, mainClass, ...args];
    return promisify(execFile)("java", java);
  }

  get #properties(): string {
    return join(this.#folder, "server.properties");
  }

  #java(mainClass: string, args: readonly string[]): void {
    const all = ["-Dlog4j2.disable.jmx=true", "-cp", `${libs}/*`, mainClass, ...args];
    execFileSync("java", [...all, this.#properties], { stdio: "pipe" });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no TCP port");
  return address.port;
}

function isOpen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
