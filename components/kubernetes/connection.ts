import type * as pulumi from "@pulumi/pulumi";
import type { ServiceTarget } from "../../resources/port-forward";
import type { Namespace } from "./namespace";

/** How custom resources reach a Service of the stack: by a port-forward. */
export function serviceConnection(
  namespace: Namespace,
  { service, port }: { readonly service: string; readonly port: number },
): pulumi.Output<{ readonly kubernetes: ServiceTarget }> {
  const { context } = namespace;
  return namespace.name.apply((name) => ({
    kubernetes: { ...(context && { context }), namespace: name, service, port },
  }));
}
