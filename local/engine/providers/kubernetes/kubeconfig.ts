import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";

export interface ClusterAccess {
  kubeConfig: KubeConfig;
  /** Such as `https://10.250.0.1:6443`. */
  server: string;
  /** Namespace of the context, or `default`. */
  namespace: string;
}

/**
 * Loads a kubeconfig given as path or contents; without one, `$KUBECONFIG`, `~/.kube/config` or the
 * pod's own service account. Throws when it can't be read or has no such context.
 */
export function loadKubeconfig(options: {
  kubeconfig?: string;
  context?: string;
  cluster?: string;
}): ClusterAccess {
  const kubeConfig = new KubeConfig();
  const source = loadSource(kubeConfig, options.kubeconfig ?? "");
  if (options.context) {
    if (!kubeConfig.contexts.some((context) => context.name === options.context)) {
      const names = kubeConfig.contexts.map((context) => context.name).join(", ") || "none";
      throw new Error(
        `${source} has no context "${options.context}"; it has: ${names}. Set kubernetes:context to one of them, or KUBECONFIG to another file`,
      );
    }
    kubeConfig.setCurrentContext(options.context);
  }
  const { cluster: override } = options;
  if (override) {
    const pointed = kubeConfig.contexts.map((item) => ({ ...item, cluster: override }));
    kubeConfig.contexts = pointed;
  }
  const context = kubeConfig.contexts.find((item) => item.name === kubeConfig.currentContext);
  const cluster = kubeConfig.getCurrentCluster();
  if (!cluster) {
    throw new Error(
      `${source} names no cluster for its current context "${kubeConfig.currentContext ?? ""}": set kubernetes:context, or KUBECONFIG to a file that has one`,
    );
  }
  return { kubeConfig, server: cluster.server, namespace: context?.namespace ?? "default" };
}

/** Returns how messages name the source. */
function loadSource(kubeConfig: KubeConfig, pathOrContents: string): string {
  if (pathOrContents === "") {
    kubeConfig.loadFromDefault();
    return process.env.KUBECONFIG
      ? `kubeconfig ${process.env.KUBECONFIG}`
      : "the default kubeconfig";
  }
  const path = pathOrContents.startsWith("~/")
    ? join(homedir(), pathOrContents.slice(2))
    : pathOrContents;
  if (!path.includes("\n") && existsSync(path)) {
    kubeConfig.loadFromFile(path);
    return `kubeconfig ${path}`;
  }
  // The Node SDK passes $KUBECONFIG on as it is, which may be a list of files.
  if (pathOrContents === process.env.KUBECONFIG) {
    kubeConfig.loadFromDefault();
    return `kubeconfig ${pathOrContents}`;
  }
  if (!pathOrContents.includes("\n") && !pathOrContents.trimStart().startsWith("{")) {
    throw new Error(`there is no kubeconfig at ${path}: has the cluster been started?`);
  }
  kubeConfig.loadFromString(pathOrContents);
  return "the given kubeconfig";
}
