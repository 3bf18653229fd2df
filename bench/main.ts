import { errorText } from "../resources/error-text";
import { down } from "./down";
import { type Benchmark, describeFigure } from "./figure";
import { latency } from "./latency";
import { memory } from "./memory";
import { noop } from "./noop";
import { throughput } from "./throughput";
import { up } from "./up";

const benchmarks: readonly Benchmark[] = [latency, memory, noop, throughput, up, down];

const help = [
  "npm run bench [-- NAME…]: runs the named benchmarks, or all that take nothing down.",
  "",
  ...benchmarks.map(({ name, about }) => `  ${name.padEnd(12)}${about}`),
].join("\n");

function select(names: readonly string[]): readonly Benchmark[] {
  if (names.length === 0) return benchmarks.filter(({ disruptive }) => !disruptive);
  return names.map((name) => {
    const found = benchmarks.find((benchmark) => benchmark.name === name);
    if (found) return found;
    throw new Error(`no benchmark "${name}": ${benchmarks.map((one) => one.name).join(", ")}`);
  });
}

async function main(names: readonly string[]): Promise<number> {
  if (names.some((name) => name === "--help" || name === "-h")) {
    console.log(help);
    return 0;
  }
  let missed = 0;
  for (const benchmark of select(names)) {
    const progress = (line: string) => console.error(`${benchmark.name}: ${line} …`);
    try {
      const figure = await benchmark.run(progress);
      console.log(describeFigure(figure));
      if (figure.target && !figure.target.kept) missed += 1;
    } catch (error) {
      missed += 1;
      console.error(`${benchmark.name}: ${errorText(error)}`);
    }
  }
  return missed === 0 ? 0 : 1;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(errorText(error));
    process.exit(2);
  },
);
