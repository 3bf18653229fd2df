import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { loadSettings, type Settings, SettingsError } from "./load";
import { type PostgresUrl, readPostgresUrl } from "./postgres-url";
import type { KafkaValues } from "./values/kafka";
import { z } from "./zod";

export { driverInstallers } from "./agreement";
export type { Settings } from "./load";
export { type PostgresUrl, readPostgresUrl } from "./postgres-url";
export type { AirflowValues } from "./values/airflow";
export type { DruidValues } from "./values/druid";
export type {
  DriverImageValues,
  ExposureValues,
  ImageValues,
  PersistenceValues,
  PodValues,
  ResourceValues,
} from "./values/fragments";
export type { KafkaValues } from "./values/kafka";
export type ExternalKafkaAccess = KafkaValues["external"];
export type { MonitoringValues } from "./values/monitoring";
export type { PostgresValues } from "./values/postgres";
export type { ProducerValues } from "./values/producer";
export type { SupersetValues } from "./values/superset";

/** The settings, with secrets as outputs that Pulumi encrypts. */
export interface StackSettings extends Settings {
  /** The registry for images that are built here. */
  readonly registry: {
    readonly address: string;
    /** Undefined where images aren't loaded into a kind cluster. */
    readonly kindCluster?: string;
    /** Platform that images are built for. */
    readonly platform: string;
    readonly credentials?: { readonly username: string; readonly password: pulumi.Output<string> };
  };
  /** Undefined where the stack has a PostgreSQL of its own. */
  readonly externalDatabase?: PostgresUrl & { readonly password: pulumi.Output<string> };
  /** Undefined where the stack has a Kafka of its own. */
  readonly externalKafka?: ExternalKafkaAccess & { readonly password: pulumi.Output<string> };
  /** Undefined where the pods have a cloud identity of their own. */
  readonly s3Keys?: {
    readonly accessKeyId: pulumi.Output<string>;
    readonly secretAccessKey: pulumi.Output<string>;
  };
  /** Undefined where the stack makes its own. */
  readonly supersetSecretKey?: {
    readonly current: pulumi.Output<string>;
    readonly previous?: pulumi.Output<string>;
  };
}

/**
 * The settings of the stack that is being run: its config, and charts-values/ beside this folder.
 *
 * @throws pulumi.RunError that lists all problems, before any resource is registered
 */
export function readSettings(): StackSettings {
  try {
    return withSecrets(
      loadSettings({
        project: pulumi.getProject(),
        stack: pulumi.getStack(),
        config: pulumi.runtime.allConfig(),
        secretConfigKeys: secretConfigKeys(),
        readFile: (path) => {
          const file = join(__dirname, "..", path);
          return existsSync(file) ? readFileSync(file, "utf8") : undefined;
        },
      }),
    );
  } catch (error) {
    if (error instanceof SettingsError) throw new pulumi.RunError(error.message);
    throw error;
  }
}

/** The SDK does not export which keys are secret. The language host sets this variable, which lists them. */
function secretConfigKeys(): string[] {
  return z.array(z.string()).parse(JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? "[]"));
}

function withSecrets(settings: Settings): StackSettings {
  const { config } = settings;
  const { imageRegistryUsername: username } = config;
  const external = readPostgresUrl(config.postgresUrl);
  return {
    ...settings,
    registry: {
      address: config.imageRegistry,
      platform: config.imagePlatform,
      ...(config.kindCluster && { kindCluster: config.kindCluster }),
      ...(username && {
        credentials: { username, password: pulumi.secret(config.imageRegistryPassword) },
      }),
    },
    ...(external && {
      externalDatabase: {
        ...external,
        password: pulumi.secret(config.postgresPassword),
        ...(config.postgresAuthority && { authority: config.postgresAuthority }),
      },
    }),
    ...(settings.kafka.external.brokers.length > 0 && {
      externalKafka: {
        ...settings.kafka.external,
        password: pulumi.secret(config.kafkaPassword),
      },
    }),
    ...(config.druidS3AccessKeyId && {
      s3Keys: {
        accessKeyId: pulumi.secret(config.druidS3AccessKeyId),
        secretAccessKey: pulumi.secret(config.druidS3SecretAccessKey),
      },
    }),
    ...(config.supersetSecretKey && {
      supersetSecretKey: {
        current: pulumi.secret(config.supersetSecretKey),
        ...(config.supersetPreviousSecretKey && {
          previous: pulumi.secret(config.supersetPreviousSecretKey),
        }),
      },
    }),
  };
}
