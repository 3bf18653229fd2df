import type { CoreV1Api, V1Pod } from "@kubernetes/client-node";
import type { Stream } from "../pipelines/declare/stream";
import { openHttp } from "../resources/connection";
import { coreApi, openKubeconfig } from "../resources/kubeconfig";
import { within } from "../resources/within";
import { Druid } from "../verify/druid";
import { describe } from "../verify/link";
import { druidLogin, kafkaOf, type StackOutputs, targetOf } from "../verify/outputs";
import { openKafkaProbe } from "../verify/topic";
import { readAlerts } from "./alerts";
import { readDisks } from "./disks";
import { describePods, describeVersions } from "./pods";
import { type Section, section } from "./section";
import { readSlots } from "./slots";
import { readStreams } from "./streams";

/** How long the API server may take, in ms. */
const apiMs = 8_000;
/** How long to wait for a ready pod of a service, in ms: one that is down is to be told soon. */
const openOptions = { timeoutMs: 2_000 };
/** Streams may read messages after all else. */
const streamsMs = 30_000;

/** All sections, what matters most first. One whose service does not answer says so, and the others go on. */
export async function readStatus(
  outputs: StackOutputs,
  streams: readonly Stream[],
): Promise<Section[]> {
  const found = await listPods(outputs).catch((error: unknown) => describe(error));
  if (typeof found === "string") {
    const where = process.env.KUBECONFIG ?? "~/.kube/config";
    const problem = `cannot list the pods of namespace ${outputs.namespace} through ${where}: ${found}. \`make cluster-status\` shows what runs of the embedded cluster`;
    return [{ title: "Cluster", problems: [problem] }];
  }
  const { core, pods } = found;
  const services = connect(outputs);
  try {
    return await Promise.all([
      section("Alerts", () => readAlerts(core, outputs)),
      section(
        "Streams",
        () => readStreams(streams, async () => new Druid(await services.druid()), services.kafka),
        streamsMs,
      ),
      section("Task slots", async () => readSlots(await services.druid())),
      section("Pods", async () => describePods(pods)),
      section("Disks", () => readDisks(core, outputs.namespace, pods)),
      section("Versions", async () => describeVersions(pods, await kubernetesVersion(outputs))),
    ]);
  } finally {
    // In the background: a client of a service that is down takes its time.
    void services.close();
  }
}

async function listPods({ namespace, context }: StackOutputs): Promise<{
  core: CoreV1Api;
  pods: V1Pod[];
}> {
  const core = await coreApi({ context });
  const { items } = await within(apiMs, core.listNamespacedPod({ namespace }));
  return { core, pods: items };
}

async function kubernetesVersion({ context }: StackOutputs): Promise<string> {
  const { VersionApi } = await import("@kubernetes/client-node");
  const api = (await openKubeconfig({ context })).makeApiClient(VersionApi);
  return (await api.getCode()).gitVersion.replace(/^v/, "");
}

/** Connections to Druid and Kafka, each opened once, when it is first asked for. */
function connect(outputs: StackOutputs) {
  const closers: (() => Promise<void>)[] = [];
  let isClosed = false;
  const keep = <T extends { close(): Promise<void> }>(open: T): T => {
    // What opens when nobody waits for it any more is closed at once.
    if (isClosed) void open.close();
    else closers.push(open.close);
    return open;
  };
  const druid = once(async () => {
    const target = { kubernetes: targetOf(outputs, "druid") };
    return keep(await openHttp(target, { ...openOptions, login: druidLogin(outputs) })).url;
  });
  const kafka = once(async () => keep(await openKafkaProbe(kafkaOf(outputs), openOptions)));
  return {
    druid,
    kafka,
    close: () => {
      isClosed = true;
      return Promise.allSettled(closers.map((close) => close()));
    },
  };
}

function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open();
    return opened;
  };
}
