import * as pulumi from "@pulumi/pulumi";
import { type Claimed, claim, staysClaimed } from "../claims";
import {
  type HttpConnection,
  type KafkaConnection,
  unlessNamespaceGone,
  withHttp,
} from "../connection";
import { changedKeys, hasUnknown, isSame, withDrift } from "../drift";
import { DynamicResource } from "../dynamic-resource";
import { errorText } from "../error-text";
import { loginOf } from "../http-login";
import { isObject, type JsonObject, objectOf } from "../json";
import { poll } from "../poll";
import { unfinished } from "../unfinished";
import {
  type AppliedSettings,
  applySettings,
  type DatasourceSettings,
  driftOfSettings,
  removeSettings,
} from "./datasource";
import { type TopicView, troubleOf } from "./health";
import {
  applySupervisor,
  newOwner,
  readSupervisor,
  removeSupervisor,
  type SupervisorRequest,
} from "./lifecycle";
import { isRefusedLogin } from "./request";
import { awaitRunning } from "./running";
import { topicReader, topicView } from "./topic-view";
import { datasourceOf } from "./validation";

/** The inputs as the provider sees them. */
export interface SupervisorInputs extends SupervisorRequest, DatasourceSettings {
  readonly connection: HttpConnection;
  /** A state from before Druid asked for one has neither. */
  readonly username?: string;
  readonly password?: string;
  readonly kafka?: KafkaConnection;
  /** Only after a refresh: why the supervisor did not read. */
  readonly problem?: string;
  readonly dataOnDelete: "delete" | "keep";
  readonly __provider?: string;
}

export interface SupervisorOutputs extends SupervisorInputs {
  /** What was declared when the spec was last sent, and how Druid read it: what the live spec is compared with. */
  readonly applied: {
    readonly declared: JsonObject;
    readonly live: JsonObject;
    /** The same of rules and compaction; a state from before they could be declared does not have it. */
    readonly settings?: AppliedSettings;
  };
}

/** Not `adopt`: it is about the creation, and changes nothing of an existing supervisor. */
const comparedKeys = [
  "connection",
  "username",
  "password",
  "kafka",
  "problem",
  "datasource",
  "spec",
  "topicId",
  "topicPartitions",
  "owner",
  "dataOnDelete",
  "rules",
  "compaction",
  "__provider",
] as const;

async function check(_olds: SupervisorInputs, news: SupervisorInputs) {
  const failures: pulumi.dynamic.CheckFailure[] = [];
  const fail = (property: string, reason: string) => failures.push({ property, reason });
  claim(supervisorOf(news));
  if (!hasUnknown(news.spec)) {
    if (news.spec?.type !== "kafka") {
      fail("spec.type", `must be "kafka", is ${JSON.stringify(news.spec?.type)}`);
    }
    for (const part of ["dataSchema", "ioConfig"]) {
      if (!isObject(objectOf(news.spec?.spec)[part])) {
        fail(`spec.spec.${part}`, "is missing");
      }
    }
    const datasource = datasourceOf(news.spec);
    if (!hasUnknown(news.datasource) && datasource !== news.datasource) {
      fail("datasource", `is ${news.datasource}, but the spec's dataSource is ${datasource}`);
    }
  }
  return { inputs: news, failures };
}

/**
 * A renamed datasource is another table: the old one is deleted, with its rows unless `dataOnDelete` is keep. The
 * CLI prints a provider's lines in the output of preview and up.
 */
async function diff(_id: string, olds: SupervisorOutputs, news: SupervisorInputs) {
  const changed = changedKeys<SupervisorInputs>(olds, news, comparedKeys);
  const replaces = changed.filter((key) => key === "datasource");
  if (replaces.length > 0) {
    console.log(replacementWarning(olds, news));
  }
  return { changes: changed.length > 0, replaces, deleteBeforeReplace: false };
}

function replacementWarning(olds: SupervisorOutputs, news: SupervisorInputs): string {
  const successor = hasUnknown(news.datasource) ? "another" : news.datasource;
  return (
    `warning: datasource ${olds.datasource} is replaced by ${successor}, which begins with what the topic still has; ` +
    (olds.dataOnDelete === "keep"
      ? `the rows of ${olds.datasource} stay in Druid under that name`
      : `the rows of ${olds.datasource} are deleted`)
  );
}

async function apply(
  inputs: SupervisorInputs,
  olds?: SupervisorOutputs,
): Promise<SupervisorOutputs> {
  return withHttp(
    inputs.connection,
    async (url) => {
      const tried = olds !== undefined && isSame(olds.spec, inputs.spec);
      const live = await applySupervisor(url, { ...inputs, tried });
      const before = olds?.applied.settings;
      const settings = await applySettings(url, inputs.datasource, inputs, before);
      const outs = { ...inputs, applied: { declared: inputs.spec, live, settings } };
      try {
        await awaitRunning(url, inputs.datasource, { topic: topicOf(inputs), spec: live });
      } catch (error) {
        // Druid has the supervisor, so the state must have it too: the next run continues with it.
        throw unfinished(error, inputs.datasource, outs);
      }
      return outs;
    },
    { login: loginOf(inputs), timeoutMs: 180_000 },
  );
}

function topicOf({ kafka, spec }: SupervisorInputs): TopicView | undefined {
  return kafka && topicView(topicReader(kafka), spec);
}

async function create(inputs: SupervisorInputs) {
  return { id: inputs.datasource, outs: await apply(inputs) };
}

async function read(
  id: string,
  props?: SupervisorOutputs,
): Promise<pulumi.dynamic.ReadResult<SupervisorOutputs>> {
  if (props === undefined) {
    throw new Error(`supervisor ${id} can only be read with its state`);
  }
  const { declared, live: applied, settings } = props.applied;
  const read = async (url: string) => ({
    live: await readSupervisor(url, id),
    drift: await driftOfSettings(url, id, settings),
    problem: await readProblem(url, id, topicOf(props)),
  });
  const options = { login: loginOf(props), timeoutMs: 30_000 };
  const found = await unlessNamespaceGone(withHttp(props.connection, read, options)).catch(
    (error: unknown) => (isRefusedLogin(error) ? errorText(error) : Promise.reject(error)),
  );
  if (typeof found === "string") return withInputs(id, { ...props, problem: found });
  if (found?.live === undefined) {
    return { id: undefined };
  }
  const { live, drift, problem } = found;
  const { rules: _rules, compaction: _compaction, problem: _problem, ...rest } = props;
  const spec = withDrift(declared, applied, live) as JsonObject;
  return withInputs(id, { ...rest, ...drift, ...(problem && { problem }), spec });
}

/** The inputs too, so that a preview shows the field that drifted; the SDK types them as outputs. */
function withInputs(id: string, props: SupervisorOutputs) {
  const { applied: _, ...inputs } = props;
  return { id, props, inputs: inputs as SupervisorOutputs };
}

/** How long a refresh waits for trouble to pass, in ms. */
const passingMs = 20_000;

/** Why the supervisor does not read, if that lasts. */
async function readProblem(
  url: string,
  id: string,
  topic?: TopicView,
): Promise<string | undefined> {
  const until = Date.now() + passingMs;
  const look = async () => {
    // A refresh reads on without Kafka: what Druid says is told in any case.
    const trouble = await troubleOf(url, id, topic).catch(() => troubleOf(url, id));
    if (trouble === undefined) return { text: undefined };
    return trouble.lasting || Date.now() >= until ? { text: trouble.text } : undefined;
  };
  const failure = () => new Error(`supervisor ${id} could not be read`);
  const options = { timeoutMs: 2 * passingMs, pauseMs: 2_000, failure };
  return (await poll(options, look)).text;
}

async function update(_id: string, olds: SupervisorOutputs, news: SupervisorInputs) {
  return { outs: await apply(news, olds) };
}

function supervisorOf({ connection, datasource }: SupervisorInputs): Claimed {
  return { kind: "supervisor", connection, name: datasource };
}

async function remove(id: string, props: SupervisorOutputs): Promise<void> {
  if (staysClaimed(supervisorOf(props))) return;
  const data = props.dataOnDelete;
  const removal = async (url: string) => {
    const other = await newOwner(url, { ...props, datasource: id });
    if (other !== undefined) {
      console.log(`supervisor ${id} stays with its rows: it belongs to ${other} now`);
      return;
    }
    await removeSupervisor(url, id, data);
    // The rules and the compaction of rows that stay are kept too.
    if (data === "delete") await removeSettings(url, id);
  };
  const options = { login: loginOf(props), timeoutMs: 30_000 };
  await unlessNamespaceGone(withHttp(props.connection, removal, options));
}

/** The provider of `DruidSupervisor`; exported for tests. */
export const supervisorProvider: pulumi.dynamic.ResourceProvider<
  SupervisorInputs,
  SupervisorOutputs
> = { check, diff, create, read, update, delete: remove };

export interface DruidSupervisorArgs {
  /** The router's HTTP (with its management proxy), or the leading coordinator's that is also the overlord. */
  readonly connection: pulumi.Input<HttpConnection>;
  /** A user of Druid who may do what it takes. Default: Druid asks for none. */
  readonly username?: pulumi.Input<string>;
  readonly password?: pulumi.Input<string>;
  /** Kafka as this program reaches it: what it deleted before Druid read it is then found. Default: it is not looked for. */
  readonly kafka?: pulumi.Input<KafkaConnection>;
  /** The Kafka supervisor's spec, as Druid's API takes it. Another datasource in it replaces the supervisor. */
  readonly spec: pulumi.Input<object>;
  /** A message's value: the spec is tried on it before it is sent. Default: on the topic's messages only. */
  readonly example?: pulumi.Input<string>;
  /** `KafkaTopic.topicId`: when the topic is created again, reading starts at its first message. */
  readonly topicId?: pulumi.Input<string>;
  /** `KafkaTopic.partitions`: when some are added, the tasks are replaced once, so that they read them. */
  readonly topicPartitions?: pulumi.Input<number>;
  /** Druid's load and drop rules of the datasource, the first that fits a segment counts. Default: none, all segments are loaded. */
  readonly rules?: pulumi.Input<pulumi.Input<object>[]>;
  /** Druid's automatic compaction of the datasource, as its API takes it, without `dataSource`. Default: none. */
  readonly compaction?: pulumi.Input<object>;
  /** Whose supervisor it is; that of another owner is refused. Default: nobody's. */
  readonly owner?: pulumi.Input<string>;
  /** Take over another owner's supervisor. Default: false. */
  readonly adopt?: pulumi.Input<boolean>;
  /** Whether the rows are deleted with the supervisor. Default: "delete". */
  readonly dataOnDelete?: pulumi.Input<"delete" | "keep">;
}

/**
 * An ingestion from Kafka into a Druid datasource: a supervisor, its tasks and the rows that they made. A running
 * supervisor of the same name is adopted. The spec is tried on Druid's sampler before it replaces another. It is
 * deleted with its resource, unless another resource of the program declares it, or another owner has taken it over.
 */
export class DruidSupervisor extends DynamicResource {
  /** The datasource's name, which is also the supervisor's id. */
  declare readonly datasource: pulumi.Output<string>;
  /** The spec as declared; after a refresh with the live values where they drifted. */
  declare readonly spec: pulumi.Output<object>;

  constructor(name: string, args: DruidSupervisorArgs, options?: pulumi.CustomResourceOptions) {
    const datasource = pulumi.output(args.spec).apply(datasourceOf);
    super(
      "druid:Supervisor",
      name,
      { ...args, dataOnDelete: args.dataOnDelete ?? "delete", datasource, applied: undefined },
      pulumi.mergeOptions(options, { additionalSecretOutputs: ["password"] }),
    );
  }
}
