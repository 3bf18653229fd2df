import { coreApi } from "../resources/kubeconfig";
import type { StackOutputs } from "./outputs";

const shownCount = 8;
const shownLength = 300;

/**
 * The last warnings and errors of the processes that run Druid's tasks, and of those that give them their segments, of the
 * last five minutes: what is said of a task that runs and does not read. It throws no error, because it is called to
 * explain one.
 */
export async function lastWarnings({ namespace, context }: StackOutputs): Promise<string[]> {
  try {
    const core = await coreApi({ context });
    const { items } = await core.listNamespacedPod({
      namespace,
      labelSelector:
        "app.kubernetes.io/name=druid,app.kubernetes.io/component in (indexer,coordinator)",
    });
    const logs = await Promise.all(
      items.map(async ({ metadata }) => {
        const name = metadata?.name ?? "";
        // A pod that has not started has no log, and the others' are of use without it.
        const log = await core
          .readNamespacedPodLog({ namespace, name, sinceSeconds: 300 })
          .catch(() => "");
        return warningsOf(log).map((line) => `${name}: ${line}`);
      }),
    );
    return logs.flat();
  } catch {
    return [];
  }
}

/** The last lines of a log of Druid's that are warnings or errors, each text once. */
export function warningsOf(log: string): string[] {
  const byText = new Map<string, string>();
  for (const line of log.split("\n")) {
    const [, text] = line.match(/^\S+ ((?:WARN|ERROR) .*)/) ?? [];
    if (text === undefined) continue;
    // A text that comes again stands at its last place.
    byText.delete(text);
    byText.set(text, line.slice(0, shownLength));
  }
  return [...byText.values()].slice(-shownCount);
}
