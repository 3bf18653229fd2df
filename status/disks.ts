import { Writable } from "node:stream";
import type { V1Pod } from "@kubernetes/client-node";
import { openKubeconfig } from "../resources/kubeconfig";
import type { StackOutputs } from "../verify/outputs";
import { type Content, within } from "./section";

/** Above this part of a disk's size it is a problem. */
const fullAt = 0.85;
/** How long a pod may take to tell of its disk, in ms. */
const execMs = 8_000;

interface Mount {
  readonly claim: string;
  readonly pod: string;
  readonly container: string;
  readonly path: string;
}

export interface Disk {
  /** In bytes. */
  readonly size: number;
  readonly used: number;
}

/** How full the volumes are, as `df` says in a pod that mounts each of them. */
export async function readDisks(outputs: StackOutputs, pods: readonly V1Pod[]): Promise<Content> {
  const mounts = mountsOf(pods);
  const disks = await Promise.all(
    mounts.map((mount) =>
      within(execMs, diskOf(outputs, mount)).catch((error: unknown) => String(error)),
    ),
  );
  return describeDisks(mounts.map(({ claim, pod }, index) => ({ claim, pod, disk: disks[index] })));
}

/** The section about disks; a text instead of a disk says why it is not known. */
export function describeDisks(
  found: readonly { claim: string; pod: string; disk: Disk | string | undefined }[],
): Content {
  const part = (disk: Disk) => disk.used / disk.size;
  return {
    summary: found.length === 0 ? "no volumes are mounted" : undefined,
    ...(found.length > 0 && {
      table: {
        columns: [
          { title: "volume" },
          { title: "used", align: "right" },
          { title: "size", align: "right" },
          { title: "full", align: "right" },
        ],
        rows: found.map(({ claim, disk }) =>
          typeof disk === "object"
            ? [claim, gib(disk.used), gib(disk.size), `${Math.round(part(disk) * 100)} %`]
            : [claim, "?", "?", "?"],
        ),
      },
    }),
    problems: found.flatMap(({ claim, pod, disk }) => {
      if (typeof disk !== "object") return [`volume ${claim} is not known: pod ${pod}: ${disk}`];
      const full = `volume ${claim} is ${Math.round(part(disk) * 100)} % full`;
      return part(disk) >= fullAt ? [full] : [];
    }),
  };
}

const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** Of each claim, one running container that mounts it. */
export function mountsOf(pods: readonly V1Pod[]): Mount[] {
  const mounts = new Map<string, Mount>();
  for (const { metadata, spec, status } of pods) {
    const isRunning = (name: string) =>
      status?.containerStatuses?.some((one) => one.name === name && one.state?.running);
    for (const { name, persistentVolumeClaim } of spec?.volumes ?? []) {
      const claim = persistentVolumeClaim?.claimName;
      if (claim === undefined) continue;
      for (const container of spec?.containers ?? []) {
        const path = container.volumeMounts?.find((mount) => mount.name === name)?.mountPath;
        if (path === undefined || !isRunning(container.name)) continue;
        mounts.set(claim, { claim, pod: metadata?.name ?? "", container: container.name, path });
      }
    }
  }
  return [...mounts.values()].sort((left, right) => (left.claim < right.claim ? -1 : 1));
}

async function diskOf({ namespace, context }: StackOutputs, mount: Mount): Promise<Disk> {
  const { Exec } = await import("@kubernetes/client-node");
  const exec = new Exec(await openKubeconfig({ context }));
  let output = "";
  const sink = () =>
    new Writable({
      write(chunk, _encoding, done) {
        output += String(chunk);
        done();
      },
    });
  const command = ["df", "-kP", mount.path];
  await new Promise<unknown>((resolve, reject) => {
    exec
      .exec(namespace, mount.pod, mount.container, command, sink(), sink(), null, false, resolve)
      .catch((error: unknown) => reject(new Error(execFailure(error))));
  });
  return parseDf(output);
}

/** A refused connection is an event of the web socket, which has no message of its own. */
function execFailure(error: unknown): string {
  const { message } = Object(error) as { message?: string };
  return `exec of df was refused: ${message ?? "no answer"}`;
}

/** Reads the answer of `df -kP`. @throws Error with what it said instead */
export function parseDf(output: string): Disk {
  const [, size, used] = /^\S.*?\s(\d+)\s+(\d+)\s+\d+\s+\d+%/m.exec(output) ?? [];
  if (size === undefined) throw new Error(`df said ${JSON.stringify(output.slice(0, 200))}`);
  return { size: Number(size) * 1024, used: Number(used) * 1024 };
}
