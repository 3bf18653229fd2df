import type { CoreV1Api, V1Pod } from "@kubernetes/client-node";
import { errorText } from "../../resources/error-text";

const shownLineCount = 15;
/** Lines to read, before the lines of stack traces are left out. A stack trace of Java can have hundreds. */
const readLineCount = 500;
const eventCount = 3;

/**
 * Prints the conditions, the last events and the last log lines of each pod that is not ready. It throws no error, because
 * it is called to explain one.
 */
export async function explainPods(core: CoreV1Api, namespace: string): Promise<void> {
  try {
    const { items } = await core.listNamespacedPod({ namespace });
    for (const pod of items.filter(isInTrouble)) {
      console.error(await explain(core, namespace, pod));
    }
  } catch (error) {
    console.error(`The pods of ${namespace} could not be asked: ${errorText(error)}`);
  }
}

function isInTrouble({ metadata, status }: V1Pod): boolean {
  if (metadata?.deletionTimestamp || status?.phase === "Succeeded") return false;
  return !status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True");
}

async function explain(core: CoreV1Api, namespace: string, pod: V1Pod): Promise<string> {
  const name = pod.metadata?.name ?? "";
  const lines = [`\nPod ${namespace}/${name} is not ready (${pod.status?.phase}):`];
  for (const { type, status, reason, message } of pod.status?.conditions ?? []) {
    if (status !== "True" && type === "PodScheduled") lines.push(`  ${reason}: ${message}`);
  }
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const troubled = [...initContainerStatuses, ...containerStatuses].filter(
    ({ ready, state }) => !ready && state?.terminated?.exitCode !== 0,
  );
  for (const { name: container, state, restartCount } of troubled) {
    const { reason, message } = state?.waiting ?? state?.terminated ?? {};
    const restarts = restartCount > 0 ? `, restarted ${restartCount} times` : "";
    const word = reason ?? (state?.running ? "running, not ready" : "waiting");
    lines.push(`  ${container}: ${word}${restarts}${message ? `: ${message.trim()}` : ""}`);
  }
  lines.push(...(await eventsOf(core, namespace, name)));
  for (const { name: container, restartCount, state } of troubled) {
    // What has ended, or waits for its next start, has the crash in its own log.
    const previous = restartCount > 0 && state?.running !== undefined;
    const log = await lastLines(core, { namespace, name, container, previous });
    if (log.length > 0) lines.push(`  the last lines of ${container}:`, ...log);
  }
  return lines.join("\n");
}

async function eventsOf(core: CoreV1Api, namespace: string, pod: string): Promise<string[]> {
  const fieldSelector = `involvedObject.name=${pod},type=Warning`;
  const { items } = await core.listNamespacedEvent({ namespace, fieldSelector });
  return items
    .slice(-eventCount)
    .map(({ reason, message, count }) => `  event ${reason} (${count ?? 1}×): ${message}`);
}

interface LogOf {
  readonly namespace: string;
  readonly name: string;
  readonly container: string;
  /** True: the log of the container that crashed, not of the one that was started after it. */
  readonly previous: boolean;
}

async function lastLines(core: CoreV1Api, of: LogOf): Promise<string[]> {
  const log = await core.readNamespacedPodLog({ ...of, tailLines: readLineCount }).catch(() => ""); // a container that never ran has no log
  // The kubelet says so in place of a log that it has removed.
  if (of.previous && log.startsWith("unable to retrieve container logs")) {
    return lastLines(core, { ...of, previous: false });
  }
  return log
    .split("\n")
    .filter((line) => line !== "" && !/^\s+(at |\.\.\. \d+ more)/.test(line))
    .slice(-shownLineCount)
    .map((line) => `    ${line}`);
}
