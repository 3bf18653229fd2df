import type { Stream } from "../pipelines/declare/stream";
import { ingestionSpec } from "../pipelines/derive/ingestion";
import type { SupervisorStatus } from "../resources/druid/api";
import { oneLine, type Trouble } from "../resources/druid/health";
import { topicView } from "../resources/druid/topic-view";
import type { IngestionProof } from "./ingestion";
import { BrokenLink, waitFor } from "./link";

/** The spec of the stream's supervisor, but for the brokers. */
export const specOf = (stream: Stream) => ingestionSpec(stream, { bootstrapServers: "" });

/** How long a task must run after one that failed, in ms: one that fails again does so within seconds. */
const survivalMs = 20_000;
/** How long ago a failure is of no more interest, in ms. */
const recentMs = 60_000;

/**
 * Waits until Druid is seen to read the stream's topic: a task runs, and has read if there is something to read.
 *
 * @throws BrokenLink with the reason: at once for messages that Kafka deleted before Druid read them, for tasks that fail
 *   again and again and for a suspended supervisor; on time-out for everything else
 */
export async function requireReading(proof: IngestionProof): Promise<void> {
  const { stream, kafka, druid, timeoutMs } = proof;
  const id = stream.ingestion.datasource;
  const view = topicView(kafka, specOf(stream));
  const outcome = await waitFor<Trouble | "reads">(
    {
      link: "Kafka → Druid",
      what: `Druid to read topic ${stream.topic.name}`,
      timeoutMs,
      pauseMs: 1_000,
      explain: async () =>
        [await druid.supervisorState(id), ...(await druid.taskWarnings(id).catch(() => []))].join(
          "\n",
        ),
    },
    async (say) => {
      const trouble = await druid.trouble(id, view);
      if (trouble?.lasting) return trouble;
      if (trouble !== undefined) return void say(trouble.text);
      const status = await druid.status(id);
      if (status?.suspended) return { text: await druid.supervisorState(id), lasting: true };
      const reason = await notYet(proof, status);
      return reason === undefined ? "reads" : void say(reason);
    },
  );
  if (outcome !== "reads") {
    throw new BrokenLink("Kafka → Druid", `supervisor ${id} does not read: ${outcome.text}`);
  }
}

/** What is still missing until the supervisor is seen to read. */
export async function notYet(
  { stream, kafka, druid }: Pick<IngestionProof, "stream" | "kafka" | "druid">,
  status: SupervisorStatus | undefined,
): Promise<string | undefined> {
  if (status?.state === "IDLE") return undefined;
  const running = status?.activeTasks.filter(({ startTime }) => startTime) ?? [];
  if (running.length === 0) return "no task runs";
  const now = Date.now();
  const age = (time = "") => now - Date.parse(time);
  const ended = await druid.lastEnded(stream.ingestion.datasource);
  const endedAgo = age(ended?.createdTime) - Math.max(ended?.duration ?? 0, 0);
  const hasSurvived = running.some(({ startTime }) => age(startTime ?? "") > survivalMs);
  if (ended?.statusCode === "FAILED" && endedAgo < recentMs && !hasSurvived) {
    return `task ${ended.id} failed: ${oneLine(ended.errorMsg ?? "")}`;
  }
  const pairs = running.flatMap((task) =>
    Object.entries(task.startingOffsets ?? {}).map(([partition, start]) => ({
      partition: Number(partition),
      start: start ?? 0,
      next: task.currentOffsets?.[partition] ?? 0,
    })),
  );
  const ends = await kafka.offsets(stream.topic.name);
  const isWaiting = ends.some(({ partition, high }) =>
    pairs.some((pair) => pair.partition === partition && pair.start < high),
  );
  if (!isWaiting || pairs.some(({ start, next }) => next > start)) return undefined;
  // Druid tells new offsets each 10 s. The tasks themselves know more, but those that begin or end may not answer.
  const totals = await druid.totals(stream.ingestion.datasource).catch(() => ({}));
  const hasRead = Object.values(totals).some((count) => count > 0);
  return hasRead ? undefined : "a task runs, and has read nothing yet";
}
