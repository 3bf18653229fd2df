import { openAsBlob } from "node:fs";
import { type Blob, type Manifest, manifestType } from "./image";

/** A registry that speaks the OCI distribution protocol over plain HTTP on this machine. */
export class Registry {
  constructor(private readonly address: string) {}

  /** True if it answers at all. */
  async answers(): Promise<boolean> {
    try {
      return (await fetch(`http://${this.address}/v2/`, { signal: AbortSignal.timeout(2000) })).ok;
    } catch {
      return false;
    }
  }

  /** Digest that the tag stands for, or nothing. */
  async digest(repository: string, tag: string): Promise<string | undefined> {
    const headers = { accept: manifestType };
    const response = await this.ask("HEAD", repository, `manifests/${tag}`, { headers });
    if (response.status === 404) return undefined;
    await mustBe(response, 200);
    return response.headers.get("docker-content-digest") ?? undefined;
  }

  /** Uploads what is missing of an image and sets its tag. */
  async push(repository: string, tag: string, manifest: Manifest): Promise<void> {
    for (const blob of manifest.blobs) {
      await this.pushBlob(repository, blob);
      this.holders.set(blob.digest, repository);
    }
    const headers = { "content-type": manifestType };
    const body = manifest.text;
    await mustBe(await this.ask("PUT", repository, `manifests/${tag}`, { headers, body }), 201);
  }

  /**
   * Each repository shares the blobs of all: one that another holds is linked, not sent again, as
   * the upload with `mount` says.
   */
  private async pushBlob(repository: string, blob: Blob): Promise<void> {
    const { digest, content } = blob;
    if ((await this.ask("HEAD", repository, `blobs/${digest}`)).status === 200) return;
    const holder = this.holders.get(digest);
    if (holder) {
      const mount = `blobs/uploads/?mount=${digest}&from=${holder}`;
      if ((await this.ask("POST", repository, mount)).status === 201) return;
    }
    const opened = await this.ask("POST", repository, "blobs/uploads/");
    await mustBe(opened, 202);
    const target = new URL(opened.headers.get("location") ?? "", `http://${this.address}`);
    target.searchParams.set("digest", digest);
    const body = "file" in content ? await openAsBlob(content.file) : content.text;
    const headers = { "content-type": "application/octet-stream" };
    await mustBe(await fetch(target, { method: "PUT", headers, body }), 201);
  }

  private readonly holders = new Map<string, string>();

  private ask(method: string, repository: string, path: string, more: RequestInit = {}) {
    return fetch(`http://${this.address}/v2/${repository}/${path}`, { method, ...more });
  }
}

async function mustBe(response: Response, status: number): Promise<void> {
  if (response.status === status) return;
  throw new Error(
    `${response.url}: ${response.status} instead of ${status}: ${(await response.text()).slice(0, 500)}. ` +
      "The registry's log tells more: make logs",
  );
}
