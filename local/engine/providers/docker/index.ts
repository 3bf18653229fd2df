import type { Provider } from "../../provider";
import { DockerProvider } from "./provider";

/** The provider of the package `docker`. */
export function createDockerProvider(): Provider {
  return new DockerProvider();
}
