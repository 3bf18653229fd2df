import type * as pulumi from "@pulumi/pulumi";
import { type Claimed, claim, staysClaimed } from "../claims";
import {
  type KafkaConnection,
  type OpenKafka,
  unlessNamespaceGone,
  withKafka,
} from "../connection";
import { changedKeys, hasUnknown } from "../drift";
import { DynamicResource } from "../dynamic-resource";
import { errorText } from "../error-text";
import { poll } from "../poll";
import { deleteUser, describeUser, iterations, setPassword } from "./scram";

/** The inputs as the provider sees them. */
export interface UserInputs {
  readonly connection: KafkaConnection;
  readonly username: string;
  readonly password: string;
  readonly __provider?: string;
}

export interface UserOutputs extends UserInputs {
  /** How often Kafka hashed the password; of one that was set by hand another number. */
  readonly iterations: number;
}

const comparedKeys = ["connection", "username", "password", "__provider"] as const;

async function check(_olds: UserInputs, news: UserInputs) {
  const failures: pulumi.dynamic.CheckFailure[] = [];
  claim(userOf(news));
  if (!hasUnknown(news.username) && !/^[a-zA-Z0-9._-]{1,249}$/.test(news.username)) {
    const reason = `"${news.username}" is no name of a user here: letters, digits, ., _ and -`;
    failures.push({ property: "username", reason });
  }
  return { inputs: news, failures };
}

async function diff(_id: string, olds: UserOutputs, news: UserInputs) {
  const changed = changedKeys<UserInputs>(olds, news, comparedKeys);
  const isDrifted = olds.iterations !== iterations;
  const replaces = changed.filter((key) => key === "username");
  return { changes: changed.length > 0 || isDrifted, replaces, deleteBeforeReplace: false };
}

async function apply(inputs: UserInputs): Promise<UserOutputs> {
  const { username, password } = inputs;
  await withUsers(inputs, 180_000, async (config) => {
    await setPassword(config, username, password);
    await awaitKnown(config, username);
  });
  return { ...inputs, iterations };
}

/** A broker knows what the controller has taken a moment later: until then it refuses the user. */
async function awaitKnown(config: OpenKafka["config"], username: string): Promise<void> {
  const failure = (last: string) =>
    new Error(`the broker does not know the user yet: ${last} (waited 30 s)`);
  await poll({ timeoutMs: 30_000, pauseMs: 100, failure }, async (report) => {
    const known = await describeUser(config, username);
    return known === iterations || report(known === undefined ? "no user" : `${known} iterations`);
  });
}

async function create(inputs: UserInputs) {
  return { id: inputs.username, outs: await apply(inputs) };
}

async function read(
  id: string,
  props?: UserOutputs,
): Promise<pulumi.dynamic.ReadResult<UserOutputs>> {
  if (props === undefined) throw new Error(`user ${id} can only be read with its state`);
  const live = await unlessNamespaceGone(
    withUsers(props, 30_000, (config) => describeUser(config, id)),
  );
  if (live === undefined) return { id: undefined };
  const { iterations: _, ...inputs } = props;
  return { id, props: { ...props, iterations: live }, inputs: inputs as UserOutputs };
}

async function update(_id: string, _olds: UserOutputs, news: UserInputs) {
  return { outs: await apply(news) };
}

async function remove(id: string, props: UserOutputs): Promise<void> {
  if (staysClaimed(userOf(props))) return;
  await unlessNamespaceGone(withUsers(props, 30_000, (config) => deleteUser(config, id)));
}

function userOf({ connection, username }: UserInputs): Claimed {
  return { kind: "user", connection, name: username };
}

async function withUsers<T>(
  { connection, username }: UserInputs,
  timeoutMs: number,
  use: Parameters<typeof withKafka<T>>[1],
): Promise<T> {
  return withKafka(
    connection,
    (config) =>
      use(config).catch((error: unknown) => {
        const at = config.brokers.join(",");
        throw new Error(`Kafka at ${at}, user ${username}: ${errorText(error)}`, { cause: error });
      }),
    { timeoutMs },
  );
}

/** The provider of `KafkaUser`; exported for tests. */
export const userProvider: pulumi.dynamic.ResourceProvider<UserInputs, UserOutputs> = {
  check,
  diff,
  create,
  read,
  update,
  delete: remove,
};

export interface KafkaUserArgs {
  /** With a client's certificate: requests about users are not sent by one who logs in as such. */
  readonly connection: pulumi.Input<KafkaConnection>;
  /** Another name is another user. */
  readonly username: pulumi.Input<string>;
  readonly password: pulumi.Input<string>;
}

/**
 * A user that logs in by SCRAM-SHA-512. An existing one is adopted, and has this password then. Nobody can ask Kafka for a
 * password, but one that was set by Kafka's own tools is told by how often it is hashed, and is set back.
 */
export class KafkaUser extends DynamicResource {
  declare readonly username: pulumi.Output<string>;

  constructor(name: string, args: KafkaUserArgs, options?: pulumi.CustomResourceOptions) {
    super("kafka:User", name, { ...args, iterations: undefined }, options);
  }
}
