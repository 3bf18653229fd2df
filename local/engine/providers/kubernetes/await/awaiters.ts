import type { PropertyMap } from "../../../provider";
import { textAt } from "../object";
import { daemonSetAwaiter } from "./daemon-set";
import { deploymentAwaiter } from "./deployment";
import { ingressAwaiter } from "./ingress";
import { jobAwaiter } from "./job";
import { podAwaiter } from "./pod";
import type { Awaiter } from "./progress";
import { serviceAwaiter } from "./service";
import { statefulSetAwaiter } from "./stateful-set";
import { claimAwaiter, volumeAwaiter } from "./storage";

const byKind: Record<string, Awaiter> = {
  "apps/v1/DaemonSet": daemonSetAwaiter,
  "apps/v1/Deployment": deploymentAwaiter,
  "apps/v1/StatefulSet": statefulSetAwaiter,
  "batch/v1/Job": jobAwaiter,
  "networking.k8s.io/v1/Ingress": ingressAwaiter,
  "v1/PersistentVolume": volumeAwaiter,
  "v1/PersistentVolumeClaim": claimAwaiter,
  "v1/Pod": podAwaiter,
  "v1/Service": serviceAwaiter,
};

/** How to wait for an object; undefined for kinds that are ready once they exist. */
export function awaiterOf(object: PropertyMap): Awaiter | undefined {
  return byKind[`${textAt(object, "apiVersion")}/${textAt(object, "kind")}`];
}
