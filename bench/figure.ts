/** One figure, measured, and what it is held against. */
export interface Figure {
  readonly name: string;
  /** What was measured, in words with units, line by line. */
  readonly measured: readonly string[];
  /** The ratio of two things measured in this one run, so that it means the same on any machine. */
  readonly ratio: number;
  /** What the ratio divides by what. */
  readonly ratioOf: string;
  /** The bound that docs/benchmarks.md sets, and whether it is kept. @default there is none */
  readonly target?: { readonly text: string; readonly kept: boolean };
}

/** A benchmark: `run` measures, or throws with what it lacks. */
export interface Benchmark {
  readonly name: string;
  readonly about: string;
  /** Whether it takes the stack down, so that it only runs when it is asked for by name. */
  readonly disruptive: boolean;
  run(progress: (line: string) => void): Promise<Figure>;
}

/** The figure as a person reads it. */
export function describeFigure(figure: Figure): string {
  const { name, measured, ratio, ratioOf, target } = figure;
  return [
    name,
    ...measured.map((line) => `  ${line}`),
    `  ratio ${ratio.toFixed(2)} (${ratioOf})`,
    ...(target ? [`  target ${target.text}: ${target.kept ? "kept" : "MISSED"}`] : []),
  ].join("\n");
}
