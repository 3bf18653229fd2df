import type * as pulumi from "@pulumi/pulumi";
import { type Claimed, placeOf } from "../claims";
import { type HttpConnection, type KafkaConnection, withHttp } from "../connection";
import { changedKeys, hasUnknown, isSame } from "../drift";
import { pauseSupervisors, resumeSupervisors } from "../druid/pause";
import { DynamicResource } from "../dynamic-resource";
import { errorText } from "../error-text";
import { type Login, loginOf } from "../http-login";
import { type DataObject, datasourceLosses, type Loss, topicLosses } from "./loss";

/** The inputs as the state has them. */
export interface GuardInputs {
  readonly kafka: KafkaConnection;
  readonly druid: HttpConnection;
  /** Of Druid's user. A state from before Druid asked for one has neither. */
  readonly username?: string;
  readonly password?: string;
  /** Whose supervisors are paused: project/stack. */
  readonly owner: string;
  readonly topics: readonly string[];
  /** Topics that streams read and that nothing here deletes. Default: none. */
  readonly keptTopics?: readonly string[];
  readonly datasources: readonly string[];
  readonly dataOnDelete: "delete" | "keep";
  readonly __provider?: string;
}

/** The inputs as the program gives them. */
export interface DeclaredInputs extends GuardInputs {
  /** `topic/NAME` or `datasource/NAME` of each object that may be deleted with its data. */
  readonly deleteData: readonly string[];
}

export interface GuardOutputs extends GuardInputs {
  /** Datasources that are no longer declared, whose supervisors were paused. */
  readonly paused: readonly string[];
}

/**
 * Refuses before anything is deleted, in preview too. Streams wait for it; services that change in the same run do not. The permission is left out of the inputs, so that giving or
 * taking it changes nothing.
 */
async function check(olds: Partial<GuardInputs>, { deleteData, ...news }: DeclaredInputs) {
  const stale = staleEntries(olds, news, deleteData);
  const failures =
    stale.length > 0
      ? [
          `${stale.join(", ")}: a stream declares that, so it is not to be deleted. Take it out, by \`pulumi config rm deleteData\``,
        ]
      : await refusals(olds, news, deleteData);
  return {
    inputs: news as DeclaredInputs,
    failures: failures.map((reason) => ({ property: "deleteData", reason })),
  };
}

async function refusals(
  olds: Partial<GuardInputs>,
  news: GuardInputs,
  deleteData: readonly string[],
): Promise<string[]> {
  if (!isComplete(olds)) return [];
  const gone = removed(olds, news, deleteData);
  try {
    const losses = [
      ...(await topicLosses(olds.kafka, gone.topics)),
      ...(await datasourceLosses(olds.druid, gone.datasources, loginBefore(olds, news))),
    ];
    const isOtherKafka = hasMoved(olds.kafka, news.kafka) && !hasMoved(olds.druid, news.druid);
    return losses.length === 0 ? [] : [refusal(losses, deleteData, isOtherKafka)];
  } catch (error) {
    // Services that no longer run must not hold a stream for ever.
    const objects = allObjects(gone);
    const names = objects.map(({ kind, name }) => `${kind} ${name}`).join(", ");
    return [
      `no stream declares ${names} any more, and nobody says whether there is data: ${errorText(error)}. Nothing was deleted. ` +
        `To delete it in any case, run ${permission(objects, deleteData)}`,
    ];
  }
}

/** A permission that was left behind would let the data of a later stream go. */
function staleEntries(
  olds: Partial<GuardInputs>,
  news: GuardInputs,
  deleteData: readonly string[],
): string[] {
  const gone = isComplete(olds) ? allObjects(removed(olds, news, [])).map(entryOf) : [];
  const declared = allObjects(news).map(entryOf);
  return deleteData.filter((entry) => declared.includes(entry) && !gone.includes(entry));
}

function refusal(
  losses: readonly Loss[],
  deleteData: readonly string[],
  isOtherKafka: boolean,
): string {
  const lost = losses.map(({ kind, name, amount }) => `${kind} ${name} (${amount})`).join(", ");
  if (isOtherKafka) {
    return (
      `another Kafka takes the place of the stack's own, with which ${lost} would be deleted. Nothing was deleted. Rows that ` +
      "Druid has read stay. To keep the messages, put external.brokers in charts-values/kafka.yaml back. To delete them, run " +
      `${permission(losses, deleteData)}, which writes deleteData into Pulumi.<stack>.yaml`
    );
  }
  return (
    `no stream declares ${lost} any more, and the data would be deleted with it. Nothing was deleted. To keep it, put the ` +
    "stream back, or declare these names by the topic.name and ingestion.datasource of another one. To delete it, run " +
    `${permission(losses, deleteData)}, which writes deleteData into Pulumi.<stack>.yaml`
  );
}

function permission(objects: readonly DataObject[], deleteData: readonly string[]): string {
  return `\`pulumi config set deleteData ${[...deleteData, ...objects.map(entryOf)].join(",")}\``;
}

const entryOf = ({ kind, name }: DataObject) => `${kind}/${name}`;

function allObjects({
  topics,
  datasources,
}: Pick<GuardInputs, "topics" | "datasources">): DataObject[] {
  return [
    ...topics.map((name) => ({ kind: "topic" as const, name })),
    ...datasources.map((name) => ({ kind: "datasource" as const, name })),
  ];
}

/** A new resource has no old inputs. */
function isComplete(olds: Partial<GuardInputs>): olds is GuardInputs {
  return olds.topics !== undefined;
}

/** What the program no longer declares, and may be deleted only with permission. */
function removed(olds: GuardInputs, news: GuardInputs, deleteData: readonly string[]) {
  const isKept = olds.dataOnDelete === "keep";
  // With its namespace, or its Kafka, all goes, unless the volumes stay.
  const isMoved = {
    topic: hasMoved(olds.kafka, news.kafka),
    datasource: hasMoved(olds.druid, news.druid),
  };
  const gone = (kind: DataObject["kind"], before: readonly string[], after: readonly string[]) =>
    isMoved[kind] && isKept
      ? []
      : before.filter(
          (name) =>
            (isMoved[kind] || !after.includes(name)) &&
            !deleteData.includes(entryOf({ kind, name })),
        );
  return {
    topics: gone("topic", olds.topics, [...news.topics, ...(news.keptTopics ?? [])]),
    datasources: isKept ? [] : gone("datasource", olds.datasources, news.datasources),
  };
}

function hasMoved(before: Claimed["connection"], after: Claimed["connection"]): boolean {
  return !hasUnknown(after) && !isSame(placeOf(before), placeOf(after));
}

async function diff(_id: string, olds: GuardOutputs, news: GuardInputs) {
  const changed = changedKeys<GuardInputs>(olds, news, [
    "kafka",
    "druid",
    "username",
    "password",
    "owner",
    "topics",
    "keptTopics",
    "datasources",
    "dataOnDelete",
    "__provider",
  ]);
  return { changes: changed.length > 0 };
}

async function create(inputs: GuardInputs) {
  return { id: inputs.owner, outs: { ...inputs, paused: [] } };
}

/**
 * Pulumi deletes last. So what is to be deleted stops reading first, and its task slots are free for what is made. A run
 * that fails after this may be followed by one that declares the datasource again.
 */
async function update(_id: string, olds: GuardOutputs, news: GuardInputs) {
  const isDeclared = (name: string) => news.datasources.includes(name);
  const gone = hasMoved(olds.druid, news.druid)
    ? []
    : olds.datasources.filter((name) => !isDeclared(name));
  const back = olds.paused.filter(isDeclared);
  if (gone.length + back.length > 0) {
    await withHttp(
      news.druid,
      async (url) => {
        await pauseSupervisors(url, gone, news.owner);
        await resumeSupervisors(url, back, news.owner);
      },
      { login: loginBefore(olds, news), timeoutMs: 180_000 },
    );
  }
  const paused = [...olds.paused, ...gone].filter((name) => !isDeclared(name));
  return { outs: { ...news, paused: [...new Set(paused)] } };
}

/** The guard comes before Druid's users get other passwords. Where Druid asked for none, any will do. */
function loginBefore(olds: GuardInputs, news: GuardInputs): Login | undefined {
  return loginOf(olds) ?? loginOf(news);
}

/** The provider of `DataGuard`; exported for tests. */
export const guardProvider: pulumi.dynamic.ResourceProvider<DeclaredInputs, GuardOutputs> = {
  check,
  diff,
  create,
  update,
};

export interface DataGuardArgs {
  readonly kafka: pulumi.Input<KafkaConnection>;
  /** The router's HTTP. */
  readonly druid: pulumi.Input<HttpConnection>;
  /** Of Druid's user. Default: Druid asks for none. */
  readonly username?: string;
  readonly password?: pulumi.Input<string>;
  readonly owner: string;
  /** The topics of streams that are deleted with them. */
  readonly topics: readonly string[];
  /** Topics that streams read and that nothing here deletes. Default: none. */
  readonly keptTopics?: readonly string[];
  /** The datasources of all streams. */
  readonly datasources: readonly string[];
  /** What becomes of rows when their supervisor is removed. */
  readonly dataOnDelete: "delete" | "keep";
  /** `topic/NAME` or `datasource/NAME` of each object that may be deleted with its data. */
  readonly deleteData: readonly string[];
}

/**
 * The names of all topics and datasources that the program declares. When one of them is no longer declared, and has data,
 * preview and up are refused. It exists only in the state, so that a destroy is not refused.
 */
export class DataGuard extends DynamicResource {
  constructor(name: string, args: DataGuardArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "data:Guard",
      name,
      { ...args, paused: undefined },
      { ...options, additionalSecretOutputs: ["password"] },
    );
  }
}
