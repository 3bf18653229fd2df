/** The labels by which pods of a stack are selected: by the software's name, and its component, if one is given. */
export function podLabels(stack: string, name: string, component?: string): Record<string, string> {
  return {
    "app.kubernetes.io/name": name,
    "app.kubernetes.io/instance": stack,
    ...(component !== undefined && { "app.kubernetes.io/component": component }),
  };
}
