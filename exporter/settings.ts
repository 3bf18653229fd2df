import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import type { OpenKafka } from "../resources/connection";
import { withLogin } from "../resources/http-login";

const stream = z.object({
  name: z.string().min(1),
  topic: z.string().min(1),
  /** Name of its table in Druid, and of its supervisor. */
  datasource: z.string().min(1),
});

const file = z.object({
  /** Time from one question to a service to the next, in ms. */
  pollMs: z.number().min(1_000),
  streams: z.array(stream),
  /** Topics that the metrics are sent to, as events. */
  operations: z.array(z.string().min(1)),
  kafka: z.object({
    brokers: z.array(z.string()).min(1),
    tls: z.boolean(),
    /** Default: it does not log in. */
    login: z
      .object({
        mechanism: z.enum(["plain", "scram-sha-256", "scram-sha-512"]),
        username: z.string(),
      })
      .optional(),
    /** Whether its brokers tell what is on their disks. */
    disks: z.boolean(),
  }),
  druid: z.object({ url: z.url(), username: z.string() }),
  superset: z.object({ url: z.url() }),
  /** Certificates as PEM, by the service that shows them. */
  certificates: z.record(z.string(), z.string()),
});

/** What the stack's component writes for the exporter. It has no secrets. */
export type ExporterConfig = z.input<typeof file>;
export type StreamConfig = z.output<typeof stream>;

/** Names of the files with secrets, in a folder of theirs. */
export const loginFiles = {
  kafka: "kafka-password",
  druid: "druid-password",
  authority: "authority.pem",
} as const;

export interface ExporterSettings extends Omit<z.output<typeof file>, "kafka" | "druid"> {
  /** As kafkajs takes it. */
  readonly kafka: OpenKafka["config"];
  readonly hasDisks: boolean;
  /** The router's address, with the login. */
  readonly druidUrl: string;
}

/**
 * @param configFile path of the JSON file
 * @param loginDir folder of the files with secrets
 * @throws Error that names the file and what is wrong with it
 */
export function readSettings(configFile: string, loginDir: string): ExporterSettings {
  const parsed = file.safeParse(JSON.parse(readFileSync(configFile, "utf8")));
  if (!parsed.success) throw new Error(`${configFile}: ${z.prettifyError(parsed.error)}`);
  const secret = (name: string) => readFileSync(join(loginDir, name), "utf8").trimEnd();
  const { kafka, druid, ...rest } = parsed.data;
  const hasAuthority = existsSync(join(loginDir, loginFiles.authority));
  return {
    ...rest,
    kafka: {
      brokers: kafka.brokers,
      ...(kafka.tls && { ssl: hasAuthority ? { ca: secret(loginFiles.authority) } : {} }),
      ...(kafka.login && { sasl: { ...kafka.login, password: secret(loginFiles.kafka) } }),
    },
    hasDisks: kafka.disks,
    druidUrl: withLogin(druid.url, {
      username: druid.username,
      password: secret(loginFiles.druid),
    }),
  };
}
