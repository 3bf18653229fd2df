import type { V1ContainerStatus, V1Pod } from "@kubernetes/client-node";
import type { Content } from "./section";

/** The pods with readiness, restarts and why they wait. Those of Jobs that have ended well are left out. */
export function describePods(pods: readonly V1Pod[], now = Date.now()): Content {
  const running = pods.filter(({ status }) => status?.phase !== "Succeeded");
  const states = running
    .map((pod) => stateOf(pod, now))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
  const problems = states.filter(({ ready }) => !ready);
  return {
    summary: `${states.length - problems.length} of ${states.length} ready`,
    table: {
      columns: [
        { title: "pod" },
        { title: "ready", align: "right" },
        { title: "restarts", align: "right" },
        { title: "age", align: "right", optional: 1 },
        { title: "state" },
      ],
      rows: states.map(({ name, containers, restarts, age, state }) => [
        name,
        containers,
        restarts,
        age,
        state,
      ]),
    },
    problems:
      states.length === 0
        ? ["the namespace has no pods: `make up` creates them"]
        : problems.map(({ name, state }) => `pod ${name} is not ready: ${state}`),
  };
}

function stateOf(pod: V1Pod, now: number) {
  const statuses = pod.status?.containerStatuses ?? [];
  const readyCount = statuses.filter(({ ready }) => ready).length;
  const total = pod.spec?.containers.length ?? 0;
  const restarts = statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
  const lastEnd = Math.max(
    0,
    ...statuses.map(({ lastState }) => Number(lastState?.terminated?.finishedAt ?? 0)),
  );
  return {
    name: pod.metadata?.name ?? "",
    ready: total > 0 && readyCount === total && pod.metadata?.deletionTimestamp === undefined,
    containers: `${readyCount}/${total}`,
    restarts: `${restarts}${lastEnd > 0 ? ` (${duration(now - lastEnd)} ago)` : ""}`,
    age: duration(now - Number(pod.metadata?.creationTimestamp ?? now)),
    state: reasonOf(pod, statuses),
  };
}

function reasonOf(pod: V1Pod, statuses: readonly V1ContainerStatus[]): string {
  if (pod.metadata?.deletionTimestamp !== undefined) return "Terminating";
  const all = [...(pod.status?.initContainerStatuses ?? []), ...statuses];
  const reasons = all.flatMap(({ state, ready }) =>
    ready ? [] : (state?.waiting?.reason ?? state?.terminated?.reason ?? []),
  );
  const [reason] = reasons.filter((one) => !["PodInitializing", "Completed"].includes(one));
  const unscheduled = pod.status?.conditions?.find(
    ({ type, status }) => type === "PodScheduled" && status === "False",
  );
  return reason ?? unscheduled?.message ?? pod.status?.phase ?? "Unknown";
}

/** The largest unit of a time in ms: `45s`, `12m`, `3h`, `2d`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** The versions of the software: of each image the tag, by its last name. */
export function describeVersions(pods: readonly V1Pod[], kubernetes: string): Content {
  const images = pods.flatMap(({ spec }) => spec?.containers.map(({ image }) => image ?? "") ?? []);
  const short = [...new Set(images.map((image) => image.replace(/^.*\//, "").replace(/@.*/, "")))];
  const rows = short.sort().map((image) => {
    const [name = "", tag = "latest"] = image.split(":");
    return [name, tag];
  });
  return { summary: [`Kubernetes ${kubernetes}`, ...rows.map((row) => row.join(" "))].join(", ") };
}
