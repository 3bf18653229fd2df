import { inRoot } from "../isolated-root";
import type { ClassArchiveSource } from "../model";

/** Runs the services once on the layers below and archives the classes that they loaded. */
export async function archiveClasses(
  source: ClassArchiveSource,
  tree: string,
  lower: string[],
): Promise<void> {
  await inRoot({ lower, upper: tree, training: source.training, classPath: source.classPath });
}
