/** A package index of the drivers alone, for pods that reach nothing outside of the machine. */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./own-stack";

export interface PackageIndex {
  /** As a pod has it in UV_DEFAULT_INDEX. */
  readonly url: string;
  /** Files that were downloaded from it, in this order. */
  readonly downloads: readonly string[];
  close(): void;
}

/**
 * Downloads what the lists of images/ lock, for the embedded images' Python, and serves it by PEP 503.
 *
 * @param address of this machine, which pods reach and no other machine does
 * @throws Error if traffic for the address would leave the machine, or a package can't be downloaded
 */
export async function servePackages(address: string): Promise<PackageIndex> {
  const route = spawnSync("ip", ["route", "get", address], { encoding: "utf8" }).stdout;
  if (!route.startsWith("local ")) throw new Error(`${address} is not this machine's: ${route}`);
  const folder = mkdtempSync(join(tmpdir(), "packages-"));
  for (const pin of lockedPins()) download(pin, folder);
  const downloads: string[] = [];
  const server = createServer((request, response) => {
    const [, kind, name = ""] = request.url?.split("/") ?? [];
    const files = readdirSync(folder);
    if (kind === "simple") {
      const links = files.filter((file) => normalized(file).startsWith(`${name}-`));
      response.setHeader("content-type", "text/html");
      response.end(links.map((file) => `<a href="/files/${file}">${file}</a>`).join("\n"));
    } else if (kind === "files" && files.includes(name)) {
      downloads.push(name);
      response.end(readFileSync(join(folder, name)));
    } else response.writeHead(404).end();
  });
  server.listen(0, address);
  await once(server, "listening");
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error(`no port of ${address}`);
  return {
    url: `http://${address}:${bound.port}/simple`,
    downloads,
    close: () => {
      server.close();
      server.closeAllConnections();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A package's name in its file's name, as PEP 503 has names. */
const normalized = (file: string) => file.toLowerCase().replaceAll(/[-_.]+/g, "-");

function lockedPins(): string[] {
  const lists = ["superset/requirements.txt", "superset/build.txt", "airflow/requirements.txt"];
  return lists.flatMap((list) =>
    [...readFileSync(join(root, "images", list), "utf8").matchAll(/^[\w-]+==[\w.]+/gm)].map(
      ([pin]) => pin,
    ),
  );
}

/** The wheel for Python 3.11 on amd64, or, where there is none, the source. */
function download(pin: string, folder: string): void {
  const platforms = ["manylinux_2_28_x86_64", "manylinux2014_x86_64", "any"];
  const wheel = [
    ...["--only-binary", ":all:", "--python-version", "3.11"],
    ...platforms.flatMap((platform) => ["--platform", platform]),
  ];
  const runs = [wheel, []].map((options) => () => {
    const pip = ["-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder];
    return spawnSync("python3", [...pip, ...options, pin], { encoding: "utf8" });
  });
  let said = "";
  for (const run of runs) {
    const { status, stderr } = run();
    if (status === 0) return;
    said = stderr;
  }
  throw new Error(`pip download ${pin}: ${said}`);
}
