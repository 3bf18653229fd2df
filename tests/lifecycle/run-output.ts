/** What a run of the engine printed, resource by resource. */

/** What a run did to each resource that it did not leave alone, sorted: `+ demo-topic`, `~ demo-chart-bars`, `- …`. */
export function changes(output: string): string[] {
  const line =
    /^ (\+|~|-|\+\+|--) +\S+ (\S+) (?:created|updated|deleted|created replacement|deleted original) \(/gm;
  return [...output.matchAll(line)].map(([, sign, name]) => `${sign} ${name}`).sort();
}

/**
 * What `refresh` or `preview` showed of each resource, by name: the fields with both values, a line each, as printed. The
 * first is the sign of a resource that comes or goes (`+`, `-`); one that is replaced begins with `++` and ends with `--`.
 */
export function details(output: string): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  let lines: string[] | undefined;
  for (const line of output.split("\n")) {
    const [, sign, name] = /^ (\+-|\+\+|--|\+|~|-) +\S+:\S+ (\S+)( |$)/.exec(line) ?? [];
    if (sign !== undefined && name !== undefined) {
      lines = found[name] ?? [];
      found[name] = lines;
      if (sign !== "~") lines.push(sign);
    } else if (lines !== undefined && line.startsWith("      ")) {
      lines.push(line.trim());
    } else {
      lines = undefined;
    }
  }
  return found;
}
