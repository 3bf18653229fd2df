import type { ServerUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import { EngineService, type IEngineServer } from "@pulumi/pulumi/proto/engine_grpc_pb";
import {
  GetRootResourceResponse,
  type LogRequest,
  LogSeverity,
  type SetRootResourceRequest,
  SetRootResourceResponse,
} from "@pulumi/pulumi/proto/engine_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Display, Severity } from "./display/events";

const severities: Record<number, Severity> = {
  [LogSeverity.DEBUG]: "debug",
  [LogSeverity.INFO]: "info",
  [LogSeverity.WARNING]: "warning",
  [LogSeverity.ERROR]: "error",
};

/** What the SDK says of its own connection, in words of grpc-js, when it goes on declaring after it was told to stop. */
const closedConnection = /Channel has been shut down|Resource monitor is terminating/;

export interface ProgramEvents {
  /** Whether the run is to end: the program has been told that nothing more is answered. */
  isEnding(): boolean;
  /** Hears when the program has loaded the SDK, and is about to declare its resources. */
  onStarted(): void;
  /** Hears of each error that the program reports. */
  onError(): void;
}

/** The service that a program logs to. */
export function createEngineService(
  display: Display,
  { isEnding, onStarted, onError }: ProgramEvents,
) {
  let root = "";
  const implementation = {
    log(call: ServerUnaryCall<LogRequest, Empty>, answer: sendUnaryData<Empty>) {
      const severity = severities[call.request.getSeverity()] ?? "info";
      const urn = call.request.getUrn() || undefined;
      const message = call.request.getMessage().trimEnd();
      if (call.request.getEphemeral() && urn) display.status(urn, message);
      else if (!(isEnding() && closedConnection.test(message))) display.log(severity, message, urn);
      if (severity === "error") onError();
      answer(null, new Empty());
    },
    getRootResource(_call: unknown, answer: sendUnaryData<GetRootResourceResponse>) {
      answer(null, new GetRootResourceResponse().setUrn(root));
    },
    setRootResource(
      call: ServerUnaryCall<SetRootResourceRequest, SetRootResourceResponse>,
      answer: sendUnaryData<SetRootResourceResponse>,
    ) {
      root = call.request.getUrn();
      onStarted();
      answer(null, new SetRootResourceResponse());
    },
    startDebugging(_call: unknown, answer: sendUnaryData<Empty>) {
      answer(null, new Empty());
    },
    requirePulumiVersion(_call: unknown, answer: sendUnaryData<Empty>) {
      answer(null, new Empty());
    },
  };
  return { service: EngineService, implementation: implementation as unknown as IEngineServer };
}
