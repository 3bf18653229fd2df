import { runtime } from "@pulumi/pulumi";

/** Exit code by which the SDK's runner says that the error has been told already. */
const errorWasLogged = 32;

/** gRPC's status codes of a connection that the other side has ended. */
const endedConnection: readonly unknown[] = [1 /* CANCELLED */, 14 /* UNAVAILABLE */];

/**
 * Leaves a failed resource's own error the only one of a failed run. The engine closes its connection then, and what the
 * program was about to register fails with it. The SDK is silent about most of these failures; the others it prints as
 * exceptions of the program, with stack traces (pulumi/pulumi#16853).
 */
export function hideErrorsOfEndedRun(program: NodeJS.Process = process): void {
  if (!runtime.hasEngine()) return;
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    const listeners = program.rawListeners(event);
    program.removeAllListeners(event);
    program.on(event, (error: unknown, ...details: unknown[]) => {
      if (isOfEndedRun(error)) program.exitCode = errorWasLogged;
      else for (const listener of listeners) listener.call(program, error, ...details);
    });
  }
}

/** Whether it is what a call to the engine fails with once the connection is closed. */
export function isOfEndedRun(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    error.message.includes("Channel has been shut down") ||
    ("code" in error && endedConnection.includes(error.code))
  );
}
