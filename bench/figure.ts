/** One measured figure, and its bound. */
export interface Figure {
  readonly name: string;
  /** The measurements as text with units, one on each line. */
  readonly measured: readonly string[];
  /** The ratio of two measurements of this run, which means the same on any machine. */
  readonly ratio: number;
  /** The two measurements that the ratio divides. */
  readonly ratioOf: string;
  /** The bound of docs/benchmarks.md, and whether the figure is within it. Default: no bound. */
  readonly target?: { readonly text: string; readonly kept: boolean };
}

/** A benchmark. `run` measures, or throws an error that says what is missing. */
export interface Benchmark {
  readonly name: string;
  readonly about: string;
  /** Whether it destroys the stack. It then runs only if it is named. */
  readonly disruptive: boolean;
  run(progress: (line: string) => void): Promise<Figure>;
}

/** The figure as text. */
export function describeFigure(figure: Figure): string {
  const { name, measured, ratio, ratioOf, target } = figure;
  return [
    name,
    ...measured.map((line) => `  ${line}`),
    `  ratio ${ratio.toFixed(2)} (${ratioOf})`,
    ...(target ? [`  target ${target.text}: ${target.kept ? "kept" : "MISSED"}`] : []),
  ].join("\n");
}
