import type { CoreV1Api } from "@kubernetes/client-node";
import { z } from "zod";
import { withHttp } from "../resources/connection";
import type { StackOutputs } from "../verify/outputs";
import type { Content } from "./section";

const answer = z.object({
  data: z.object({
    alerts: z.array(
      z.object({
        state: z.string(),
        activeAt: z.string().optional(),
        labels: z.record(z.string(), z.string()),
        annotations: z.record(z.string(), z.string()).default({}),
      }),
    ),
  }),
});
export type Alert = z.output<typeof answer>["data"]["alerts"][number];

/** The alerts that fire, from the stack's Prometheus. */
export async function readAlerts(
  core: CoreV1Api,
  { namespace, context }: StackOutputs,
): Promise<Content> {
  const labelSelector = "app.kubernetes.io/name=prometheus";
  const { items } = await core.listNamespacedService({ namespace, labelSelector });
  const port = items[0]?.spec?.ports?.[0]?.port;
  const service = items[0]?.metadata?.name;
  if (port === undefined || service === undefined) {
    return { summary: "the stack has no Prometheus that would tell" };
  }
  const kubernetes = { namespace, service, port, ...(context !== undefined && { context }) };
  return withHttp(
    { kubernetes },
    async (url) => {
      const response = await fetch(`${url}/api/v1/alerts`, { signal: AbortSignal.timeout(8_000) });
      if (!response.ok) {
        throw new Error(`Prometheus answered ${response.status} to GET /api/v1/alerts`);
      }
      return describeAlerts(answer.parse(await response.json()).data.alerts);
    },
    { timeoutMs: 3_000 },
  );
}

/** The section about alerts. One that is pending is shown, and is no problem yet. */
export function describeAlerts(alerts: readonly Alert[]): Content {
  const firing = alerts.filter(({ state }) => state === "firing");
  const pending = alerts.filter(({ state }) => state === "pending").map(nameOf);
  return {
    summary: `${firing.length || "none"} ${firing.length === 1 ? "fires" : "fire"}${
      pending.length > 0 ? `; pending: ${pending.join(", ")}` : ""
    }`,
    problems: firing.map((alert) => {
      const { summary, description } = alert.annotations;
      return `${nameOf(alert)} fires${summary || description ? `: ${description ?? summary}` : ""}`;
    }),
  };
}

function nameOf({ labels }: Alert): string {
  const { alertname = "?", stream } = labels;
  return stream === undefined ? alertname : `${alertname} (${stream})`;
}
