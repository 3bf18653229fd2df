import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Namespace } from "./namespace";
import type { Key } from "./secret";

interface KeptPasswordArgs {
  /** Namespace to live in; it must be one that a destroy keeps. */
  namespace: Namespace;
  /** Name of the Secret that holds it. */
  secretName: string;
  labels: Record<string, string>;
  /** What it is where none was kept. */
  generated: pulumi.Output<string>;
}

const key = "password";

/**
 * A password without which kept data can't be read. It stays in the namespace as the data does, in a Secret that a destroy
 * leaves and from which the next `up` takes it.
 */
function keepPassword(
  name: string,
  args: KeptPasswordArgs,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const { namespace, secretName, labels, generated } = args;
  const metadata = { name: secretName, namespace: namespace.name, labels };
  const options = { ...namespace.inhabitant, parent, retainOnDelete: true };
  // Applied without data: what an earlier life of the stack has put there stays, and is read.
  const found = new k8s.core.v1.Secret(`${name}-kept`, { metadata }, options);
  const password = pulumi.secret(
    pulumi.all([found.data, generated]).apply(([data, made]) => {
      const kept = data?.[key];
      return kept ? Buffer.from(kept, "base64").toString("utf8") : made;
    }),
  );
  new k8s.core.v1.Secret(`${name}-keep`, { metadata, stringData: { [key]: password } }, options);
  return password;
}

export interface KeptKeyArgs extends Omit<KeptPasswordArgs, "generated"> {
  /** What it and the one before are where none was kept. */
  generated: Key;
  /** Of the key; each generation's has a Secret of its own. */
  generation: number;
}

/** A key and the one before it, kept as {@link keepPassword} says. */
export function keepKey(
  name: string,
  { generated, generation, secretName, ...args }: KeptKeyArgs,
  parent: pulumi.Resource,
): Key {
  const keep = (key: pulumi.Input<string>, of: number) => {
    const suffix = of === 1 ? "" : `-${of}`;
    const kept = { ...args, secretName: secretName + suffix, generated: pulumi.output(key) };
    return keepPassword(name + suffix, kept, parent);
  };
  return {
    current: keep(generated.current, generation),
    ...(generated.previous && { previous: keep(generated.previous, generation - 1) }),
  };
}
