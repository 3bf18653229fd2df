import type { OperationContext } from "../../../provider";

/** A context for tests that keeps what the provider says. */
export interface RecordedContext extends OperationContext {
  statuses: string[];
  logs: string[];
}

export function contextFor(
  type: string,
  name: string,
  options: { preview?: boolean; timeoutSeconds?: number; signal?: AbortSignal } = {},
): RecordedContext {
  const statuses: string[] = [];
  const logs: string[] = [];
  return {
    urn: `urn:pulumi:test::test::${type}::${name}`,
    type,
    name,
    preview: options.preview ?? false,
    signal: options.signal ?? new AbortController().signal,
    timeoutSeconds: options.timeoutSeconds,
    status: (message) => statuses.push(message),
    log: (severity, message) => logs.push(`${severity}: ${message}`),
    statuses,
    logs,
  };
}
