import type { CoreV1Api, V1Pod } from "@kubernetes/client-node";
import { z } from "zod";
import { counted } from "../resources/counted";
import { within } from "../resources/within";
import { describe } from "../verify/link";
import type { Content } from "./section";

/** Above this part of a disk's size it is a problem. */
const fullAt = 0.85;
/** How long a node's kubelet may take, in ms. */
const kubeletMs = 8_000;

/** In bytes. */
const disk = z.object({ capacityBytes: z.number(), availableBytes: z.number() });
type Disk = z.output<typeof disk>;
const volume = disk.partial().extend({
  pvcRef: z.object({ name: z.string(), namespace: z.string() }).optional(),
});
/** What the kubelet answers at stats/summary, as far as it is needed. */
const summary = z.object({
  node: z.object({ nodeName: z.string(), fs: disk.optional() }),
  pods: z.array(z.object({ volume: z.array(volume).default([]) })),
});
export type NodeSummary = z.output<typeof summary>;

/** How full the volumes of the namespace are, and the disks of the nodes that its pods run on, as the kubelets say. */
export async function readDisks(
  core: CoreV1Api,
  namespace: string,
  pods: readonly V1Pod[],
): Promise<Content> {
  const nodes = [...new Set(pods.flatMap(({ spec }) => spec?.nodeName ?? []))];
  const path = "stats/summary";
  const answers = await Promise.allSettled(
    nodes.map(async (name) => {
      const answer: unknown = await within(
        kubeletMs,
        core.connectGetNodeProxyWithPath({ name, path }),
      );
      return summary.parse(typeof answer === "string" ? JSON.parse(answer) : answer);
    }),
  );
  const read = answers.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const claims = pods.flatMap(({ spec }) =>
    (spec?.volumes ?? []).flatMap((one) => one.persistentVolumeClaim?.claimName ?? []),
  );
  const { problems = [], ...content } = describeDisks(namespace, [...new Set(claims)], read);
  const unread = answers.flatMap((one, index) =>
    one.status === "rejected" ? [unreadNode(nodes[index] ?? "", one.reason)] : [],
  );
  return { ...content, problems: [...unread, ...problems] };
}

/** An answer of the API server has many lines, of which its code says enough. */
function unreadNode(name: string, reason: unknown): string {
  const { code } = Object(reason) as { code?: number };
  const said = code === undefined ? describe(reason) : `the API server answered ${code}`;
  const advice = code === 403 ? ", the right to `get nodes/proxy` is needed" : "";
  return `the disks of node ${name} are not known: ${said}${advice}`;
}

/** The section about disks. Volumes that their driver tells nothing of are on the disk of the node, as a rule. */
export function describeDisks(
  namespace: string,
  claims: readonly string[],
  nodes: readonly NodeSummary[],
): Content {
  const volumes = nodes
    .flatMap(({ pods }) => pods.flatMap((pod) => pod.volume))
    .filter(({ pvcRef }) => pvcRef?.namespace === namespace)
    .map((one) => [`volume ${one.pvcRef?.name}`, disk.safeParse(one).data] as const);
  const found = new Map<string, Disk>();
  for (const { node } of nodes) if (node.fs) found.set(`node ${node.nodeName}`, node.fs);
  for (const [name, known] of volumes.sort()) if (known) found.set(name, known);
  const untold = claims.filter((claim) => !found.has(`volume ${claim}`));
  const fullness = ({ capacityBytes, availableBytes }: Disk) => 1 - availableBytes / capacityBytes;
  return {
    summary: untold.length > 0 ? `${counted(untold.length, "volume")} not told of` : undefined,
    table: {
      columns: [
        { title: "disk" },
        { title: "free", align: "right" },
        { title: "size", align: "right" },
        { title: "full", align: "right" },
      ],
      rows: [...found].map(([name, known]) => [
        name,
        gib(known.availableBytes),
        gib(known.capacityBytes),
        percent(fullness(known)),
      ]),
    },
    problems: [...found].flatMap(([name, known]) =>
      fullness(known) >= fullAt ? [`${name} is ${percent(fullness(known))} full`] : [],
    ),
  };
}

const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
const percent = (part: number) => `${Math.round(part * 100)} %`;
