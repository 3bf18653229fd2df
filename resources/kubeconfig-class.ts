/**
 * The class alone, for `bundled.cjs`: of a bundle of the whole client, a run would spend a third of a second on models that
 * it doesn't use.
 */
export { KubeConfig } from "@kubernetes/client-node";
