import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { openHttp, openKafka } from "../../resources/connection";
import { fetchAs } from "../../resources/http-login";
import { poll } from "../../resources/poll";
import { druidLogin, kafkaOf, parseOutputs, type StackOutputs } from "../../verify/outputs";
import { permitDeletion, takeBackPermission } from "./delete-data";
import { testStack } from "./test-stack";

export { testStack };

const root = join(__dirname, "../..");

/** The folder for screenshots and logs. */
export const artifacts = join(root, "artifacts");
mkdirSync(artifacts, { recursive: true });

export interface Run {
  readonly exitCode: number;
  /** Standard output and standard error, in the order in which they were written. */
  readonly output: string;
  readonly stdout: string;
}

/**
 * Runs `make TARGET` on the tests' stack. Its output is written to `artifacts/make.log` while it runs.
 *
 * @param timeoutMs limit, after which it is interrupted and fails. Default: 15 min.
 */
export function make(
  target: string,
  variables: Record<string, string> = {},
  timeoutMs = 15 * 60_000,
): Promise<Run> {
  const child = spawn("make", ["--no-print-directory", "-s", target], {
    cwd: root,
    env: { ...process.env, STACK: testStack, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: timeoutMs,
    killSignal: "SIGINT",
  });
  // Outputs with secrets must not be in the log.
  const log = variables.SHOW_SECRETS
    ? undefined
    : createWriteStream(join(artifacts, "make.log"), { flags: "a" });
  log?.write(`\n$ make ${target} STACK=${testStack}    (${new Date().toISOString()})\n`);
  let stdout = "";
  let output = "";
  const keep = (chunk: Buffer) => {
    output += chunk.toString();
    log?.write(chunk);
  };
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    keep(chunk);
  });
  child.stderr.on("data", keep);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      log?.end(`\nended with ${code}\n`);
      resolve({ exitCode: code ?? 1, output, stdout });
    });
  });
}

/** Runs a target that must succeed. @throws Error with its whole output if it fails */
export async function mustMake(target: string, variables?: Record<string, string>): Promise<Run> {
  const run = await make(target, variables);
  if (run.exitCode !== 0) {
    throw new Error(`make ${target} ended with ${run.exitCode}:\n${run.output}`);
  }
  return run;
}

/** Makes the tests' stack if it doesn't run, sets KUBECONFIG of this process to its cluster, and returns its outputs. */
export async function standUp(): Promise<StackOutputs> {
  const run = await make("up");
  // What an earlier test left when it failed may go with its data.
  const [, left] = /pulumi config set deleteData ([\w/,.-]+)/.exec(run.output) ?? [];
  if (run.exitCode !== 0 && left !== undefined) {
    permitDeletion(...left.split(","));
    await mustMake("up");
    takeBackPermission();
  } else if (run.exitCode !== 0) {
    throw new Error(`make up ended with ${run.exitCode}:\n${run.output}`);
  }
  return readOutputs();
}

/** The outputs of the running stack, with secrets. */
export async function readOutputs(): Promise<StackOutputs> {
  process.env.KUBECONFIG = (await mustMake("kubeconfig")).stdout.trim();
  const { stdout } = await mustMake("outputs", { SHOW_SECRETS: "1" });
  return parseOutputs(stdout);
}

/** Opens an HTTP service of the stack on loopback, uses it, and closes it. Druid's address has the administrator's login. */
export async function withService<T>(
  outputs: StackOutputs,
  name: "druid" | "coordinator" | "superset" | "airflow" | "prometheus",
  use: (url: string) => Promise<T>,
): Promise<T> {
  const target = outputs.services[name];
  if (target === undefined) throw new Error(`the stack has no ${name}`);
  const open = await openHttp(
    {
      kubernetes: {
        ...target,
        namespace: outputs.namespace,
        ...(outputs.context === undefined ? {} : { context: outputs.context }),
      },
    },
    { login: name === "druid" || name === "coordinator" ? druidLogin(outputs) : undefined },
  );
  try {
    return await use(open.url);
  } finally {
    await open.close();
  }
}

/** Opens Kafka and gives a connected kafkajs client. */
export async function withKafkaClient<T>(
  outputs: StackOutputs,
  use: (kafka: import("kafkajs").Kafka) => Promise<T>,
  connection = kafkaOf(outputs),
): Promise<T> {
  const { Kafka, logLevel } = await import("kafkajs");
  const open = await openKafka(connection);
  // A handshake of TLS through the port-forward may take longer than kafkajs' own second.
  const options = { clientId: "e2e", logLevel: logLevel.NOTHING, connectionTimeout: 5_000 };
  try {
    return await use(new Kafka({ ...options, ...open.config }));
  } finally {
    await open.close();
  }
}

/** Runs a Druid SQL query; each row is an object. */
export async function sql(druidUrl: string, query: string): Promise<Record<string, unknown>[]> {
  const response = await fetchAs(`${druidUrl}/druid/v2/sql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`Druid SQL answered ${response.status} to ${query}: ${text}`);
  return z.array(z.record(z.string(), z.unknown())).parse(JSON.parse(text));
}

/** The sum of the topic's end offsets, which is the number of messages that were ever sent to it. */
export function endOffset(outputs: StackOutputs, topic: string): Promise<number> {
  return withKafkaClient(outputs, async (kafka) => {
    const admin = kafka.admin();
    await admin.connect();
    try {
      const partitions = await admin.fetchTopicOffsets(topic);
      return partitions.reduce((sum, partition) => sum + Number(partition.high), 0);
    } finally {
      await admin.disconnect();
    }
  });
}

/** Polls until `check` returns something other than undefined. @throws Error with the last state that `check` reported */
export function until<T>(
  what: string,
  check: (say: (state: string) => void) => Promise<T | undefined>,
  timeoutMs = 120_000,
): Promise<T> {
  const failure = (last: string) =>
    new Error(`waited ${timeoutMs / 1000} s for ${what}; the last state: ${last || "nothing yet"}`);
  return poll({ timeoutMs, pauseMs: 500, failure }, check);
}
