import type { PropertyMap } from "../../../provider";
import { annotationOf, idOf, nameOf, textAt } from "../object";
import { type Awaiter, done, waiting } from "./progress";

const defaultClass = "storageclass.kubernetes.io/is-default-class";

/** A claim is ready when it is bound, or pends because its class waits for the first consumer. */
export const claimAwaiter: Awaiter = {
  related: ["storageClasses", "events"],
  onRead: false,
  crashLoopFails: false,
  progress({ object, related }) {
    const phase = textAt(object, "status", "phase");
    if (phase === "Bound") return done();
    const storageClass = classOf(object, related.storageClasses ?? []);
    const waitsForConsumer =
      textAt(storageClass, "volumeBindingMode") === "WaitForFirstConsumer" && phase === "Pending";
    if (waitsForConsumer) return done();
    const text = `Waiting for PersistentVolumeClaim "${idOf(object)}" to be bound (phase ${phase ?? "unknown"}, storage class ${nameOf(storageClass ?? {}) || "none"})`;
    return waiting(text, [text]);
  },
};

function classOf(claim: PropertyMap, classes: PropertyMap[]): PropertyMap | undefined {
  const name = textAt(claim, "spec", "storageClassName");
  return classes.find((item) =>
    name === undefined ? annotationOf(item, defaultClass) === "true" : nameOf(item) === name,
  );
}

/** A volume is ready when a claim can take it, or has. */
export const volumeAwaiter: Awaiter = {
  related: [],
  onRead: false,
  crashLoopFails: false,
  progress({ object }) {
    const phase = textAt(object, "status", "phase");
    if (phase === "Available") return done("PV marked available");
    if (phase === "Bound") return done("PV has been bound");
    const text = `Waiting for PersistentVolume "${nameOf(object)}" to be available (phase ${phase ?? "unknown"})`;
    return waiting(text, [text]);
  },
};
