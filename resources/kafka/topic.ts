import type * as pulumi from "@pulumi/pulumi";
import { type Claimed, claim, placeOf, staysClaimed } from "../claims";
import {
  type KafkaConnection,
  type OpenKafka,
  unlessNamespaceGone,
  withKafka,
} from "../connection";
import { changedKeys, hasUnknown, isSame } from "../drift";
import { DynamicResource } from "../dynamic-resource";
import {
  addPartitions,
  createTopic,
  deleteTopic,
  getTopic,
  setConfig,
  shownTopic,
  type Topic,
  type TopicConfig,
  type TopicSpec,
  viewTopic,
  withAdmin,
} from "./api";
import { fetchTopicId } from "./topic-id";
import { unreadable } from "./trouble";

/** The inputs as the provider sees them. */
export interface TopicInputs {
  readonly connection: KafkaConnection;
  readonly topicName: string;
  /** False: the topic is only read, and has none of the next three. */
  readonly managed?: false;
  readonly partitions?: number;
  readonly replicationFactor?: number;
  readonly config?: TopicConfig;
  readonly dataOnDelete?: "keep";
  readonly __provider?: string;
}

export interface TopicOutputs extends TopicInputs {
  readonly topicId: string;
}

const comparedKeys = [
  "connection",
  "topicName",
  "managed",
  "partitions",
  "replicationFactor",
  "config",
  "dataOnDelete",
  "__provider",
] as const;
/** What a topic that is only read has by itself is no change of it. */
const readKeys = ["connection", "topicName", "managed", "dataOnDelete", "__provider"] as const;

async function check(olds: TopicInputs, news: TopicInputs) {
  const failures: pulumi.dynamic.CheckFailure[] = [];
  const fail = (property: string, reason: string) => failures.push({ property, reason });
  const { topicName, config } = news;
  claim(topicOf(news));
  if (!hasUnknown(topicName) && !/^[a-zA-Z0-9._-]{1,249}$/.test(topicName)) {
    fail("topicName", `"${topicName}" is no topic name: letters, digits, ., _ and -, 249 at most`);
  }
  for (const property of ["partitions", "replicationFactor"] as const) {
    const value: unknown = news[property];
    const isNeeded = news.managed !== false && property === "partitions";
    if ((value === undefined && !isNeeded) || hasUnknown(value)) continue;
    if (!(Number.isInteger(value) && Number(value) >= 1)) {
      fail(property, `must be a whole number ≥ 1, is ${JSON.stringify(value)}`);
    }
  }
  for (const [key, value] of Object.entries(hasUnknown(config) ? {} : (config ?? {}))) {
    if (typeof value !== "string") {
      fail(`config["${key}"]`, `must be text, as Kafka keeps it, is ${JSON.stringify(value)}`);
    }
  }
  return { inputs: news, failures: failures.length > 0 ? failures : [...refusals(olds, news)] };
}

/** Changes that Kafka can make only by deleting the topic: they are never made silently. */
function refusals(
  olds: Partial<TopicInputs>,
  news: TopicInputs,
): readonly pulumi.dynamic.CheckFailure[] {
  const { topicName, partitions, replicationFactor } = olds;
  if (topicName !== news.topicName || hasUnknown(news.topicName) || hasMoved(olds, news)) {
    return [];
  }
  const found: pulumi.dynamic.CheckFailure[] = [];
  if (partitions !== undefined && news.partitions !== undefined && news.partitions < partitions) {
    found.push({
      property: "partitions",
      reason:
        `topic ${topicName} has ${partitions} partitions and can't go down to ${news.partitions}: Kafka cannot remove ` +
        `partitions. Declare ${partitions}, or give the topic another name, which starts it empty`,
    });
  }
  const isKnown =
    replicationFactor !== undefined &&
    news.replicationFactor !== undefined &&
    !hasUnknown(news.replicationFactor);
  if (isKnown && news.replicationFactor !== replicationFactor) {
    found.push({
      property: "replicationFactor",
      reason:
        `topic ${topicName} has replication factor ${replicationFactor} and can't change to ${news.replicationFactor} in place: ` +
        `declare ${replicationFactor}, or reassign its partitions with kafka-reassign-partitions and refresh`,
    });
  }
  return found;
}

/** In another Kafka it is another topic. */
function hasMoved(olds: Partial<TopicInputs>, news: TopicInputs): boolean {
  if (olds.connection === undefined || hasUnknown(news.connection)) return false;
  return !isSame(placeOf(olds.connection), placeOf(news.connection));
}

/** Whether the topic outlives its resource. */
const isKept = ({ managed, dataOnDelete }: TopicInputs) =>
  managed === false || dataOnDelete === "keep";

/**
 * A renamed topic is another topic: the old one is deleted, with its messages. The CLI prints a provider's lines in the
 * output of preview and up. What `check` refuses counts as a change here, because a refresh asks for the diff of what it
 * has found.
 */
async function diff(_id: string, olds: TopicOutputs, news: TopicInputs) {
  const keys = news.managed === false ? readKeys : comparedKeys;
  const changed = changedKeys<TopicInputs>(olds, news, keys);
  const replaces = changed.filter((key) => key === "topicName");
  if (hasMoved(olds, news)) {
    console.log(
      `warning: topic ${news.topicName} is another Kafka's from now on: ${movedData(olds)}`,
    );
  } else if (replaces.length > 0 && !isKept(olds)) {
    const successor = hasUnknown(news.topicName) ? "another" : news.topicName;
    console.log(
      `warning: topic ${olds.topicName} is replaced by ${successor}, which begins empty; the messages of ${olds.topicName} are ` +
        "deleted (rows that Druid has read from it stay)",
    );
  }
  return { changes: changed.length > 0, replaces, deleteBeforeReplace: false };
}

/** What becomes of the messages and the rows when the topic is another Kafka's. */
function movedData(olds: TopicInputs): string {
  const stay =
    "kubernetes" in olds.connection ? "go with the stack's own Kafka" : "stay in the old one";
  return `it is read from its first message, the old one's messages ${stay}, and rows stay in Druid`;
}

/** Creates the topic, or updates the existing one. One that is only read is looked at. */
async function apply(inputs: TopicInputs): Promise<TopicOutputs> {
  const { topicName } = inputs;
  if (inputs.managed === false) return { ...inputs, ...(await view(inputs, 180_000)) };
  return withTopics(inputs, 180_000, async (config, admin) => {
    const live = await getTopic(config, admin, topicName);
    if (live === undefined) {
      await createTopic(admin, topicName, specOf(inputs));
    } else {
      await updateTopic(admin, live, inputs);
    }
    const { topicId } = await shownTopic(config, admin, topicName);
    return { ...inputs, topicId };
  });
}

/** What a topic that is only read has. @throws Error where it is not there, or not to be seen */
async function view(inputs: TopicInputs, timeoutMs: number) {
  const { topicName } = inputs;
  const found = await withTopics(inputs, timeoutMs, async (config, admin) => {
    const seen = await viewTopic(admin, topicName);
    if ("refusal" in seen) return unreadable(config, topicName, seen.refusal);
    return { partitions: seen.partitions, topicId: await fetchTopicId(config, topicName) };
  });
  if (typeof found === "string") throw new Error(found);
  return found;
}

const specOf = ({ partitions = 1, replicationFactor, config = {} }: TopicInputs): TopicSpec => ({
  partitions,
  ...(replicationFactor !== undefined && { replicationFactor }),
  config,
});

async function updateTopic(
  admin: Parameters<typeof setConfig>[0],
  live: Topic,
  inputs: TopicInputs,
): Promise<void> {
  const refused = refusals({ ...live, topicName: inputs.topicName }, inputs);
  if (refused.length > 0) {
    throw new Error(refused.map(({ reason }) => reason).join("; "));
  }
  const { partitions, config } = specOf(inputs);
  if (partitions > live.partitions) {
    await addPartitions(admin, inputs.topicName, partitions);
  }
  if (!isSame(live.config, config)) {
    await setConfig(admin, inputs.topicName, config);
  }
}

async function create(inputs: TopicInputs) {
  return { id: inputs.topicName, outs: await apply(inputs) };
}

async function read(
  id: string,
  props?: TopicOutputs,
): Promise<pulumi.dynamic.ReadResult<TopicOutputs>> {
  if (props === undefined) {
    throw new Error(`topic ${id} can only be read with its state`);
  }
  if (props.managed === false) {
    const seen = await unlessNamespaceGone(view(props, 30_000));
    if (seen === undefined) return { id: undefined };
    const { partitions: _, topicId: _id, ...inputs } = props;
    return { id, props: { ...props, ...seen }, inputs: inputs as TopicOutputs };
  }
  const live = await unlessNamespaceGone(
    withTopics(props, 30_000, (config, admin) => getTopic(config, admin, id)),
  );
  if (live === undefined) {
    return { id: undefined };
  }
  const { replicationFactor, ...declared } = live;
  const copies = props.replicationFactor === undefined ? {} : { replicationFactor };
  const outs = { ...props, ...declared, ...copies };
  const { topicId: _, ...inputs } = outs;
  // The inputs too, so that a preview shows the field that drifted; the SDK types them as outputs.
  return { id, props: outs, inputs: inputs as TopicOutputs };
}

async function update(_id: string, _olds: TopicOutputs, news: TopicInputs) {
  return { outs: await apply(news) };
}

function topicOf({ connection, topicName }: TopicInputs): Claimed {
  return { kind: "topic", connection, name: topicName };
}

async function remove(id: string, props: TopicOutputs): Promise<void> {
  if (isKept(props)) return console.log(`topic ${id} stays in Kafka with its messages`);
  if (staysClaimed(topicOf(props))) return;
  await unlessNamespaceGone(withTopics(props, 30_000, (_config, admin) => deleteTopic(admin, id)));
}

function withTopics<T>(
  inputs: TopicInputs,
  timeoutMs: number,
  use: (config: OpenKafka["config"], admin: Parameters<typeof deleteTopic>[0]) => Promise<T>,
): Promise<T> {
  return withKafka(
    inputs.connection,
    (config) => withAdmin(config, (admin) => use(config, admin)),
    { timeoutMs },
  );
}

/** The provider of `KafkaTopic`; exported for tests. */
export const topicProvider: pulumi.dynamic.ResourceProvider<TopicInputs, TopicOutputs> = {
  check,
  diff,
  create,
  read,
  update,
  delete: remove,
};

export interface KafkaTopicArgs {
  readonly connection: pulumi.Input<KafkaConnection>;
  /** Another name is another topic, and the messages of the old one are deleted. */
  readonly topicName: pulumi.Input<string>;
  /** False: it is only read, never created, altered or deleted, and the next three are left out. Default: true. */
  readonly managed?: boolean;
  /** More can be added later; fewer are refused. */
  readonly partitions?: pulumi.Input<number>;
  /** It can't be changed in place; another one is refused. Default: the brokers' own. */
  readonly replicationFactor?: pulumi.Input<number>;
  /** The topic's own configuration by Kafka's names; what is left out follows the brokers. Default: none. */
  readonly config?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Whether the topic is deleted with its resource. Default: "delete". */
  readonly dataOnDelete?: "delete" | "keep";
}

/**
 * A topic. An existing topic of that name is adopted and updated, unless it is only read. It is deleted with its resource,
 * unless it is only read, `dataOnDelete` keeps it, or another resource of the program declares it.
 */
export class KafkaTopic extends DynamicResource {
  declare readonly topicName: pulumi.Output<string>;
  declare readonly partitions: pulumi.Output<number>;
  /** Kafka's own identity of the topic: another one after it was deleted and created again. */
  declare readonly topicId: pulumi.Output<string>;

  constructor(name: string, args: KafkaTopicArgs, options?: pulumi.CustomResourceOptions) {
    const { managed = true, dataOnDelete, config = {}, ...rest } = args;
    const props = {
      ...rest,
      // Left out where they are the default, as in states of earlier versions.
      ...(managed ? { config } : { managed, partitions: undefined }),
      ...(dataOnDelete === "keep" && { dataOnDelete }),
      topicId: undefined,
    };
    super("kafka:Topic", name, props, options);
  }
}
