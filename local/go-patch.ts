import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { run } from "./command";

/** A correction to a required module, for as long as the module proxy has no version with it. */
export interface SourcePatch {
  readonly module: string;
  /** A file of the module. */
  readonly file: string;
  /** What the correction follows: text that stands in the file once. */
  readonly after: string;
  readonly insert: string;
}

/**
 * Copies the patched module to `target`, and returns the flag of `go build` that has `folder`'s module built with it.
 *
 * @throws Error where the file is not what the patch was made for.
 */
export async function usePatch(
  patch: SourcePatch,
  folder: string,
  target: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const options = { cwd: folder, env, timeoutMs: 600_000 };
  const info = await run("go", ["mod", "download", "-json", patch.module], options);
  const { Dir: source } = z.object({ Dir: z.string() }).parse(JSON.parse(info));
  const copy = join(target, "module");
  rmSync(target, { recursive: true, force: true });
  cpSync(source, copy, { recursive: true });
  const path = join(copy, patch.file);
  writeFileSync(path, patchText(readFileSync(path, "utf8"), patch));
  const requirements = readFileSync(join(folder, "go.mod"), "utf8");
  const modfile = join(target, "go.mod");
  writeFileSync(modfile, `${requirements}\nreplace ${patch.module} => ${JSON.stringify(copy)}\n`);
  cpSync(join(folder, "go.sum"), join(target, "go.sum"));
  return `-modfile=${modfile}`;
}

/** @throws Error unless the place stands in the text once. */
export function patchText(text: string, { module, file, after, insert }: SourcePatch): string {
  const parts = text.split(after);
  if (parts.length !== 2)
    throw new Error(
      `the patch of ${module}/${file} does not fit it: ${JSON.stringify(after)} stands in it ${parts.length - 1} times`,
    );
  return parts.join(after + insert);
}
