import type { PropertyMap } from "../../../provider";
import { mapAt, mapsAt, nameOf, textAt, valueAt } from "../object";
import { type Awaiter, done, type Snapshot, waiting } from "./progress";

/**
 * A Service is ready when the pods that it selects are, and a load balancer has its address. One
 * that selects none yet is ready too, for its pods may depend on it. The Pulumi provider lets the
 * endpoints settle for 10 s; here the endpoint controller's own mark of the change takes its place.
 */
export const serviceAwaiter: Awaiter = {
  related: ["endpointSlices", "pods", "events"],
  onRead: true,
  crashLoopFails: true,
  progress(snapshot) {
    const { object } = snapshot;
    const type = textAt(object, "spec", "type") ?? "ClusterIP";
    if (
      type === "LoadBalancer" &&
      mapsAt(object, "status", "loadBalancer", "ingress").length === 0
    ) {
      return waiting("[2/3] Attempting to allocate IP address to Service", [
        "Service was not allocated an IP address; does your cloud provider support this?",
      ]);
    }
    const selectsPods = Object.keys(mapAt(object, "spec", "selector")).length > 0;
    const isHeadless = textAt(object, "spec", "clusterIP") === "None";
    if (!selectsPods || isHeadless || type === "ExternalName") return done();
    return endpointsProgress(snapshot);
  },
};

function endpointsProgress({ object, related }: Snapshot) {
  const slices = (related.endpointSlices ?? []).filter(
    (slice) => textAt(slice, "metadata", "labels", "kubernetes.io/service-name") === nameOf(object),
  );
  const pending = slices
    .flatMap((slice) => mapsAt(slice, "endpoints"))
    .filter(
      (endpoint) =>
        valueAt(endpoint, "conditions", "ready") === false &&
        valueAt(endpoint, "conditions", "terminating") !== true,
    );
  if (slices.length > 0 && pending.length === 0) return done("Service initialization complete");
  const names = pending.map((endpoint) => textAt(endpoint, "targetRef", "name"));
  const pods: PropertyMap[] = (related.pods ?? []).filter((pod) => names.includes(nameOf(pod)));
  return waiting(
    "[1/3] Finding Pods to direct traffic to",
    [
      "Service does not target any Pods. Selected Pods may not be ready, or field '.spec.selector' may not match labels on any Pods",
    ],
    pods,
  );
}
