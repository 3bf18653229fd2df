import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { App } from "./app";

/** Texts, or what becomes one, by the name of their file or variable. */
export type Data = Readonly<Record<string, pulumi.Input<string>>>;

/**
 * Files of an app, by name. Pulumi names the ConfigMap: a change makes a second one that the pods roll over to, where one
 * with a name of its own would be deleted first, and take with it the workloads that refer to it.
 *
 * @param resource its name in Pulumi, below the app's
 */
export function createConfigMap(
  app: App,
  component: string,
  data: Data,
  resource = "config",
): k8s.core.v1.ConfigMap {
  const name = `${app.resourceName}-${resource}`;
  return new k8s.core.v1.ConfigMap(name, { metadata: app.metadata(component), data }, app.options);
}

/** Secret data, and the Secret that holds it. */
export interface HeldSecrets {
  readonly data: Data;
  readonly secret: k8s.core.v1.Secret;
}

/** A Secret of an app; named as {@link createConfigMap} says. */
export function createSecret(
  app: App,
  component: string,
  data: Data,
  resource = "secret",
): HeldSecrets {
  const args = { metadata: app.metadata(component), stringData: data };
  const name = `${app.resourceName}-${resource}`;
  return { data, secret: new k8s.core.v1.Secret(name, args, app.options) };
}

/** Environment variables from keys of a Secret, each by the key's name. */
export function secretVariables(
  { data, secret }: HeldSecrets,
  keys = Object.keys(data),
): k8s.types.input.core.v1.EnvVar[] {
  const { name } = secret.metadata;
  return keys.map((key) => ({ name: key, valueFrom: { secretKeyRef: { name, key } } }));
}
