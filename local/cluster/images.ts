import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { run } from "../command";
import { ctr, loadedImages } from "../containerd";

/** Name of the image that holds just this binary; its tag follows from the binary's file name. */
export function binaryImageName(binary: string): string {
  const [name, ...tag] = basename(binary).split("-");
  return `realtime-analytics.local/${name}:${tag.join("-")}`;
}

/** Makes an image of one static binary, and nothing else, known to the cluster. Gives its name. */
export async function ensureBinaryImage(binary: string): Promise<string> {
  const name = binaryImageName(binary);
  if ((await loadedImages()).has(name)) return name;
  const folder = mkdtempSync(join(tmpdir(), "realtime-analytics-image-"));
  const imported = packImage(folder, name, binary).then((file) => ctr("images", "import", file));
  await imported.finally(() => rmSync(folder, { recursive: true }));
  return name;
}

/** Writes the archive of an image FROM scratch whose entrypoint is the binary, run as uid 65532. */
async function packImage(folder: string, name: string, binary: string): Promise<string> {
  const program = basename(binary).split("-")[0] ?? "";
  const layer = join(folder, "layer.tar");
  await tar(layer, dirname(binary), [`--transform=s/.*/${program}/`, basename(binary)]);
  const content = readFileSync(layer);
  const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
  const created = "1970-01-01T00:00:00Z";
  const documents = {
    "config.json": {
      ...{ architecture: process.arch === "x64" ? "amd64" : process.arch, os: "linux", created },
      config: { User: "65532:65532", Entrypoint: [`/${program}`], WorkingDir: "/" },
      rootfs: { type: "layers", diff_ids: [digest] },
      history: [{ created, created_by: `the binary ${program}` }],
    },
    "manifest.json": [{ Config: "config.json", RepoTags: [name], Layers: ["layer.tar"] }],
  };
  for (const [file, document] of Object.entries(documents)) {
    writeFileSync(join(folder, file), JSON.stringify(document));
  }
  const archive = join(folder, "image.tar");
  await tar(archive, folder, ["manifest.json", "config.json", "layer.tar"]);
  return archive;
}

function tar(archive: string, folder: string, files: readonly string[]): Promise<string> {
  const same = ["--owner=0", "--group=0", "--numeric-owner", "--mtime=@0", "--mode=0555"];
  return run("tar", ["-cf", archive, "-C", folder, ...same, ...files]);
}
