import { openHttp } from "../resources/connection";
import { endedTasks, unfinishedTasks } from "../resources/druid/api";
import { druidLogin, targetOf } from "../verify/outputs";
import type { Benchmark } from "./figure";
import { make, type Run, readRunningStack } from "./stack";

/** From docs/benchmarks.md. */
const firstUpMs = 75_000;
const secondUpMs = 8_000;

/** The stack to destroy first. Its default is not the stack `local`, which a person may use. */
const variables = { STACK: process.env.BENCH_STACK ?? "test" };

/** How long `make up` takes when cluster and images exist, and how long when there is nothing to do. */
export const up: Benchmark = {
  name: "up",
  about:
    "second `make up` ÷ first, when cluster and images exist; destroys the stack first (BENCH_STACK, default test)",
  disruptive: true,
  run: async (progress) => {
    await make("down", variables, progress);
    const first = await make("up", variables, progress);
    const before = await taskIds();
    const second = await make("up", variables, progress);
    const after = await taskIds();
    const firstMs = sinceStack(first);
    const sameTasks = before.some((id) => after.includes(id));
    return {
      name: "make up",
      measured: [
        ...stages(first).map(({ seconds, name }) => `${String(seconds).padStart(5)} s ${name}`),
        `first: ${seconds(first.ms)}, of which ${seconds(firstMs)} after cluster and images, to the first data of the dashboard`,
        `second: ${seconds(second.ms)}; Druid's task ${sameTasks ? "went on" : `was another: ${before} became ${after}`}`,
      ],
      ratio: second.ms / first.ms,
      ratioOf: "second ÷ first",
      target: {
        text: `first ≤ ${seconds(firstUpMs)}, second ≤ ${seconds(secondUpMs)} with the same task`,
        kept: firstMs <= firstUpMs && second.ms <= secondUpMs && sameTasks,
      },
    };
  },
};

/** The stages that `make up` printed, and the second at which each began. */
function stages(run: Run): { seconds: number; name: string }[] {
  return [...run.stderr.matchAll(/^==> \[ *(\d+)s\] (.*)$/gm)].map(([, at, name]) => ({
    seconds: Number(at),
    name: name ?? "",
  }));
}

/** Ms from the start of `pulumi up` to the end of the run. */
function sinceStack(run: Run): number {
  const begin = stages(run).find(({ name }) => name.startsWith("Stack "))?.seconds ?? 0;
  return run.ms - begin * 1000;
}

/** Druid's Kafka tasks, including those that ended recently. */
async function taskIds(): Promise<string[]> {
  const outputs = await readRunningStack(variables);
  const login = druidLogin(outputs);
  const open = await openHttp({ kubernetes: targetOf(outputs, "druid") }, { login });
  try {
    const datasources = Object.values(outputs.pipelines).map(({ datasource }) => datasource);
    const tasks = await Promise.all(
      datasources.flatMap((name) => [unfinishedTasks(open.url, name), endedTasks(open.url, name)]),
    );
    return tasks.flat().map(({ id }) => id);
  } finally {
    await open.close();
  }
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
