import { type ServerUnaryCall, type ServiceError, type sendUnaryData, status } from "@grpc/grpc-js";
import type { InvokeResponse } from "@pulumi/pulumi/proto/provider_pb";
import {
  type IResourceMonitorServer,
  ResourceMonitorService,
} from "@pulumi/pulumi/proto/resource_grpc_pb";
import {
  RegisterResourceResponse,
  ResourceInvokeResponse,
  SupportsFeatureResponse,
} from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Deployment } from "./deployment";
import { goalOf, UnsupportedError } from "./goal";
import {
  inheritFromParent,
  type ProgramScope,
  resolveProvider,
  withVersion,
} from "./program-scope";
import { registerResource } from "./registration";
import { isProviderType, packageOfType, rootStackType } from "./urn";
import { equalValues, type PropertyMap } from "./values";
import { fromStruct, toStruct } from "./wire";

/** What the SDK may use; the CLI answers yes to these and to more. */
const features = new Set([
  "secrets",
  "resourceReferences",
  "outputValues",
  "aliasSpecs",
  "deletedWith",
  "replaceWith",
  "replacementTrigger",
]);

type Answer<T> = sendUnaryData<T>;

/** The service that the program registers its resources with. */
export function createMonitor(current: () => Deployment, scope: ProgramScope, root: string) {
  const unary =
    <Request, Response>(handle: (request: Request) => Promise<Response>) =>
    (call: ServerUnaryCall<Request, Response>, answer: Answer<Response>): void => {
      handle(call.request).then(
        (response) => answer(null, response),
        (error: Error) => answer(asServiceError(current(), error)),
      );
    };
  const refuse = (what: string) =>
    unary<unknown, never>(() => Promise.reject(new UnsupportedError(what)));
  const missing = (_call: unknown, answer: Answer<never>) =>
    answer({ code: status.UNIMPLEMENTED, details: "not implemented" });

  const implementation = {
    // The SDK then asks for each feature by name.
    getDeploymentInfo: missing,
    supportsFeature: unary<{ getId(): string }, SupportsFeatureResponse>(async (request) =>
      new SupportsFeatureResponse().setHassupport(features.has(request.getId())),
    ),
    registerResource: unary<Parameters<typeof goalOf>[0], RegisterResourceResponse>(
      async (request) => {
        const d = current();
        const goal = goalOf(request, root);
        inheritFromParent(scope, goal);
        if (isProviderType(goal.type)) goal.inputs = withVersion(goal.inputs, goal.version);
        else if (goal.custom) goal.provider = await resolveProvider(d, scope, goal);
        const state = await registerResource(d, goal);
        scope.goals.set(state.urn, goal);
        const options = {
          secrets: request.getAcceptsecrets(),
          resources: request.getAcceptresources(),
        };
        return new RegisterResourceResponse()
          .setUrn(state.urn)
          .setId(state.id)
          .setObject(toStruct(state.custom ? state.outputs : state.inputs, options));
      },
    ),
    registerResourceOutputs: unary<
      { getUrn(): string; getOutputs(): Parameters<typeof fromStruct>[0] },
      Empty
    >(async (request) => {
      await registerOutputs(current(), request.getUrn(), fromStruct(request.getOutputs()));
      return new Empty();
    }),
    invoke: unary<
      {
        getTok(): string;
        getArgs(): Parameters<typeof fromStruct>[0];
        getProvider(): string;
        getVersion(): string;
        getAcceptresources(): boolean;
      },
      ResourceInvokeResponse | InvokeResponse
    >(async (request) => {
      const d = current();
      const token = request.getTok();
      if (token.startsWith("pulumi:pulumi:")) throw new UnsupportedError(token);
      d.options.providers.refuseUnknown(packageOfType(token), token);
      const reference = await resolveProvider(d, scope, {
        type: token,
        provider: request.getProvider(),
        version: request.getVersion(),
        parent: "",
      });
      const provider = await d.options.providers.get(reference);
      if (!provider?.invoke) throw new UnsupportedError(`the function ${token}`);
      const result = await provider.invoke(token, fromStruct(request.getArgs()));
      return new ResourceInvokeResponse().setReturn(
        toStruct(result, { secrets: true, resources: request.getAcceptresources() }),
      );
    }),
    // The program is at its end: deletions come after it, and it has nothing to wait for.
    signalAndWaitForShutdown: unary<Empty, Empty>(async () => new Empty()),
    call: refuse("a call of a component's method"),
    readResource: refuse("reading a resource by its id (get, StackReference)"),
    existsResource: refuse("asking whether a resource exists"),
    registerStackTransform: refuse("a transform of the stack"),
    registerStackInvokeTransform: refuse("a transform of functions"),
    registerResourceHook: refuse("a resource hook"),
    registerErrorHook: refuse("an error hook"),
    registerPackage: refuse("a parameterized package"),
  };
  return {
    service: ResourceMonitorService,
    implementation: implementation as unknown as IResourceMonitorServer,
  };
}

/** Once the run is to end, the SDK is told to stop, without a message of its own. */
function asServiceError(d: Deployment, error: Error): Partial<ServiceError> {
  if (error instanceof UnsupportedError) {
    d.fail(error);
  }
  const code = d.failed || d.cancelled ? status.UNAVAILABLE : status.UNKNOWN;
  return { code, details: error.message };
}

async function registerOutputs(d: Deployment, urn: string, outputs: PropertyMap): Promise<void> {
  const state = d.news.get(urn);
  if (!state) throw new Error(`outputs of ${urn}, which is not registered`);
  if (state.type === rootStackType) {
    d.stackOutputs = outputs;
    return;
  }
  if (equalValues(state.outputs, outputs)) return;
  state.outputs = outputs;
  if (!d.preview) await d.snapshots.save();
}
