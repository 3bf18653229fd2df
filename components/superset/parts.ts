import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { SupersetValues } from "../../settings";
import { labels, type Service } from "../kubernetes/labels";
import type { Namespace } from "../kubernetes/namespace";
import { type ContainerArgs, fromSecret } from "../kubernetes/pod";
import { type DatabaseAccess, sslMode } from "../postgres/database";

/** What all parts of one Superset are made from. */
export interface SupersetParts {
  /** Logical name, which the parts' names start with. */
  name: string;
  namespace: Namespace;
  values: SupersetValues;
  service: Service;
  /** Image that all parts run. */
  image: pulumi.Input<string>;
  database: DatabaseAccess;
  /** First user, of whom the Job alone is told. */
  admin: { username: string; email: string };
  /** By the environment variable that each is read from. */
  secrets: Readonly<Record<string, pulumi.Input<string>>>;
  /** Generation of the secret key; undefined where the key is not of the stack's making. */
  keyGeneration?: number;
  /** As `secrets`, of the Job alone. */
  setupSecrets: Readonly<Record<string, pulumi.Input<string>>>;
  child: pulumi.CustomResourceOptions;
}

/** What the pods refer to by name. */
export interface SupersetReferences {
  config: k8s.core.v1.ConfigMap;
  secret: k8s.core.v1.Secret;
}

type EnvVar = k8s.types.input.core.v1.EnvVar;

/** User `superset` of the official image. */
export const supersetUid = 1000;
/** Folder of superset_config.py and the programs. */
export const configDir = "/etc/superset";
/** Folder of the image's Python environment. */
export const virtualEnv = "/app/.venv";
const homeDir = "/app/superset_home";

/** Named by Pulumi, so that a change makes a second one that the pods roll over to. */
export function createConfig(parts: SupersetParts): k8s.core.v1.ConfigMap {
  const { name, namespace, values, service, child } = parts;
  return new k8s.core.v1.ConfigMap(
    `${name}-config`,
    {
      metadata: { namespace: namespace.name, labels: labels(service, "config") },
      data: {
        "superset_config.py": `${program("superset_config.py")}${values.config && `\n${values.config}`}`,
        "secret_key.py": program("secret_key.py"),
        "setup.py": program("setup.py"),
        "server.py": program("server.py"),
      },
    },
    child,
  );
}

function program(file: string): string {
  return readFileSync(join(__dirname, file), "utf8");
}

/** What the pods' environment is filled from; named by Pulumi, so that a change makes a second one that they roll over to. */
export function createSecret(parts: SupersetParts): k8s.core.v1.Secret {
  const { name, namespace, service, secrets, setupSecrets, child } = parts;
  return new k8s.core.v1.Secret(
    `${name}-secret`,
    {
      metadata: { namespace: namespace.name, labels: labels(service, "secret") },
      stringData: { ...secrets, ...setupSecrets },
    },
    child,
  );
}

/** What the web server's and the Job's containers have in common. */
export function baseContainer(
  parts: SupersetParts,
  { secret }: SupersetReferences,
): Pick<ContainerArgs, "image" | "imagePullPolicy" | "volumeMounts"> & { env: EnvVar[] } {
  const { values, image, database, secrets } = parts;
  return {
    image,
    imagePullPolicy: values.image.pullPolicy,
    env: [
      { name: "SUPERSET_CONFIG_PATH", value: `${configDir}/superset_config.py` },
      { name: "SUPERSET_HOME", value: homeDir },
      { name: "SUPERSET_HTTPS", value: String(values.https) },
      // The root file system is read-only: writing byte code could only fail.
      { name: "PYTHONDONTWRITEBYTECODE", value: "1" },
      { name: "PYTHONUNBUFFERED", value: "1" },
      { name: "DATABASE_HOST", value: database.host },
      { name: "DATABASE_PORT", value: String(database.port) },
      { name: "DATABASE_NAME", value: database.name },
      { name: "DATABASE_USER", value: database.username },
      ...sslMode(database),
      ...Object.keys(secrets).map((key) => fromSecret(key, secret, key)),
    ],
    volumeMounts: [
      { name: "config", mountPath: configDir, readOnly: true },
      { name: "home", mountPath: homeDir },
    ],
  };
}

export function baseVolumes({ config }: SupersetReferences) {
  return [
    { name: "config", configMap: { name: config.metadata.name } },
    { name: "home", emptyDir: {} },
  ];
}
