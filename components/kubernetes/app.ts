import type * as pulumi from "@pulumi/pulumi";
import { podLabels } from "./labels";
import type { Namespace } from "./namespace";

export interface AppArgs {
  /** Name of the software, such as `kafka`. */
  readonly name: string;
  /** Version of the software. */
  readonly version: string;
  /** Namespace to live in. */
  readonly namespace: Namespace;
  /** Component that makes it. */
  readonly parent: pulumi.Resource;
  /** The component's name in Pulumi, with which the names of its resources begin. */
  readonly resourceName: string;
  /** What all of its objects come after. Default: nothing but the namespace. */
  readonly dependsOn?: pulumi.CustomResourceOptions["dependsOn"];
}

/** One piece of software in the stack's namespace: what all of its objects in Kubernetes have in common. */
export class App {
  readonly name: string;
  readonly version: string;
  readonly namespace: Namespace;
  readonly parent: pulumi.Resource;
  readonly resourceName: string;
  /** Options of each object. */
  readonly options: pulumi.CustomResourceOptions;

  constructor({ name, version, namespace, parent, resourceName, dependsOn }: AppArgs) {
    this.name = name;
    this.version = version;
    this.namespace = namespace;
    this.parent = parent;
    this.resourceName = resourceName;
    this.options = { ...namespace.childOptions, parent, dependsOn };
  }

  /** @param name Default: one by Pulumi, and another after each change that replaces the object. */
  metadata(component: string, name?: string) {
    return { name, namespace: this.namespace.name, labels: this.labels(component) };
  }

  /** Labels of all objects of the stack, as kubernetes.io ("Recommended Labels") has them. */
  labels(component: string): Record<string, string> {
    return {
      ...this.selectorLabels(component),
      "app.kubernetes.io/version": labelValue(this.version),
      "app.kubernetes.io/part-of": "realtime-analytics",
      "app.kubernetes.io/managed-by": "pulumi",
    };
  }

  /**
   * The labels that never change over a workload's life, so that its immutable selector can have them.
   *
   * @param component Default: all of the software's.
   */
  selectorLabels(component?: string): Record<string, string> {
    return podLabels(this.namespace.stack, this.name, component);
  }
}

/** Label values have 63 characters at most, of letters, digits, `-`, `_` and `.`; tags may have more. */
function labelValue(text: string): string {
  return text
    .replace(/[^\w.-]/g, "-")
    .slice(0, 63)
    .replace(/[-_.]+$/, "");
}
