import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { SupersetValues } from "../../settings";
import { App } from "../kubernetes/app";
import { createConfigMap, createSecret } from "../kubernetes/config";
import { imageWithDrivers } from "../kubernetes/drivers";
import { expose } from "../kubernetes/exposure";
import type { Registry } from "../kubernetes/image";
import type { Namespace } from "../kubernetes/namespace";
import { createKey, createPassword, type Key } from "../kubernetes/secret";
import { authorityData, type DatabaseAccess } from "../postgres/database";
import { createSetup, createWeb, python, registrarUsername, serviceName } from "./workloads";

export interface SupersetArgs {
  /** Namespace to live in. */
  readonly namespace: Namespace;
  readonly values: SupersetValues;
  /** Its metadata's database. */
  readonly database: DatabaseAccess;
  /** First user, who may do everything. */
  readonly admin: { readonly username: string; readonly email: string };
  /** Signs sessions and encrypts stored passwords. Default: one made here, kept with the data. */
  readonly secretKey?: Key;
  /** Of the secrets that are made here: counted up, another of each is made. */
  readonly secretsGeneration: number;
  /** `host:port` to which it sends its counters, as statsd's lines. Default: it sends none. */
  readonly statsAddress?: string;
  /** Where the image goes that is built here. */
  readonly registry: Registry;
}

/** Superset: its web server, and the Job that migrates its database and makes the first user. */
export class Superset extends pulumi.ComponentResource {
  /** Name of the Service. */
  readonly service = serviceName;
  readonly port: number;
  readonly adminUsername: string;
  /** Made here, a secret. What the administrator sets in Superset instead is told to nobody. */
  readonly adminPassword: pulumi.Output<string>;
  /** Whom the registrations log in as, so that they don't depend on an administrator's password. */
  readonly registrar: { readonly username: string; readonly password: pulumi.Output<string> };
  /** Complete once the users can log in. */
  readonly setup: k8s.batch.v1.Job;
  /** Where people reach it from outside of the cluster. Undefined: only by a port-forward. */
  readonly url?: pulumi.Output<string>;
  /** Ready once it serves. */
  readonly web: k8s.apps.v1.Deployment;

  constructor(name: string, args: SupersetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:Superset", name, {}, opts);
    const { namespace, values, database, admin, secretsGeneration: generation } = args;
    const version = values.image.tag;
    const app = new App({ name: "superset", version, namespace, parent: this, resourceName: name });
    this.port = values.service.port;
    this.adminUsername = admin.username;
    this.adminPassword = createPassword(app, "admin-password", { length: 24, generation });
    if (admin.username === registrarUsername) {
      throw new Error(
        `supersetAdminUsername is "${registrarUsername}", which is the user of the stack's own registrations: take another name`,
      );
    }
    this.registrar = {
      username: registrarUsername,
      password: createPassword(app, "registrar-password", { length: 24, generation }),
    };
    // Stored passwords are encrypted with it, so that it stays where they do.
    const secretKey = args.secretKey ?? createKey(app, "secret-key", { length: 56, generation });

    const secrets = {
      SUPERSET_SECRET_KEY: secretKey.current,
      DATABASE_PASSWORD: database.password,
    };
    const setupSecrets = {
      ADMIN_PASSWORD: this.adminPassword,
      REGISTRAR_PASSWORD: this.registrar.password,
      ...(secretKey.previous && { SUPERSET_PREVIOUS_SECRET_KEY: secretKey.previous }),
    };
    const shared = {
      values,
      database,
      image: imageWithDrivers(app, values.image, args.registry, python),
      config: createConfig(app, values, database),
      secrets,
      held: createSecret(app, "secret", { ...secrets, ...setupSecrets }),
    };
    this.setup = createSetup(app, shared, {
      admin,
      secrets: setupSecrets,
      keyGeneration: args.secretKey === undefined ? generation : undefined,
    });
    this.web = createWeb(app, shared, args.statsAddress);
    this.url = expose(app, { component: "web", service: serviceName, values });
    this.registerOutputs({ service: this.service });
  }
}

function createConfig(
  app: App,
  { config }: SupersetValues,
  database: DatabaseAccess,
): k8s.core.v1.ConfigMap {
  const program = (file: string) => readFileSync(join(__dirname, file), "utf8");
  return createConfigMap(app, "config", {
    "superset_config.py": `${program("superset_config.py")}${config && `\n${config}`}`,
    "secret_key.py": program("secret_key.py"),
    "setup.py": program("setup.py"),
    "users.py": program("users.py"),
    "server.py": program("server.py"),
    ...authorityData(database),
  });
}
