import type { Benchmark } from "./figure";
import { make } from "./stack";

/** From docs/benchmarks.md. */
const downMs = 90_000;

/** The stack to destroy. Its default is not the stack `local`, which a person may use. */
const variables = { STACK: process.env.BENCH_STACK ?? "test" };

/** How long `make down` takes, including the check that nothing is left. */
export const down: Benchmark = {
  name: "down",
  about: "`make down` ÷ the `make up` before it (BENCH_STACK, default test)",
  disruptive: true,
  run: async (progress) => {
    const up = await make("up", variables, progress);
    const run = await make("down", variables, progress);
    return {
      name: "make down",
      measured: [`make up ${seconds(up.ms)}`, `make down ${seconds(run.ms)}`],
      ratio: run.ms / up.ms,
      ratioOf: "down ÷ up",
      target: { text: `≤ ${seconds(downMs)}`, kept: run.ms <= downMs },
    };
  },
};

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
