import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runProgram } from "../program";
import { imagesDir } from "./inputs";
import type { RootRequest } from "./isolated-root";
import { run } from "./process";
import { TrainingRoot } from "./training/root";

/** Runs as the first process of the namespaces that isolated-root.ts makes. */
runProgram(async ([text = ""]) => {
  const request: RootRequest = JSON.parse(text);
  const work = `${request.upper}.work`;
  const root = join(work, "root");
  await mkdir(join(work, "overlay"), { recursive: true });
  await mkdir(root, { recursive: true });
  const lower = [...request.lower].reverse().join(":");
  const layers = `lowerdir=${lower},upperdir=${request.upper},workdir=${join(work, "overlay")}`;
  await run("mount", ["-t", "overlay", "overlay", "-o", layers, root]);
  await run("mount", ["-t", "proc", "proc", join(root, "proc")]);
  await run("mount", ["--bind", "/dev", join(root, "dev")]);
  await run("mount", ["-t", "tmpfs", "tmpfs", join(root, "tmp")]);
  await run("ip", ["link", "set", "lo", "up"]);
  // Druid's workers ask for the host's name and its address at start, and no resolver is reachable.
  await writeFile("/proc/sys/kernel/hostname", "localhost");
  await writeFile(join(root, "etc/hosts"), "127.0.0.1 localhost\n");
  if (request.command) await run("chroot", [root, ...request.command]);
  if (request.training && request.classPath) {
    const module: { train(root: TrainingRoot): Promise<void> } = await import(
      join(imagesDir, request.training)
    );
    const training = new TrainingRoot(root, request.classPath);
    await module.train(training);
    await training.writeArchive();
  }
  // A failed request is not tidied up: its mounts end with the namespace, and the caller removes
  // the folders.
  await rm(join(root, "etc/hosts"));
  await run("umount", ["--recursive", root]);
  await rm(work, { recursive: true, force: true });
  return 0;
});
