/** The part of JSONPath that a stream's fields are found by: names, indices, and `[*]` for each of a list. */

const step = /\.([^.[\]'"\s*]+)|\['([^'\\]+)'\]|\[(\d+|\*)\]/y;

/** The steps of a path: a name, an index, or `*`. Undefined if it is no such path. */
export function stepsOf(path: string): readonly (string | number | "*")[] | undefined {
  if (!path.startsWith("$")) return undefined;
  const steps: (string | number)[] = [];
  for (let at = 1; at < path.length; at = step.lastIndex) {
    step.lastIndex = at;
    const found = step.exec(path);
    if (found === null) return undefined;
    const [, plain, quoted, index] = found;
    const isIndex = index !== undefined && index !== "*";
    steps.push(isIndex ? Number(index) : (plain ?? quoted ?? "*"));
  }
  return steps.length === 0 ? undefined : steps;
}
