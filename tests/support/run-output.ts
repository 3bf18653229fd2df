/** Reads the output of a run of the Pulumi CLI, resource by resource. */

/**
 * What a run did to each resource that it changed, sorted: `+ demo-topic`, `~ demo-chart-bars`, `- …`. A replaced resource
 * has two entries, `++ …` and `-- …`.
 */
export function changes(output: string): string[] {
  const line =
    /^ (\+\+|--|\+|~|-) +\S+ (\S+) (?:created|updated|deleted|created replacement|deleted original) \(/gm;
  // A component has no operation, and so no line for its end.
  const component = /^ (\+|-) +realtime-analytics:\S+ (\S+) (?:creating|deleting|deleted)\b/gm;
  const found = [line, component]
    .flatMap((pattern) => [...output.matchAll(pattern)])
    .map(([, sign, name]) => `${sign} ${name}`);
  // A resource that prints something after its creation has a second line.
  return [...new Set(found)].sort();
}

/**
 * What `refresh` or `preview` showed for each resource, by name: a line for each field that differs, with its path and both
 * values, `~ config["retention.ms"]: "604800000" => "3600000"`. If the resource is created (`+`), deleted (`-`) or replaced
 * (`+-`), the first line is that sign. The fields of a new resource are left out.
 */
export function details(output: string): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const { sign, name, fields } of resourcesOf(output.split("\n"))) {
    if (sign === "") continue;
    const shown = sign === "~" ? [] : [sign];
    if (sign === "~" || sign === "+-") shown.push(...new FieldLines(fields).read());
    found[name] = [...(found[name] ?? []), ...shown];
  }
  return found;
}

interface ShownResource {
  readonly sign: string;
  readonly name: string;
  readonly fields: readonly string[];
}

/** `    ~ kafka:index:Topic: (update)`, then its id and URN in brackets, then its fields. */
function resourcesOf(lines: readonly string[]): ShownResource[] {
  const header = /^ *(\+-|\+\+|--|\+|~|-|) *[\w-]+:\S+: \([a-z-]+(?:\[retain\])?\)/;
  const found: { sign: string; name: string; fields: string[] }[] = [];
  let current: (typeof found)[number] | undefined;
  for (const line of lines) {
    const sign = header.exec(line)?.[1];
    const urn = /^ +\[urn=(.*)\]$/.exec(line)?.[1];
    if (sign !== undefined) {
      current = { sign, name: "", fields: [] };
      found.push(current);
    } else if (/^ *--outputs:--$|^Resources:$/.test(line)) {
      current = undefined;
    } else if (urn !== undefined && current !== undefined) {
      current.name = urn.slice(urn.lastIndexOf("::") + 2);
    } else if (!/^ +\[(?:id|provider)[=:]/.test(line) && line.startsWith(" ")) {
      current?.fields.push(line);
    }
  }
  return found;
}

/** Reads the nested lines of a resource's fields one after the other. */
class FieldLines {
  private next = 0;

  constructor(private readonly lines: readonly string[]) {}

  /** Each difference, with its whole path. */
  read(path = ""): string[] {
    const found: string[] = [];
    for (;;) {
      const line = this.take();
      if (line === undefined || /^[}\]]$/.test(line.text)) return found;
      const { key, value } = entryOf(line.text);
      if (key === undefined) continue;
      const place = join(path, key);
      if (line.sign === "~" && /^[{[]$/.test(value)) found.push(...this.read(place));
      else if (value === "") {
        this.skipBelow(line.indent);
        found.push(`${line.sign} ${place}: (text)`);
      } else {
        const json = line.sign === "~" ? value : this.valueOf(value);
        if (line.sign !== "") found.push(`${line.sign} ${place}: ${json}`);
      }
    }
  }

  /** A value that is the same on all its lines, as JSON. */
  private valueOf(first: string): string {
    if (first !== "{" && first !== "[") return first;
    const parts: string[] = [];
    for (;;) {
      const line = this.take();
      if (line === undefined || /^[}\]]$/.test(line.text)) break;
      const { key, value } = entryOf(line.text);
      const inner = this.valueOf(value);
      parts.push(first === "{" ? `${JSON.stringify(key)}:${inner}` : inner);
    }
    return first === "{" ? `{${parts}}` : `[${parts}]`;
  }

  /** The CLI prints the lines of a text that differs below its name. */
  private skipBelow(indent: number): void {
    while (indentOf(this.lines[this.next] ?? "") > indent) this.next += 1;
  }

  private take(): { indent: number; sign: string; text: string } | undefined {
    const line = this.lines[this.next];
    if (line === undefined) return undefined;
    this.next += 1;
    const [, sign = "", text = ""] = /^ *(?:([-+~]) +)?(.*?) *$/.exec(line) ?? [];
    return { indent: indentOf(line), sign, text };
  }
}

/** The indentation of a line's text, without its sign. */
function indentOf(line: string): number {
  return /^ *(?:[-+~] +)?/.exec(line)?.[0].length ?? 0;
}

/** A line such as `retention.ms: "1" => "2"`. A text of JSON or YAML is shown as its value, after the word. */
function entryOf(text: string): { key?: string; value: string } {
  const [, key, value = ""] = /^(\S+) *:(?: (.*))?$/.exec(text) ?? [];
  return { ...(key !== undefined && { key }), value: value.replace(/^\((?:json|yaml)\) /, "") };
}

/** `config["retention.ms"]`, `columns[1].type`: a path as Pulumi writes it. */
function join(path: string, key: string): string {
  if (/^\[\d+\]$/.test(key)) return path + key;
  if (/[."[\]]/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
