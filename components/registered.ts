/** A Kubernetes object as the stack would apply it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: Record<string, unknown>;
  [field: string]: unknown;
}

/** A resource that the program registers. */
export interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}
