import { join } from "node:path";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { SupersetValues } from "../settings";
import { buildImage, type Registry } from "./image";
import { keepPassword } from "./kept-password";
import { labels } from "./labels";
import type { Namespace } from "./namespace";
import { imageName } from "./pod";
import type { DatabaseAccess } from "./postgres";
import { createConfig, createSecret, type SupersetParts } from "./superset-parts";
import {
  createDisruptionBudget,
  createService,
  createSetup,
  createWeb,
  serviceName,
} from "./superset-workloads";

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
  secretKey?: pulumi.Input<string>;
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
    this.adminPassword = createPassword(`${name}-admin-password`, 24, this);
    const secretKey = args.secretKey ?? createSecretKey(name, args, this);

    const parts: SupersetParts = {
      name,
      namespace,
      values,
      database,
      service: { name: "superset", version: values.image.tag, stack },
      image: createImage(name, args, this),
      admin: { ...args.admin, password: this.adminPassword },
      secrets: {
        SUPERSET_SECRET_KEY: secretKey,
        DATABASE_PASSWORD: database.password,
      },
      child: { ...namespace.inhabitant, parent: this },
    };
    const references = { config: createConfig(parts), secret: createSecret(parts) };
    this.setup = createSetup(parts, references);
    this.web = createWeb(parts, references);
    createService(parts);
    createDisruptionBudget(parts);
    this.registerOutputs({ service: this.service });
  }
}

/** Letters and digits, each near 6 bits. */
function createPassword(
  name: string,
  length: number,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  return new random.RandomPassword(name, { length, special: false }, { parent }).result;
}

/** Stored passwords are encrypted with it, so that it stays where they do. */
function createSecretKey(
  name: string,
  { namespace, stack, values, keepData }: SupersetArgs,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const generated = createPassword(`${name}-secret-key`, 56, parent);
  if (!keepData) return generated;
  const service = { name: "superset", version: values.image.tag, stack };
  return keepPassword(
    `${name}-secret-key`,
    {
      namespace,
      secretName: "superset-secret-key",
      labels: labels(service, "secret-key"),
      generated,
    },
    parent,
  );
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
      context: join(__dirname, "..", "images", "superset"),
      files: ["requirements.txt"],
      baseImage: build.baseImage,
      repository,
      registry,
    },
    { parent },
  );
}
