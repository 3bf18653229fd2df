import type { PropertyMap } from "../../../provider";
import type { ApiClient } from "../client";
import { idOf, nameOf, namespaceOf, numberAt, textAt, valueAt } from "../object";
import { containerStatuses, warningsAbout } from "./troubles";

const logLines = 10;
const maxEvents = 5;
const maxPods = 3;

/** Events that say again what the container's status says. */
const saidByStatus = new Set(["Failed", "BackOff"]);

/**
 * What a person wants to know of pods that didn't come up: each container's last state with its
 * exit code, the last log lines, the warnings. Never throws: what can't be read is said so.
 */
export async function reportPods(
  client: ApiClient,
  pods: readonly PropertyMap[],
  events: readonly PropertyMap[],
): Promise<string[]> {
  const reports = pods.slice(0, maxPods).map((pod) => reportPod(client, pod, events));
  return (await Promise.all(reports)).flat();
}

async function reportPod(
  client: ApiClient,
  pod: PropertyMap,
  events: readonly PropertyMap[],
): Promise<string[]> {
  const troubled = containerStatuses(pod).filter(
    (status) => status.ready !== true && !isDone(status),
  );
  const containers = await Promise.all(
    troubled.map(async (status) => {
      const state = stateText(status);
      const log = await lastLogLines(client, pod, status);
      return log === "" ? state : `${state}\n${log}`;
    }),
  );
  const warnings = warningsAbout(pod, events)
    .filter((event) => !saidByStatus.has(textAt(event, "reason") ?? ""))
    .slice(-maxEvents)
    .map(eventText);
  const lines = [...containers, ...warnings];
  return lines.map((line) => `[Pod ${idOf(pod)}]: ${line}`);
}

export function eventText(event: PropertyMap): string {
  return `event: [${textAt(event, "reason")}] ${textAt(event, "message") ?? ""}`;
}

/** An init container that has ended well is no trouble. */
function isDone(status: PropertyMap): boolean {
  return numberAt(status, "state", "terminated", "exitCode") === 0;
}

function stateText(status: PropertyMap): string {
  const parts: string[] = [];
  const waitingReason = textAt(status, "state", "waiting", "reason");
  if (waitingReason) {
    parts.push(
      `waits [${waitingReason}] ${textAt(status, "state", "waiting", "message") ?? ""}`.trim(),
    );
  }
  if (valueAt(status, "state", "running") !== undefined) parts.push("runs but is not ready");
  for (const [label, path] of [
    ["ended", ["state", "terminated"]],
    ["last ended", ["lastState", "terminated"]],
  ] as const) {
    const exitCode = numberAt(status, ...path, "exitCode");
    if (exitCode === undefined) continue;
    const reason = textAt(status, ...path, "reason") ?? "";
    const message = textAt(status, ...path, "message") ?? "";
    const at = textAt(status, ...path, "finishedAt");
    parts.push(
      `${label} with exit code ${exitCode} [${reason}]${at ? ` at ${at}` : ""}${message ? `: ${message.trim()}` : ""}`,
    );
  }
  const restarts = numberAt(status, "restartCount") ?? 0;
  if (restarts > 0) parts.push(`restarted ${restarts} times`);
  return `container "${textAt(status, "name")}" ${parts.join(", ")}`;
}

/** The log of the container's last run, indented; empty when it never ran. */
async function lastLogLines(
  client: ApiClient,
  pod: PropertyMap,
  status: PropertyMap,
): Promise<string> {
  const isRunning = valueAt(status, "state", "running") !== undefined;
  const hasEnded = valueAt(status, "state", "terminated") !== undefined;
  const hadRun = valueAt(status, "lastState", "terminated") !== undefined;
  if (!isRunning && !hasEnded && !hadRun) return "";
  const path = `/api/v1/namespaces/${namespaceOf(pod)}/pods/${nameOf(pod)}/log`;
  const query = {
    container: textAt(status, "name"),
    tailLines: String(logLines),
    ...(!isRunning && !hasEnded && hadRun ? { previous: "true" } : {}),
  };
  try {
    const { text } = await client.text({ path, query });
    const lines = text.trimEnd().split("\n");
    return text.trim() === ""
      ? "  (its log is empty)"
      : lines.map((line) => `  ${line}`).join("\n");
  } catch (error) {
    return `  (its log can't be read: ${error instanceof Error ? error.message : String(error)})`;
  }
}
