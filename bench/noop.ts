import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import type { Cli } from "../scripts/cli/cli";
import { embeddedCli, timeCli } from "./cli";
import type { Benchmark } from "./figure";
import { make } from "./stack";

const runCount = 5;
/** From docs/benchmarks.md. */
const targetRatio = 2;
const previewBoundMs = 5_000;
const refreshBoundMs = 10_000;

/**
 * The time of a run that changes nothing, of this project and of a program of one ConfigMap, in turns. The shortest run
 * counts, because other work of the machine only makes runs longer.
 */
export const noop: Benchmark = {
  name: "noop",
  about: "preview without changes ÷ that of a program of one resource; up and refresh",
  disruptive: false,
  run: async (progress) => {
    const stack = process.env.STACK ?? "local";
    const cli = await embeddedCli(stack);
    const folder = await mkdtemp(join(tmpdir(), "bench-noop-"));
    const ofOne = { PULUMI_BACKEND_URL: `file://${folder}`, PULUMI_STACK: "bench" };
    const small: Cli = { ...cli, env: { ...withoutMeansOfMake(cli.env), ...ofOne } };
    const one = (...args: string[]) => timeCli(small, "bench/one-resource", ...args);
    const helped: Cli = { ...cli, env: { ...cli.env, ...ofOne } };
    const noQuestions = ["--yes", "--skip-preview"];
    await requireUnchanged(stack);
    try {
      await one("stack", "init", "bench");
      await one("up", ...noQuestions);
      const runs: Record<
        "preview" | "ofOne" | "ofOneHelped" | "up" | "upOfOne" | "make" | "refresh",
        number[]
      > = {
        preview: [],
        ofOne: [],
        ofOneHelped: [],
        up: [],
        upOfOne: [],
        make: [],
        refresh: [],
      };
      for (let turn = 1; turn <= runCount; turn += 1) {
        progress(`turn ${turn} of ${runCount}, load average ${loadavg()[0]?.toFixed(1)}`);
        const config = ["--config-file", cli.configFile ?? ""];
        runs.preview.push(await timeCli(cli, ".", "preview", ...config));
        runs.ofOne.push(await one("preview"));
        runs.ofOneHelped.push(await timeCli(helped, "bench/one-resource", "preview"));
        runs.up.push(await timeCli(cli, ".", "up", ...noQuestions, ...config));
        runs.upOfOne.push(await one("up", ...noQuestions));
        runs.make.push((await make("preview", { STACK: stack })).ms);
        runs.refresh.push((await make("refresh", { STACK: stack })).ms);
      }
      const least = (name: keyof typeof runs) => Math.min(...runs[name]);
      const ratio = least("preview") / least("ofOne");
      const ratioOfUp = least("up") / least("upOfOne");
      return {
        name: "Runs that change nothing",
        measured: [
          `preview of the project: ${describe(runs.preview)}`,
          `preview of one resource: ${describe(runs.ofOne)}`,
          `preview of one resource with the caches of \`make\`: ${describe(runs.ofOneHelped)}`,
          `up of the project: ${describe(runs.up)}`,
          `up of one resource: ${describe(runs.upOfOne)}`,
          `up of the project ÷ up of one resource: ${ratioOfUp.toFixed(2)}`,
          `make preview: ${describe(runs.make)}`,
          `make refresh: ${describe(runs.refresh)}`,
        ],
        ratio,
        ratioOf: "preview of the project ÷ preview of one resource",
        target: {
          text: `ratio ≤ ${targetRatio}, make preview ≤ ${seconds(previewBoundMs)}, refresh ≤ ${seconds(refreshBoundMs)}`,
          kept:
            ratio <= targetRatio &&
            least("make") <= previewBoundMs &&
            least("refresh") <= refreshBoundMs,
        },
      };
    } finally {
      await one("destroy", ...noQuestions);
      await rm("bench/one-resource/Pulumi.bench.yaml", { force: true });
      await rm(folder, { recursive: true });
    }
  },
};

/**
 * A program of somebody who has the CLI alone: without what scripts/cli adds to it, whose caches make any run shorter. Types
 * are not checked in either.
 */
function withoutMeansOfMake(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS, TRANSPILE_CACHE, NODE_COMPILE_CACHE, ...rest } = env;
  return rest;
}

/** @throws Error if `make up` would change something, which this benchmark must not */
async function requireUnchanged(stack: string): Promise<void> {
  const { stdout } = await make("preview", { STACK: stack });
  const changes = /^ .*\d+ to (?:create|update|delete|replace)/m.exec(stdout);
  if (changes) {
    throw new Error(`stack ${stack} is not what the program says; \`make up\` first:\n${stdout}`);
  }
}

function describe(runs: readonly number[]): string {
  const sorted = runs.toSorted((left, right) => left - right);
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return `least ${seconds(sorted[0] ?? Number.NaN)}, median ${seconds(median)} of ${runs.length}`;
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
