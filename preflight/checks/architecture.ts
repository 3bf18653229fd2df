import type { DeclaredBuild, DeclaredPods } from "../declared";
import type { Node } from "../facts";
import { error, type Finding, warning } from "../finding";
import { valuesFile } from "../values-file";
import { nodesFor } from "./placement";

const label = "kubernetes.io/arch";

/** Official images that are made for one architecture alone; the others that the stack uses are made for amd64 and arm64. */
const singleArchitecture: Readonly<Record<string, string>> = {
  "docker.io/apache/druid": "amd64",
  "apache/druid": "amd64",
};

/** Pods that may come to a node whose architecture their image lacks. */
export function checkArchitecture(
  pods: readonly DeclaredPods[],
  nodes: readonly Node[],
  stack: string,
): Finding[] {
  const images = [...new Set(pods.flatMap((one) => one.images))];
  return images.flatMap((image) => {
    const needed = singleArchitecture[image.replace(/[:@][^/]*$/, "")];
    if (needed === undefined) return [];
    const own = pods.filter((one) => one.images.includes(image) && !one.hasNodeAffinity);
    const wrong = own.filter((one) =>
      nodesFor(one, nodes).some(({ labels }) => (labels[label] ?? needed) !== needed),
    );
    if (wrong.length === 0) return [];
    return [finding(image, needed, { wrong, nodes, stack })];
  });
}

/** Kubernetes' names of Node's architectures. */
const archNames: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };

/**
 * Images that are built here for another architecture than the nodes have. It is a warning, because the Docker engine may be
 * on another machine.
 *
 * @param own this machine's architecture, in Node's words, for which images without a platform are built
 */
export function checkBuilds(
  builds: readonly DeclaredBuild[],
  nodes: readonly Node[],
  own: string,
): Finding[] {
  const platforms = new Set(builds.map(({ platform }) => platform));
  return [...platforms].flatMap((platform) => {
    const names = builds.filter((one) => one.platform === platform).map(({ name }) => name);
    return platform ? checkPlatform(names, nodes, platform) : checkMachine(names, nodes, own);
  });
}

function checkPlatform(
  names: readonly string[],
  nodes: readonly Node[],
  platform: string,
): Finding[] {
  const [, built = ""] = platform.split("/");
  const found = [...new Set(nodes.map(({ labels }) => labels[label] ?? built))];
  if (found.every((one) => one === built)) return [];
  const [other] = found.filter((one) => one !== built);
  return [
    warning(
      `Images are built for ${platform} (${names.join(", ")}); the nodes are: ${found.join(", ")}.`,
      found.includes(built)
        ? `Set nodeSelector { ${label}: ${built} } for their pods`
        : `Run: pulumi config set imagePlatform linux/${other}`,
    ),
  ];
}

function checkMachine(names: readonly string[], nodes: readonly Node[], own: string): Finding[] {
  const builder = archNames[own] ?? own;
  const found = [...new Set(nodes.map(({ labels }) => labels[label] ?? builder))];
  if (found.every((one) => one === builder)) return [];
  return [
    warning(
      `Images are built here (${names.join(", ")}), and this machine is ${builder}; the nodes are: ${found.join(", ")}.`,
      `Run it on a machine of the nodes' architecture, or use an engine of one (DOCKER_HOST)${found.includes(builder) ? `, or set nodeSelector { ${label}: ${builder} }` : ""}`,
    ),
  ];
}

function finding(
  image: string,
  needed: string,
  { wrong, nodes, stack }: { wrong: DeclaredPods[]; nodes: readonly Node[]; stack: string },
): Finding {
  const count = nodes.filter(({ labels }) => labels[label] === needed).length;
  const found = [...new Set(nodes.map(({ labels }) => labels[label] ?? "unknown"))].join(", ");
  const names = wrong.map(({ name }) => name).join(", ");
  const files = [...new Set(wrong.map(({ app }) => valuesFile(app, stack)))].join(", ");
  return error(
    `Image ${image} is made for ${needed} alone, and the nodes are: ${found}. Pods that would not start on the others: ${names}.`,
    count > 0
      ? `Set nodeSelector { ${label}: ${needed} } for each of them in ${files}`
      : `Add ${needed} nodes to the cluster, or set image.repository in ${files} to an image for ${found}`,
  );
}
