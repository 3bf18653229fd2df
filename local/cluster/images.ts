import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { run } from "../command";
import { containerdSocket } from "../paths";
import { programEnv } from "./host";

/** Arguments of `ctr` that lead to the cluster's images. */
const ctr = ["--address", containerdSocket, "--namespace", "k8s.io"];

/** Loads an image archive, as `docker save` or `ctr images export` writes it, into the cluster. */
export async function importImage(tarPath: string): Promise<void> {
  await run("ctr", [...ctr, "images", "import", tarPath], {
    env: programEnv(),
    timeoutMs: 600_000,
  });
}

/** Names of all images that the cluster has. */
export async function listImages(): Promise<string[]> {
  const text = await run("ctr", [...ctr, "images", "ls", "--quiet"], { env: programEnv() });
  return text.split("\n").filter((line) => line !== "");
}

/** Name of the image that holds just this binary; its tag follows from the binary's file name. */
export function binaryImageName(binary: string): string {
  const [name, ...tag] = basename(binary).split("-");
  return `realtime-analytics.local/${name}:${tag.join("-")}`;
}

/** Makes an image of one static binary, and nothing else, known to the cluster. */
export async function ensureBinaryImage(binary: string): Promise<string> {
  const name = binaryImageName(binary);
  if (!(await listImages()).includes(name)) {
    const folder = mkdtempSync(join(tmpdir(), "realtime-analytics-image-"));
    try {
      await importImage(await packImage(folder, name, binary));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  return name;
}

/** Writes the archive of an image FROM scratch whose entrypoint is the binary, run as uid 65532. */
async function packImage(folder: string, name: string, binary: string): Promise<string> {
  const program = basename(binary).split("-")[0] ?? "";
  const [layer, image] = [join(folder, "layer"), join(folder, "image")];
  mkdirSync(layer);
  mkdirSync(image);
  copyFileSync(binary, join(layer, program));
  await tar(join(image, "layer.tar"), layer, [program]);
  const config = {
    architecture: process.arch === "x64" ? "amd64" : process.arch,
    os: "linux",
    created: "1970-01-01T00:00:00Z",
    config: { User: "65532:65532", Entrypoint: [`/${program}`], WorkingDir: "/" },
    rootfs: { type: "layers", diff_ids: [`sha256:${sha256(join(image, "layer.tar"))}`] },
    history: [{ created: "1970-01-01T00:00:00Z", created_by: `the binary ${program}` }],
  };
  writeFileSync(join(image, "config.json"), JSON.stringify(config));
  writeFileSync(
    join(image, "manifest.json"),
    JSON.stringify([{ Config: "config.json", RepoTags: [name], Layers: ["layer.tar"] }]),
  );
  const archive = join(folder, "image.tar");
  await tar(archive, image, ["manifest.json", "config.json", "layer.tar"]);
  return archive;
}

function tar(archive: string, folder: string, files: readonly string[]): Promise<string> {
  const same = ["--owner=0", "--group=0", "--numeric-owner", "--mtime=@0", "--mode=0555"];
  return run("tar", ["-cf", archive, "-C", folder, ...same, ...files]);
}

function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
