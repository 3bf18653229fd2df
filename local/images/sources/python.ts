import {
  access,
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  symlink,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { cacheDir } from "../../paths";
import { imagesDir } from "../inputs";
import type { PythonSource } from "../model";
import { isInstalled, run } from "../process";

const version = "3.11";

/**
 * Installs the locked packages by the host's uv as a virtual environment of the image's Python.
 * Wheels alone are taken, but for the packages that have none.
 */
export async function installPackages(source: PythonSource, tree: string): Promise<void> {
  const venv = join(tree, source.venv);
  const packages = join(venv, `lib/python${version}/site-packages`);
  await mkdir(packages, { recursive: true });
  await run(
    await installer(),
    [
      ...["pip", "install", "--quiet", "--target", packages],
      ...["--python-version", version, "--python-platform", "x86_64-manylinux_2_28"],
      ...["--only-binary", ":all:", ...source.fromSource.flatMap((name) => ["--no-binary", name])],
      ...["--require-hashes", "--requirements", join(imagesDir, source.requirements)],
      ...["--build-constraints", join(imagesDir, "tools/build.txt")],
      // A hard link would let the dates that are set below reach into uv's cache.
      ...["--link-mode", "copy"],
    ],
    { nice: true },
  );
  await rename(join(packages, "bin"), join(venv, "bin"));
  for (const pattern of [".lock", ...source.without]) {
    await run("sh", ["-c", `rm -rf ${pattern}`], { cwd: packages });
  }
  await pointScripts(join(venv, "bin"), source.venv);
  for (const name of ["python", "python3", `python${version}`]) {
    await symlink(`/usr/bin/python${version}`, join(venv, "bin", name));
  }
  await writeFile(
    join(venv, "pyvenv.cfg"),
    `home = /usr/bin\ninclude-system-site-packages = false\nversion = ${version}\n`,
  );
}

/** Compiles what was installed, at its path in the image, so that tracebacks name that path. */
export function compileCommand(source: PythonSource): string[] {
  return [
    `${source.venv}/bin/python`,
    ...["-m", "compileall", "-q", "-q", "-j", "2"],
    // The file system is read-only in a pod: byte code can't be out of date.
    ...["--invalidation-mode", "unchecked-hash"],
    `${source.venv}/lib`,
  ];
}

/** Makes scripts start the image's Python instead of the host's. */
async function pointScripts(bin: string, venv: string): Promise<void> {
  for (const name of await readdir(bin)) {
    const path = join(bin, name);
    const text = await readFile(path, "latin1");
    if (!text.startsWith("#!")) continue;
    await writeFile(path, text.replace(/^#!.*/, `#!${venv}/bin/python`), "latin1");
    await chmod(path, 0o755);
  }
}

/** uv of the PATH, or the locked one, installed by pip into the cache. */
async function installer(): Promise<string> {
  if (await isInstalled("uv")) return "uv";
  const folder = join(cacheDir, "images", "tools");
  const uv = join(folder, "bin", "uv");
  const present = await access(uv).then(
    () => true,
    () => false,
  );
  if (!present) {
    const requirements = join(imagesDir, "tools/requirements.txt");
    const install = ["install", "--quiet", "--require-hashes", "--requirement", requirements];
    await run("python3", ["-m", "pip", ...install, "--target", folder]);
  }
  return uv;
}
