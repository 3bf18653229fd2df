import { join } from "node:path";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { SupersetValues } from "../../settings";
import { buildImage, type Registry } from "../kubernetes/image";
import { keepKey } from "../kubernetes/kept-password";
import { labels } from "../kubernetes/labels";
import type { Namespace } from "../kubernetes/namespace";
import { imageName } from "../kubernetes/pod";
import { createKey, createPassword, type Key } from "../kubernetes/secret";
import type { DatabaseAccess } from "../postgres/database";
import { createConfig, createSecret, type SupersetParts } from "./parts";
import {
  createDisruptionBudget,
  createService,
  createSetup,
  createWeb,
  serviceName,
} from "./workloads";

export interface SupersetArgs {
  /** Namespace to live in. */
  namespace: Namespace;
  /** Name of the stack. */
  stack: string;
  values: SupersetValues;
  /** Its metadata's database. */
  database: DatabaseAccess;
  /** First user, who may do everything. */
  admin: { username: string; email: string };
  /** True: a destroy leaves the metadata's database, and so what it was encrypted with. */
  keepData: boolean;
  /** Signs sessions and encrypts stored passwords. Default: one made here, kept with the data. */
  secretKey?: Key;
  /** Of the secrets that are made here: counted up, each is made anew. */
  secretsGeneration: number;
  /** Where the image goes that is built here. */
  registry: Registry;
}

/** Superset: its web server, and the Job that migrates its database and makes the first user. */
export class Superset extends pulumi.ComponentResource {
  /** Name of the Service. */
  readonly service = serviceName;
  readonly port: number;
  readonly adminUsername: string;
  /** Made here, a secret. */
  readonly adminPassword: pulumi.Output<string>;
  /** Complete once the first user can log in. */
  readonly setup: k8s.batch.v1.Job;
  /** Ready once it serves. */
  readonly web: k8s.apps.v1.Deployment;

  constructor(name: string, args: SupersetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:Superset", name, {}, opts);
    const { namespace, stack, values, database } = args;
    this.port = values.service.port;
    this.adminUsername = args.admin.username;
    const generation = args.secretsGeneration;
    this.adminPassword = createPassword(`${name}-admin-password`, { length: 24, generation }, this);
    const secretKey = args.secretKey ?? createSecretKey(name, args, this);

    const parts: SupersetParts = {
      name,
      namespace,
      values,
      database,
      service: { name: "superset", version: values.image.tag, stack },
      image: createImage(name, args, this),
      admin: args.admin,
      secrets: {
        SUPERSET_SECRET_KEY: secretKey.current,
        DATABASE_PASSWORD: database.password,
      },
      ...(args.secretKey === undefined && { keyGeneration: generation }),
      setupSecrets: {
        ADMIN_PASSWORD: this.adminPassword,
        ...(secretKey.previous && { SUPERSET_PREVIOUS_SECRET_KEY: secretKey.previous }),
      },
      child: { ...namespace.inhabitant, parent: this, dependsOn: database.maker },
    };
    const references = { config: createConfig(parts), secret: createSecret(parts) };
    this.setup = createSetup(parts, references);
    this.web = createWeb(parts, references);
    createService(parts);
    createDisruptionBudget(parts);
    this.registerOutputs({ service: this.service });
  }
}

/** Stored passwords are encrypted with it, so that it stays where they do. */
function createSecretKey(
  name: string,
  { namespace, stack, values, keepData, secretsGeneration: generation }: SupersetArgs,
  parent: pulumi.Resource,
): Key {
  const made = createKey(`${name}-secret-key`, { length: 56, generation }, parent);
  if (!keepData) return made;
  const service = { name: "superset", version: values.image.tag, stack };
  const kept = {
    namespace,
    secretName: "superset-secret-key",
    labels: labels(service, "secret-key"),
    generated: made,
    generation,
  };
  return keepKey(`${name}-secret-key`, kept, parent);
}

/** The values' image, or one with the database drivers on top of the official one, built here. */
function createImage(
  name: string,
  { values, registry }: SupersetArgs,
  parent: pulumi.Resource,
): pulumi.Input<string> {
  const { build, repository } = values.image;
  if (!build.enabled) return imageName(values.image);
  return buildImage(
    `${name}-image`,
    {
      context: join(__dirname, "..", "..", "images", "superset"),
      files: ["requirements.txt"],
      baseImage: build.baseImage,
      repository,
      registry,
    },
    { parent },
  );
}
