import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { Stream } from "./declare/stream";

/**
 * All streams that the files of a folder export, in the order of their names. A new file with a `defineStream` adds a
 * stream, and removing the file removes the stream.
 *
 * @throws Error if two streams share a name, a topic, a datasource or a dashboard's path
 */
export function discoverStreams(folder: string = __dirname): Stream[] {
  const streams = readdirSync(folder)
    .filter((file) => /\.ts$/.test(file) && !/(^index|\.test|\.d)\.ts$/.test(file))
    .flatMap((file) => Object.values<unknown>(load(folder, file)))
    .filter(isStream)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  requireUnique(streams, "name", (stream) => stream.name);
  requireUnique(streams, "topic", (stream) => stream.topic.name);
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
  key: (stream: Stream) => string | undefined,
): void {
  const seen = new Map<string, Stream>();
  for (const stream of streams) {
    const value = key(stream);
    const other = value === undefined ? undefined : seen.get(value);
    if (other !== undefined) {
      throw new Error(
        `streams "${other.name}" and "${stream.name}" both have the ${what} "${value}": change one of them`,
      );
    }
    if (value !== undefined) seen.set(value, stream);
  }
}
