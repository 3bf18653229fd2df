import type { Provider } from "../../provider";
import { KubernetesProvider } from "./provider";

/** The provider of the package `kubernetes`. */
export function createKubernetesProvider(): Provider {
  return new KubernetesProvider();
}
