import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { type SharedDashboard, sharedDashboard } from "./declare/shared-dashboard";
import type { Stream } from "./declare/stream";

export interface Declared {
  readonly streams: readonly Stream[];
  /** The dashboards of several streams. */
  readonly dashboards: readonly SharedDashboard[];
}

/**
 * All streams that the files of a folder export, in the order of their names. A new file with a `defineStream` adds a
 * stream, and removing the file removes the stream.
 *
 * @throws Error if two streams share a name, a topic, a datasource or a dashboard's path, or a service would take two of their
 *   names for one
 */
export function discoverStreams(folder?: string): Stream[] {
  return [...discover(folder).streams];
}

/** All streams, and all dashboards of several streams. @throws Error as discoverStreams, and if a dashboard takes a stream's name */
export function discover(folder: string = __dirname): Declared {
  const exported = readdirSync(folder)
    .filter((file) => /\.ts$/.test(file) && !/(^index|\.test|\.d)\.ts$/.test(file))
    .flatMap((file) => Object.values<unknown>(load(folder, file)));
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  const streams = exported.filter(isStream).sort(byName);
  const dashboards = exported.filter(isDashboard).sort(byName);
  const all = [...streams, ...dashboards];
  // Kubernetes has no _ in names.
  requireUnique(
    all,
    "name",
    ({ name }) => name,
    (name) => name.replaceAll("_", "-"),
  );
  // Kafka refuses two topics whose metrics would have one name.
  requireUnique(
    streams,
    "topic",
    ({ topic }) => topic.name,
    (name) => name.replaceAll(".", "_"),
  );
  requireUnique(streams, "datasource", (stream) => stream.ingestion.datasource);
  requireUnique(all, "dashboard path", (one) => sharedDashboard(one)?.slug);
  return { streams, dashboards };
}

/** The bundler reads from the pattern that all files beside this one can be loaded. */
function load(folder: string, file: string): Record<string, unknown> {
  if (folder !== __dirname) return require(join(folder, file));
  return require(`./${basename(file, ".ts")}.ts`);
}

const isOf = (value: unknown, kind: string) =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === kind;
const isStream = (value: unknown): value is Stream => isOf(value, "stream");
const isDashboard = (value: unknown): value is SharedDashboard => isOf(value, "dashboard");

function requireUnique<T extends { readonly kind: string; readonly name: string }>(
  streams: readonly T[],
  what: string,
  nameOf: (stream: T) => string | undefined,
  taken: (name: string) => string = (name) => name,
): void {
  const seen = new Map<string, T>();
  for (const stream of streams) {
    const name = nameOf(stream);
    if (name === undefined) continue;
    const other = seen.get(taken(name));
    if (other !== undefined) {
      const shared =
        nameOf(other) === name
          ? `both have the ${what} "${name}"`
          : `have the ${what}s "${nameOf(other)}" and "${name}", which are taken for one`;
      const kinds = other.kind === stream.kind ? `${stream.kind}s` : "stream and dashboard";
      throw new Error(
        `${kinds} "${other.name}" and "${stream.name}" ${shared}: change one of them`,
      );
    }
    seen.set(taken(name), stream);
  }
}
