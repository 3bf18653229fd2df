import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import {
  CheckRequest,
  type CheckResponse,
  ConfigureRequest,
  CreateRequest,
  type CreateResponse,
  DeleteRequest,
  DiffRequest,
  type DiffResponse,
  ErrorResourceInitFailed,
  ReadRequest,
  type ReadResponse,
  UpdateRequest,
  type UpdateResponse,
} from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { InitializationError, type OperationContext, type Provider } from "../provider";
import { messageLimit } from "../rpc";
import { youngHeap } from "../run-program";
import { diffMaps } from "../value-diff";
import { mapWithoutSecrets, type PropertyMap } from "../values";
import { fromStruct, markSecretsLike, toStruct } from "../wire";

export interface DynamicHostOptions {
  /** Folder of the program, where `@pulumi/pulumi` is found. */
  root: string;
  /** Address of the Engine service. */
  engineAddress(): string;
  /** As the program itself sees it: PULUMI_CONFIG and its like. */
  environment: NodeJS.ProcessEnv;
  /** Lines that provider code prints. */
  onLine(line: string): void;
}

const plain = { secrets: false, resources: false };

/**
 * Dynamic resources, run by the SDK's own host, one process for the whole run. It starts when it is
 * first needed, or ahead by `warmUp`.
 */
export function createDynamicProvider(options: DynamicHostOptions): Provider {
  let starting: Promise<Host> | undefined;
  let config: PropertyMap = {};
  const host = () => {
    starting ??= startHost(options);
    return starting;
  };
  let configuring: Promise<void> | undefined;
  const client = async (): Promise<ResourceProviderClient> => {
    const { client } = await host();
    configuring ??= call((done) =>
      client.configure(new ConfigureRequest().setArgs(struct(config)), done),
    ).then(() => {});
    await configuring;
    return client;
  };
  return {
    warmUp() {
      // A failure to start is reported by the first operation that needs the host.
      host().catch(() => {});
    },
    async configure(inputs) {
      config = inputs;
    },
    async check(ctx, olds, news) {
      const request = new CheckRequest()
        .setUrn(ctx.urn)
        .setOlds(struct(olds ?? {}))
        .setNews(struct(news));
      const response = await operate<CheckResponse>(ctx, client, (c, done) =>
        c.check(request, done),
      );
      return {
        inputs: markSecretsLike(fromStruct(response.getInputs()), news),
        failures: response.getFailuresList().map((f) => f.toObject()),
      };
    },
    async diff(ctx, id, oldInputs, oldOutputs, newInputs, ignoreChanges) {
      const request = new DiffRequest()
        .setUrn(ctx.urn)
        .setId(id)
        .setOlds(struct(oldOutputs))
        .setOldInputs(struct(oldInputs))
        .setNews(struct(newInputs))
        .setIgnorechangesList(ignoreChanges);
      const response = await operate<DiffResponse>(ctx, client, (c, done) => c.diff(request, done));
      const [none, some] = [1, 2];
      const answer = response.getChanges();
      const isTold = answer === none || answer === some;
      const found = isTold
        ? { detailedDiff: {}, changedKeys: [] }
        : diffMaps(mapWithoutSecrets(oldInputs), mapWithoutSecrets(newInputs));
      return {
        ...found,
        changes: answer === some || found.changedKeys.length > 0,
        replaces: response.getReplacesList(),
        deleteBeforeReplace: response.getDeletebeforereplace(),
      };
    },
    async create(ctx, inputs) {
      // The host has no previews: what create would return is unknown but for the inputs.
      if (ctx.preview) return { id: "", outputs: inputs };
      const request = new CreateRequest().setUrn(ctx.urn).setProperties(struct(inputs));
      request.setTimeout(ctx.timeoutSeconds ?? 0);
      const response = await operate<CreateResponse>(ctx, client, (c, done) =>
        c.create(request, done),
      ).catch(rethrowInitialization(inputs));
      return {
        id: response.getId(),
        outputs: markSecretsLike(fromStruct(response.getProperties()), inputs),
      };
    },
    async read(ctx, id, inputs, outputs) {
      const request = new ReadRequest()
        .setUrn(ctx.urn)
        .setId(id)
        .setInputs(struct(inputs))
        .setProperties(struct(outputs));
      const response = await operate<ReadResponse>(ctx, client, (c, done) => c.read(request, done));
      if (!response.getId()) return undefined;
      const read = response.getInputs();
      return {
        id: response.getId(),
        inputs: read ? markSecretsLike(fromStruct(read), inputs) : inputs,
        outputs: markSecretsLike(fromStruct(response.getProperties()), outputs),
      };
    },
    async update(ctx, id, oldInputs, oldOutputs, newInputs) {
      if (ctx.preview) return { outputs: newInputs };
      const request = new UpdateRequest()
        .setUrn(ctx.urn)
        .setId(id)
        .setOlds(struct(oldOutputs))
        .setOldInputs(struct(oldInputs))
        .setNews(struct(newInputs));
      request.setTimeout(ctx.timeoutSeconds ?? 0);
      const response = await operate<UpdateResponse>(ctx, client, (c, done) =>
        c.update(request, done),
      ).catch(rethrowInitialization(newInputs));
      return { outputs: markSecretsLike(fromStruct(response.getProperties()), newInputs) };
    },
    async delete(ctx, id, inputs, outputs) {
      const request = new DeleteRequest()
        .setUrn(ctx.urn)
        .setId(id)
        .setOldInputs(struct(inputs))
        .setProperties(struct(outputs));
      request.setTimeout(ctx.timeoutSeconds ?? 0);
      await operate<unknown>(ctx, client, (c, done) => c.delete(request, done));
    },
    async close() {
      if (!starting) return;
      const started = await starting.catch(() => undefined);
      started?.client.close();
      started?.process.kill();
    },
  };
}

const beside = (file: string) => join(__dirname, "..", file);

interface Host {
  client: ResourceProviderClient;
  process: ChildProcess;
}

async function startHost(options: DynamicHostOptions): Promise<Host> {
  const script = createRequire(join(options.root, "package.json")).resolve(
    "@pulumi/pulumi/cmd/dynamic-provider",
  );
  const child = spawn(
    process.execPath,
    [
      youngHeap,
      "--require",
      beside("end-with-parent.cjs"),
      "--require",
      beside("host-loader.cjs"),
      script,
      options.engineAddress(),
    ],
    {
      cwd: options.root,
      env: options.environment,
      stdio: ["pipe", "pipe", "pipe"],
      // SIGINT on a terminal goes to the whole group, and what is in flight here must end.
      detached: true,
    },
  );
  const printed: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    printed.push(line);
    options.onLine(line);
  });
  const port = await new Promise<string>((resolve, reject) => {
    const lines = createInterface({ input: child.stdout });
    lines.once("line", (line) => {
      lines.on("line", options.onLine);
      resolve(line.trim());
    });
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      reject(
        new Error(
          `the SDK's host of dynamic resources (${script}) ended with ${signal ?? `exit code ${code}`} before it listened:\n${printed.join("\n")}`,
        ),
      ),
    );
  });
  const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure(), {
    ...messageLimit,
  });
  // Connects at once, and not with the first request; whether that succeeds, the first request tells.
  client.waitForReady(Number.POSITIVE_INFINITY, () => {});
  return { client, process: child };
}

function struct(map: PropertyMap): Struct {
  return toStruct(map, plain);
}

type Done<T> = (error: ServiceError | null, response: T) => void;

function call<T>(start: (done: Done<T>) => { cancel(): void }, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const running = start((error, response) => (error ? reject(error) : resolve(response)));
    signal?.addEventListener("abort", () => running.cancel(), { once: true });
  });
}

/** One request; its error says the provider's own words, without gRPC's prefix. */
async function operate<T>(
  ctx: OperationContext,
  client: () => Promise<ResourceProviderClient>,
  start: (client: ResourceProviderClient, done: Done<T>) => { cancel(): void },
): Promise<T> {
  const connected = await client();
  try {
    return await call((done: Done<T>) => start(connected, done), ctx.signal);
  } catch (error) {
    const { details, message } = error as ServiceError;
    throw new Error(details || message, { cause: error });
  }
}

/** The host packs an object that exists but failed to initialise into the error's details. */
function rethrowInitialization(inputs: PropertyMap): (error: Error) => never {
  return (error) => {
    const [packed] = (error.cause as ServiceError | undefined)?.metadata?.get(
      "grpc-status-details-bin",
    ) ?? [undefined];
    if (!(packed instanceof Buffer)) throw error;
    const [detail] = Status.deserializeBinary(packed).getDetailsList();
    const failed = detail?.unpack(
      ErrorResourceInitFailed.deserializeBinary,
      "pulumirpc.ErrorResourceInitFailed",
    );
    if (!failed) throw error;
    const outputs = markSecretsLike(fromStruct(failed.getProperties()), inputs);
    const reasons = failed.getReasonsList();
    throw new InitializationError(
      failed.getId(),
      { ...outputs, __provider: inputs.__provider ?? null },
      reasons.length > 0 ? reasons : [error.message],
    );
  };
}
