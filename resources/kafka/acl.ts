import type * as pulumi from "@pulumi/pulumi";
import type { AclEntry, AclFilter, Admin } from "kafkajs";
import { type Claimed, claim, staysClaimed } from "../claims";
import { type KafkaConnection, unlessNamespaceGone, withKafka } from "../connection";
import { changedKeys, isSame } from "../drift";
import { DynamicResource } from "../dynamic-resource";
import { poll } from "../poll";
import { withAdmin } from "./api";

/** Kafka's operations by their numbers (org.apache.kafka.common.acl.AclOperation). Of a later Kafka there may be more. */
const operationNames = [
  ...["UNKNOWN", "ANY", "ALL", "READ", "WRITE", "CREATE", "DELETE", "ALTER", "DESCRIBE"],
  ...["CLUSTER_ACTION", "DESCRIBE_CONFIGS", "ALTER_CONFIGS", "IDEMPOTENT_WRITE"],
];

/** Those that users are given here. */
export type AclOperation = "ALL" | "READ" | "WRITE" | "DESCRIBE";

export interface AclResource {
  readonly type: "topic" | "group" | "cluster" | "transactionalId";
  /** `*`: all of the type. A cluster is called `kafka-cluster`. */
  readonly name: string;
}

/** The inputs as the provider sees them. */
export interface AclInputs {
  readonly connection: KafkaConnection;
  readonly username: string;
  readonly resource: AclResource;
  /** Sorted. After a refresh also what was added by hand, such as `DENY READ` or `WRITE from 10.0.0.1`. */
  readonly operations: readonly string[];
  readonly __provider?: string;
}

const comparedKeys = ["connection", "username", "resource", "operations", "__provider"] as const;
/** Changes after which other entries of Kafka are meant. */
const replacingKeys: readonly string[] = ["username", "resource"];

/** kafkajs' numbers, which are Kafka's. */
const resourceTypes = { topic: 2, group: 3, cluster: 4, transactionalId: 5 } as const;
const any = 1;
const allow = 3;
const literal = 3;

async function check(_olds: AclInputs, news: AclInputs) {
  claim(accessOf(news));
  return { inputs: news, failures: [] };
}

async function diff(_id: string, olds: AclInputs, news: AclInputs) {
  const changed = changedKeys<AclInputs>(olds, news, comparedKeys);
  const replaces = changed.filter((key) => replacingKeys.includes(key));
  return { changes: changed.length > 0, replaces, deleteBeforeReplace: false };
}

async function apply(inputs: AclInputs): Promise<AclInputs> {
  await withAcls(inputs, 180_000, async (admin) => {
    const live = await entries(admin, inputs);
    const isDeclared = ({ text }: Entry) => inputs.operations.includes(text);
    const missing = inputs.operations.filter((one) => !live.some(({ text }) => text === one));
    // What is missing comes first: there is no moment at which the user may do less than before and after.
    if (missing.length > 0) await admin.createAcls({ acl: declaredEntries(inputs, missing) });
    const superfluous = live.filter((entry) => !isDeclared(entry));
    if (superfluous.length > 0) await admin.deleteAcls({ filters: superfluous.map(filterOf) });
    if (missing.length + superfluous.length > 0) await awaitKnown(admin, inputs);
  });
  return inputs;
}

/** A broker knows what the controller has taken a moment later: until then it refuses what is allowed. */
async function awaitKnown(admin: Admin, inputs: AclInputs): Promise<void> {
  const who = `${inputs.username} on ${inputs.resource.type} ${inputs.resource.name}`;
  const failure = (last: string) =>
    new Error(`Kafka's brokers don't know the access of ${who} yet: ${last} (waited 30 s)`);
  await poll({ timeoutMs: 30_000, pauseMs: 100, failure }, async (report) => {
    const known = (await entries(admin, inputs)).map(({ text }) => text).sort();
    return isSame(known, [...inputs.operations].sort()) || report(known.join(", ") || "none");
  });
}

async function create(inputs: AclInputs) {
  const { type, name } = inputs.resource;
  return { id: `${principalOf(inputs)} ${type}/${name}`, outs: await apply(inputs) };
}

async function read(id: string, props?: AclInputs): Promise<pulumi.dynamic.ReadResult<AclInputs>> {
  if (props === undefined) throw new Error(`access ${id} can only be read with its state`);
  const live = await unlessNamespaceGone(withAcls(props, 30_000, (admin) => entries(admin, props)));
  if (live === undefined || live.length === 0) return { id: undefined };
  const outs = { ...props, operations: live.map(({ text }) => text).sort() };
  return { id, props: outs, inputs: outs };
}

async function update(_id: string, _olds: AclInputs, news: AclInputs) {
  return { outs: await apply(news) };
}

async function remove(_id: string, props: AclInputs): Promise<void> {
  if (staysClaimed(accessOf(props))) return;
  const filters = [filterOf(wholeOf(props))];
  await unlessNamespaceGone(
    withAcls(props, 30_000, async (admin) => {
      await admin.deleteAcls({ filters });
      await awaitKnown(admin, { ...props, operations: [] });
    }),
  );
}

function accessOf({ connection, username, resource }: AclInputs): Claimed {
  return { kind: "access", connection, name: `${username} ${resource.type}/${resource.name}` };
}

const principalOf = ({ username }: Pick<AclInputs, "username">) => `User:${username}`;

/** An entry of Kafka's, and how it is written here. */
interface Entry extends AclEntry {
  readonly text: string;
}

/** Whatever Kafka has of this user on this resource. */
async function entries(admin: Admin, inputs: AclInputs): Promise<Entry[]> {
  const whole = wholeOf(inputs);
  const { resources } = await admin.describeAcls(filterOf(whole));
  const found = resources.flatMap(({ acls }) => acls.map((acl) => ({ ...whole, ...acl })));
  return found.map((entry) => {
    const { operation, permissionType, host } = entry;
    const prefix = permissionType === allow ? "" : "DENY ";
    const suffix = host === "*" ? "" : ` from ${host}`;
    return { ...entry, text: `${prefix}${operationNames[operation] ?? operation}${suffix}` };
  });
}

/** All entries at once, as a filter has them. */
function wholeOf(inputs: AclInputs): AclEntry {
  return {
    resourceType: resourceTypes[inputs.resource.type],
    resourceName: inputs.resource.name,
    resourcePatternType: literal,
    principal: principalOf(inputs),
    host: "",
    operation: any,
    permissionType: any,
  };
}

function filterOf({ host, ...entry }: AclEntry): AclFilter {
  const { resourceType, resourceName, resourcePatternType, principal } = entry;
  const { operation, permissionType } = entry;
  return {
    ...{ resourceType, resourceName, resourcePatternType, principal, operation, permissionType },
    ...(host && { host }),
  };
}

function declaredEntries(inputs: AclInputs, operations: readonly string[]): AclEntry[] {
  const whole = wholeOf(inputs);
  return operations.map((name) => ({
    ...whole,
    host: "*",
    operation: operationNames.indexOf(name),
    permissionType: allow,
  }));
}

function withAcls<T>(
  { connection }: AclInputs,
  timeoutMs: number,
  use: (admin: Admin) => Promise<T>,
): Promise<T> {
  return withKafka(connection, (config) => withAdmin(config, use), { timeoutMs });
}

/** The provider of `KafkaAcl`; exported for tests. */
export const aclProvider: pulumi.dynamic.ResourceProvider<AclInputs, AclInputs> = {
  check,
  diff,
  create,
  read,
  update,
  delete: remove,
};

export interface KafkaAclArgs {
  readonly connection: pulumi.Input<KafkaConnection>;
  readonly username: pulumi.Input<string>;
  readonly resource: AclResource;
  readonly operations: readonly AclOperation[];
}

/**
 * What a user may do with one topic, group or cluster, or with all: the operations that are declared and no others. What
 * somebody added or took away by hand is seen by a refresh, and put back. It is deleted with its resource.
 */
export class KafkaAcl extends DynamicResource {
  constructor(name: string, args: KafkaAclArgs, options?: pulumi.CustomResourceOptions) {
    super("kafka:Acl", name, { ...args, operations: [...args.operations].sort() }, options);
  }
}
