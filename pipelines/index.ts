import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { Stream } from "./declare/stream";

/**
 * All streams that the files of a folder export, in the order of their names. A new file with a `defineStream` adds a
 * stream, and removing the file removes the stream.
 *
 * @throws Error if two streams share a name, a topic, a datasource or a dashboard's path, or a service would take two of their
 *   names for one
 */
export function discoverStreams(folder: string = __dirname): Stream[] {
  const streams = readdirSync(folder)
    .filter((file) => /\.ts$/.test(file) && !/(^index|\.test|\.d)\.ts$/.test(file))
    .flatMap((file) => Object.values<unknown>(load(folder, file)))
    .filter(isStream)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  // Kubernetes has no _ in names.
  requireUnique(
    streams,
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
  requireUnique(streams, "dashboard path", (stream) =>
    stream.dashboard === undefined ? undefined : (stream.dashboard.slug ?? stream.name),
  );
  return streams;
}

/** The bundler reads from the pattern that all files beside this one can be loaded. */
function load(folder: string, file: string): Record<string, unknown> {
  if (folder !== __dirname) return require(join(folder, file));
  return require(`./${basename(file, ".ts")}.ts`);
}

function isStream(value: unknown): value is Stream {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "stream";
}

function requireUnique(
  streams: readonly Stream[],
  what: string,
  nameOf: (stream: Stream) => string | undefined,
  taken: (name: string) => string = (name) => name,
): void {
  const seen = new Map<string, Stream>();
  for (const stream of streams) {
    const name = nameOf(stream);
    if (name === undefined) continue;
    const other = seen.get(taken(name));
    if (other !== undefined) {
      const shared =
        nameOf(other) === name
          ? `both have the ${what} "${name}"`
          : `have the ${what}s "${nameOf(other)}" and "${name}", which are taken for one`;
      throw new Error(`streams "${other.name}" and "${stream.name}" ${shared}: change one of them`);
    }
    seen.set(taken(name), stream);
  }
}
