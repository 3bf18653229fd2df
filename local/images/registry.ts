import { openAsBlob } from "node:fs";
import { registryAddress } from "../paths";
import { type Blob, type Manifest, manifestType } from "./image";
import type { Image } from "./model";

const base = `http://${registryAddress}/v2/`;

/** Blob's digest → a repository that was seen to have it. */
const holders = new Map<string, string>();

/** True if the embedded registry answers at all. */
export async function registryAnswers(): Promise<boolean> {
  const response = await fetch(base, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
  return response?.ok ?? false;
}

/** Whether an image's tag stands for the manifest. */
export async function isPushed(image: Image, { digest }: Manifest): Promise<boolean> {
  const response = await ask("HEAD", image, `manifests/${image.tag}`, {
    headers: { accept: manifestType },
  });
  if (response.status === 404) return false;
  await mustBe(response, 200);
  return response.headers.get("docker-content-digest") === digest;
}

/** Uploads what is missing of an image and sets its tag. */
export async function push(image: Image, manifest: Manifest): Promise<void> {
  for (const blob of manifest.blobs) {
    await pushBlob(image, blob);
    holders.set(blob.digest, image.repository);
  }
  const headers = { "content-type": manifestType };
  const body = manifest.text;
  await mustBe(await ask("PUT", image, `manifests/${image.tag}`, { headers, body }), 201);
}

/**
 * Each repository shares the blobs of all: one that another holds is linked, not sent again, as
 * the upload with `mount` says.
 */
async function pushBlob(image: Image, { digest, content }: Blob): Promise<void> {
  if ((await ask("HEAD", image, `blobs/${digest}`)).status === 200) return;
  const holder = holders.get(digest);
  if (holder) {
    const mount = `blobs/uploads/?mount=${digest}&from=${holder}`;
    if ((await ask("POST", image, mount)).status === 201) return;
  }
  const opened = await ask("POST", image, "blobs/uploads/");
  await mustBe(opened, 202);
  const target = new URL(opened.headers.get("location") ?? "", base);
  target.searchParams.set("digest", digest);
  const body = "file" in content ? await openAsBlob(content.file) : content.text;
  const headers = { "content-type": "application/octet-stream" };
  await mustBe(await fetch(target, { method: "PUT", headers, body }), 201);
}

function ask(method: string, { repository }: Image, path: string, more: RequestInit = {}) {
  return fetch(`${base}${repository}/${path}`, { method, ...more });
}

async function mustBe(response: Response, status: number): Promise<void> {
  if (response.status === status) return;
  throw new Error(
    `${response.url}: ${response.status} instead of ${status}: ${(await response.text()).slice(0, 500)}. ` +
      "The registry's log tells more: make logs",
  );
}
