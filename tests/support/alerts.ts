/** The alerts of the stack's Prometheus. */
import { z } from "zod";
import type { StackOutputs } from "../../verify/outputs";
import { until, withService } from "./stack";

const answer = z.object({
  data: z.object({
    alerts: z.array(z.object({ state: z.string(), labels: z.record(z.string(), z.string()) })),
  }),
});
const samples = z.object({
  data: z.object({
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        value: z.tuple([z.number(), z.string()]),
      }),
    ),
  }),
});

/** Which alert, by its name and some of its labels. */
export interface Wanted {
  readonly alert: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Names of the alerts that fire, each with its labels. */
async function firing(url: string): Promise<Record<string, string>[]> {
  const { data } = answer.parse(await get(`${url}/api/v1/alerts`));
  return data.alerts.filter(({ state }) => state === "firing").map(({ labels }) => labels);
}

async function get(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`Prometheus answered ${response.status} to ${url}`);
  return response.json();
}

/** Label sets of an instant query's result. */
export async function query(
  outputs: StackOutputs,
  expr: string,
): Promise<Record<string, string>[]> {
  return (await ask(outputs, expr)).map(({ metric }) => metric);
}

/** Values of an instant query's result. */
export async function values(outputs: StackOutputs, expr: string): Promise<number[]> {
  return (await ask(outputs, expr)).map(({ value: [, text] }) => Number(text));
}

function ask(outputs: StackOutputs, expr: string) {
  return withService(outputs, "prometheus", async (url) => {
    const found = await get(`${url}/api/v1/query?query=${encodeURIComponent(expr)}`);
    return samples.parse(found).data.result;
  });
}

/** Waits until an alert fires. Returns the time that it took, in ms. */
export function fires(outputs: StackOutputs, wanted: Wanted, limitMs: number): Promise<number> {
  return becomes(outputs, wanted, true, limitMs);
}

/** Waits until an alert no longer fires. */
export function clears(outputs: StackOutputs, wanted: Wanted, limitMs: number): Promise<number> {
  return becomes(outputs, wanted, false, limitMs);
}

/** Makes a trouble, waits for its alerts, ends it, and waits until they are over. Limits are of each alert, in ms. */
export async function firesDuring(
  outputs: StackOutputs,
  limits: { readonly fireMs: number; readonly clearMs: number },
  alerts: readonly Wanted[],
  begin: () => Promise<void> | void,
  end: () => Promise<void> | void,
): Promise<void> {
  await begin();
  try {
    for (const alert of alerts) await fires(outputs, alert, limits.fireMs);
  } finally {
    await end();
  }
  for (const alert of alerts) await clears(outputs, alert, limits.clearMs);
}

async function becomes(
  outputs: StackOutputs,
  { alert, labels = {} }: Wanted,
  isWanted: boolean,
  limitMs: number,
): Promise<number> {
  const begun = Date.now();
  const expected = Object.entries({ alertname: alert, ...labels });
  await withService(outputs, "prometheus", (url) =>
    until(
      `the alert ${alert} to ${isWanted ? "fire" : "clear"}`,
      async (say) => {
        const all = await firing(url);
        say(`firing: ${JSON.stringify(all)}`);
        const has = all.some((one) => expected.every(([key, value]) => one[key] === value));
        return has === isWanted || undefined;
      },
      limitMs,
    ),
  );
  return Date.now() - begun;
}
