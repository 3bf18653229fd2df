import { setTimeout as delay } from "node:timers/promises";
import type { PropertyMap } from "../../provider";
import { ApiError } from "./api-error";
import type { ApiClient } from "./client";
import { pathOf, type ResourceType } from "./discovery";
import { mapsAt, textAt, valueAt } from "./object";

/** A watch that ends early is begun again after this time. */
const retryMs = 500;

/** Keeps the objects of one collection up to date by one list and one watch. */
class Informer {
  readonly objects = new Map<string, PropertyMap>();
  readonly listeners = new Set<() => void>();
  users = 0;
  /** Settles when the first list has come, or failed. */
  readonly synced: Promise<void>;
  private readonly abort = new AbortController();

  constructor(
    private readonly client: ApiClient,
    private readonly path: string,
  ) {
    this.synced = new Promise((resolve, reject) => {
      void this.run(resolve, reject);
    });
  }

  stop(): void {
    this.abort.abort();
  }

  private async run(onSynced: () => void, onFailed: (error: unknown) => void): Promise<void> {
    let isSynced = false;
    while (!this.abort.signal.aborted) {
      try {
        const version = await this.list();
        isSynced = true;
        onSynced();
        await this.watch(version);
      } catch (error) {
        if (!isSynced) return onFailed(error);
      }
      await delay(retryMs, undefined, { signal: this.abort.signal }).catch(() => undefined);
    }
  }

  private async list(): Promise<string> {
    const { body } = await this.client.request({ path: this.path, signal: this.abort.signal });
    const listKind = textAt(body, "kind") ?? "";
    this.objects.clear();
    for (const item of mapsAt(body, "items")) {
      // Items of a list don't say their kind.
      this.store({
        apiVersion: textAt(body, "apiVersion") ?? "",
        kind: listKind.replace(/List$/, ""),
        ...item,
      });
    }
    this.notify();
    return textAt(body, "metadata", "resourceVersion") ?? "";
  }

  /** Watches until the server ends it, going on from where it ended; returns when a list is due. */
  private async watch(from: string): Promise<void> {
    let version: string | undefined = from;
    while (version !== undefined && !this.abort.signal.aborted) {
      const response = await this.client.open({
        path: this.path,
        query: { watch: "true", allowWatchBookmarks: "true", resourceVersion: version },
        signal: this.abort.signal,
      });
      response.setEncoding("utf8");
      let rest = "";
      for await (const chunk of response) {
        const lines: string[] = (rest + chunk).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
          if (line.trim() === "") continue;
          version = this.apply(JSON.parse(line)) ?? version;
        }
        this.notify();
      }
      if (version === from) await delay(retryMs, undefined, { signal: this.abort.signal });
    }
  }

  /** Returns the version to go on from. Throws when the server has forgotten it. */
  private apply(event: PropertyMap): string | undefined {
    const object = valueAt(event, "object") as PropertyMap;
    if (event.type === "ERROR") {
      throw new ApiError(Number(object.code ?? 500), `WATCH ${this.path}`, object);
    }
    if (event.type === "DELETED") this.objects.delete(textAt(object, "metadata", "uid") ?? "");
    else if (event.type !== "BOOKMARK") this.store(object);
    return textAt(object, "metadata", "resourceVersion");
  }

  private store(object: PropertyMap): void {
    this.objects.set(textAt(object, "metadata", "uid") ?? "", object);
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
  }
}

/** A share in an informer, until it is released. */
export interface Watched {
  objects(): PropertyMap[];
  release(): void;
}

/** Informers by collection, shared by all who wait, stopped when the last one is done. */
export class Informers {
  private readonly informers = new Map<string, Informer>();

  constructor(private readonly client: ApiClient) {}

  /** Throws when the first list fails. `onChange` is called after each batch of changes. */
  async watch(type: ResourceType, namespace: string, onChange: () => void): Promise<Watched> {
    const path = pathOf(type, namespace);
    const informer = this.informers.get(path) ?? new Informer(this.client, path);
    this.informers.set(path, informer);
    informer.users++;
    informer.listeners.add(onChange);
    const release = () => {
      informer.listeners.delete(onChange);
      if (--informer.users > 0) return;
      informer.stop();
      if (this.informers.get(path) === informer) this.informers.delete(path);
    };
    try {
      await informer.synced;
    } catch (error) {
      release();
      throw error;
    }
    return { objects: () => [...informer.objects.values()], release };
  }

  close(): void {
    for (const informer of this.informers.values()) informer.stop();
    this.informers.clear();
  }
}
