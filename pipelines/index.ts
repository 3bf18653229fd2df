import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { Pipeline } from "./definition";

/**
 * All pipelines that the files of a folder export, in the order of their names. A file with a `definePipeline` is all
 * it takes to add a stream, and removing the file removes the stream.
 *
 * @throws Error where two pipelines share a name, a topic, a datasource or a dashboard's path.
 */
export function discoverPipelines(folder: string = __dirname): Pipeline[] {
  const pipelines = readdirSync(folder)
    .filter((file) => /\.ts$/.test(file) && !/(^index|\.test|\.d)\.ts$/.test(file))
    .flatMap((file) => Object.values<unknown>(load(folder, file)))
    .filter(isPipeline)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  requireUnique(pipelines, "name", (pipeline) => pipeline.name);
  requireUnique(pipelines, "topic", (pipeline) => pipeline.topic.name);
  requireUnique(pipelines, "datasource", (pipeline) => pipeline.ingestion.datasource);
  requireUnique(pipelines, "dashboard path", (pipeline) =>
    pipeline.dashboard === undefined ? undefined : (pipeline.dashboard.slug ?? pipeline.name),
  );
  return pipelines;
}

/** The pattern tells a bundler which files are meant: those beside this one. */
function load(folder: string, file: string): Record<string, unknown> {
  if (folder !== __dirname) return require(join(folder, file));
  return require(`./${basename(file, ".ts")}.ts`);
}

function isPipeline(value: unknown): value is Pipeline {
  return (
    typeof value === "object" && value !== null && "kind" in value && value.kind === "pipeline"
  );
}

function requireUnique(
  pipelines: readonly Pipeline[],
  what: string,
  key: (pipeline: Pipeline) => string | undefined,
): void {
  const seen = new Map<string, Pipeline>();
  for (const pipeline of pipelines) {
    const value = key(pipeline);
    const other = value === undefined ? undefined : seen.get(value);
    if (other !== undefined) {
      throw new Error(
        `pipelines "${other.name}" and "${pipeline.name}" both have the ${what} "${value}": give one another`,
      );
    }
    if (value !== undefined) {
      seen.set(value, pipeline);
    }
  }
}
