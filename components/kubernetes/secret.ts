import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { coreApi } from "../../resources/kubeconfig";
import type { App } from "./app";

export interface RandomSecretArgs {
  /** Letters and digits, each near 6 bits: they need no quoting in SQL, a URL or a shell. */
  readonly length: number;
  /** Counted up, another secret is made. The first generation's resources have no number in their names. */
  readonly generation: number;
}

/** A key with the one before it, by which what that one encrypted can be read still. */
export interface Key {
  readonly current: pulumi.Input<string>;
  /** Undefined in the first generation. */
  readonly previous?: pulumi.Input<string>;
}

/**
 * A secret of the stack's own making. Each generation's is a resource of its own: Pulumi makes the next before it changes
 * what uses it, and forgets the last when all of that has succeeded.
 *
 * @param name its name in Pulumi, below the app's
 */
export function createPassword(
  app: App,
  name: string,
  { length, generation }: RandomSecretArgs,
): pulumi.Output<string> {
  const resource = `${app.resourceName}-${ofGeneration(name, generation)}`;
  const args = { length, special: false };
  return new random.RandomPassword(resource, args, { parent: app.parent }).result;
}

/**
 * A key that data is encrypted with: that of this generation and the one before, which stays in the state until the next.
 * A destroy that keeps the data keeps both, and they stay what they are when a later one is to delete it.
 *
 * @param name as of a password, and also the component that its Secret is labelled with
 */
export function createKey(app: App, name: string, args: RandomSecretArgs): Key {
  const create = (generation: number) => {
    const made = createPassword(app, name, { ...args, generation });
    const keep = app.namespace.keepData ? keepPassword : useKept;
    return keep(app, name, generation, made);
  };
  const { generation } = args;
  return {
    current: create(generation),
    ...(generation > 1 && { previous: create(generation - 1) }),
  };
}

const field = "password";

/**
 * A password without which kept data can't be read. It stays in the namespace as the data does, in a Secret that a destroy
 * leaves and from which the next `up` takes it.
 *
 * @param made what it is where none was kept
 */
function keepPassword(
  app: App,
  name: string,
  generation: number,
  made: pulumi.Output<string>,
): pulumi.Output<string> {
  const { namespace, parent } = app;
  const resource = `${app.resourceName}-${ofGeneration(name, generation)}`;
  const metadata = app.metadata(name, keptName(app, name, generation));
  const options = { ...namespace.childOptions, parent, retainOnDelete: true };
  // Applied without data: what an earlier life of the stack has put there stays, and is read.
  const found = new k8s.core.v1.Secret(`${resource}-kept`, { metadata }, options);
  const password = pulumi.secret(
    pulumi.all([found.data, made]).apply(([data, own]) => passwordIn(data) ?? own),
  );
  const stringData = { [field]: password };
  new k8s.core.v1.Secret(`${resource}-keep`, { metadata, stringData }, options);
  return password;
}

/**
 * The password that was kept, also once the data is no longer to be kept: what it encrypted is there until the destroy. Its
 * Secret then belongs to no resource, and goes with the namespace.
 */
function useKept(
  app: App,
  name: string,
  generation: number,
  made: pulumi.Output<string>,
): pulumi.Output<string> {
  // Without an engine, as in tests, there is no cluster to ask.
  if (!pulumi.runtime.hasEngine()) return made;
  const { namespace } = app;
  const secret = keptName(app, name, generation);
  return pulumi.secret(
    pulumi.all([namespace.name, made]).apply(async ([namespaceName, own]) => {
      const core = await coreApi({ context: namespace.context });
      const { items } = await core.listNamespacedSecret({
        namespace: namespaceName,
        fieldSelector: `metadata.name=${secret}`,
      });
      return passwordIn(items[0]?.data) ?? own;
    }),
  );
}

const keptName = (app: Pick<App, "name">, name: string, generation: number) =>
  `${app.name}-${ofGeneration(name, generation)}`;

function passwordIn(data: Record<string, string> | undefined): string | undefined {
  const kept = data?.[field];
  return kept ? Buffer.from(kept, "base64").toString("utf8") : undefined;
}

/** A name that each generation has its own of. The first has no number. */
export function ofGeneration(name: string, generation: number): string {
  return generation === 1 ? name : `${name}-${generation}`;
}
