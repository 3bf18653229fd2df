import { runtime } from "@pulumi/pulumi";

/** Exit code by which the SDK's runner says that the error has been told already. */
export const errorWasLogged = 32;

/** What calls to the engine fail with once it has closed the connection: words of the SDK, of its gRPC client, and of gRPC. */
const endedRun =
  /Channel has been shut down|Resource monitor is terminating|\b(1 CANCELLED|14 UNAVAILABLE): /;

/**
 * Leaves a failed resource's own error the only one of a failed run. The engine closes its connection then, and what the
 * program was about to register fails with it. The SDK is silent about most of these failures; the others it prints as
 * exceptions of the program, with stack traces (pulumi/pulumi#16853).
 */
export function hideErrorsOfEndedRun(): void {
  if (!runtime.hasEngine()) return;
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    const listeners = process.rawListeners(event);
    process.removeAllListeners(event);
    process.on(event, (error: unknown, ...details: unknown[]) => {
      if (isOfEndedRun(error)) process.exitCode = errorWasLogged;
      else for (const listener of listeners) listener.call(process, error, ...details);
    });
  }
}

/** Whether it is what a call to the engine fails with once the connection is closed, however it is wrapped. */
export function isOfEndedRun(error: unknown): boolean {
  return error instanceof Error && endedRun.test(error.message);
}
