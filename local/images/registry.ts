import { openAsBlob } from "node:fs";
import type { Blob, Manifest } from "./image";

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
  async digest(repository: string, tag: string, mediaType: string): Promise<string | undefined> {
    const response = await fetch(this.url(repository, `manifests/${tag}`), {
      method: "HEAD",
      headers: { accept: mediaType },
    });
    if (response.status === 404) return undefined;
    await mustBe(response, 200);
    return response.headers.get("docker-content-digest") ?? undefined;
  }

  /** Uploads what is missing of an image and sets its tag. */
  async push(repository: string, tag: string, manifest: Manifest): Promise<void> {
    for (const blob of manifest.blobs) await this.pushBlob(repository, blob);
    const response = await fetch(this.url(repository, `manifests/${tag}`), {
      method: "PUT",
      headers: { "content-type": manifest.mediaType },
      body: manifest.text,
    });
    await mustBe(response, 201);
  }

  /**
   * Each repository shares the blobs of all: one that another holds is linked, not sent again, as
   * the upload with `mount` says.
   */
  private async pushBlob(repository: string, blob: Blob): Promise<void> {
    const present = await fetch(this.url(repository, `blobs/${blob.digest}`), { method: "HEAD" });
    if (present.status === 200) {
      this.holders.set(blob.digest, repository);
      return;
    }
    const holder = this.holders.get(blob.digest);
    if (holder) {
      const query = `mount=${blob.digest}&from=${holder}`;
      const mounted = await fetch(this.url(repository, `blobs/uploads/?${query}`), {
        method: "POST",
      });
      if (mounted.status === 201) return;
    }
    const opened = await fetch(this.url(repository, "blobs/uploads/"), { method: "POST" });
    await mustBe(opened, 202);
    const target = new URL(opened.headers.get("location") ?? "", `http://${this.address}`);
    target.searchParams.set("digest", blob.digest);
    const body = "file" in blob.content ? await openAsBlob(blob.content.file) : blob.content.text;
    const sent = await fetch(target, {
      method: "PUT",
      headers: { "content-type": "application/octet-stream" },
      body,
    });
    await mustBe(sent, 201);
    this.holders.set(blob.digest, repository);
  }

  private readonly holders = new Map<string, string>();

  private url(repository: string, path: string): string {
    return `http://${this.address}/v2/${repository}/${path}`;
  }
}

async function mustBe(response: Response, status: number): Promise<void> {
  if (response.status === status) return;
  throw new Error(
    `${response.url}: ${response.status} instead of ${status}: ${(await response.text()).slice(0, 500)}. ` +
      "The registry's log tells more: make logs",
  );
}
