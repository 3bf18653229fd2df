import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

type Spec = Record<string, unknown> & { context?: Record<string, unknown>; suspended?: boolean };

interface Query {
  readonly query: string;
  readonly parameters: readonly { readonly value: string }[];
}

/** Druid's supervisor API, as far as the provider uses it, with what a test wants to see. */
export class FakeDruid {
  /** Each call that changes something, such as "POST /druid/indexer/v1/supervisor". */
  readonly writes: string[] = [];
  readonly supervisors = new Map<string, Spec>();
  readonly history = new Map<string, Spec[]>();
  readonly rules = new Map<string, object[]>();
  readonly compaction = new Map<string, object>();
  /** Rows of the tables that brokers know. */
  readonly rows = new Map<string, number>();
  /** Segments of each datasource, those that no broker knows too. */
  readonly segments = new Map<string, number>();
  /** Tasks that run until they are shut down. */
  readonly tasks = new Set<string>();
  /** Rows that the sampler can't read, with this reason. */
  unparseable?: string;
  /** Whoever has another password is answered 401. Undefined: nobody needs one. */
  password?: string;
  /** What the sampler answers with 400. */
  invalid?: string;
  status: {
    readonly state: string;
    readonly detailedState: string;
    readonly healthy: boolean;
    readonly activeTasks?: readonly object[];
    readonly recentErrors?: readonly { readonly message: string }[];
  } = { state: "RUNNING", detailedState: "RUNNING", healthy: true };
  /** How tasks reach Kafka. */
  readonly consumerProperties = new Map<string, object>();
  /** Tasks that have ended, newest first. */
  ended: readonly object[] = [];
  /** With what each task fails: there is one more whenever somebody asks for those that have ended. */
  failure?: string;
  /** What was sent to /resetOffsets; the supervisor is well afterwards. */
  resets: unknown[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk) => {
        text += chunk;
      });
      request.on("end", () => {
        const { pathname: path, searchParams } = new URL(request.url ?? "", "http://fake");
        const body = text === "" ? undefined : JSON.parse(text);
        const [status, answer] = this.lets(request.headers.authorization)
          ? this.answer(request.method ?? "", path, body, searchParams)
          : [401, { error: "Unauthorized request" }];
        response.writeHead(status, { "content-type": "application/json" });
        response.end(answer === undefined ? "" : JSON.stringify(answer));
      });
    });
  }

  /** @returns its address */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private lets(authorization = ""): boolean {
    if (this.password === undefined) return true;
    const login = Buffer.from(authorization.replace("Basic ", ""), "base64").toString();
    return login.endsWith(`:${this.password}`);
  }

  private answer(
    method: string,
    path: string,
    body: Spec,
    query: URLSearchParams,
  ): [number, unknown] {
    const [, id = "", action = ""] =
      /^\/druid\/indexer\/v1\/supervisor(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(path) ?? [];
    if (path.endsWith("/sampler")) {
      return this.sample();
    }
    if (path === "/druid/v2/sql") {
      return this.select(body as unknown as Query);
    }
    if (method !== "GET") {
      this.writes.push(`${method} ${path}`);
    }
    if (path.endsWith("/leader")) {
      return [200, "http://leader:8081"];
    }
    if (path.startsWith("/druid/coordinator/v1/rules/")) {
      return this.answerRules(method, path, body);
    }
    if (path.startsWith("/druid/coordinator/v1/config/compaction")) {
      return this.answerCompaction(method, path, body);
    }
    if (path.endsWith("/resetOffsets")) {
      this.resets.push(body);
      this.status = { state: "RUNNING", detailedState: "RUNNING", healthy: true };
    }
    if (path.includes("/indexer/v1/tasks") && query.get("state") === "complete") {
      if (this.failure !== undefined) this.ended = [failedNow(this.failure), ...this.ended];
      return [200, this.ended.slice(0, Number(query.get("max")))];
    }
    if (path.includes("/indexer/v1/tasks")) {
      return [200, [...this.tasks].map((id) => ({ id, statusCode: "RUNNING" }))];
    }
    if (path.endsWith("/shutdown")) {
      const ended = path.split("/").at(-2) ?? "";
      this.tasks.delete(ended);
      const activeTasks = this.status.activeTasks?.filter(
        (task) => Reflect.get(task, "id") !== ended,
      );
      this.status = { ...this.status, ...(activeTasks && { activeTasks }) };
      return [200, {}];
    }
    const properties = this.consumerProperties.get(path.replace(/.*\/task\//, ""));
    if (properties !== undefined) {
      return [200, { payload: { ioConfig: { consumerProperties: properties } } }];
    }
    if (path.endsWith("/indexer/v1/task")) {
      return [200, { task: "kill-1" }];
    }
    if (path.endsWith("/task/kill-1/status")) {
      return [200, { status: { id: "kill-1", type: "kill", statusCode: "SUCCESS" } }];
    }
    if (method === "POST" && path.endsWith("/supervisor")) {
      return this.post(body);
    }
    return path.includes("/supervisor/") ? this.supervisor(id, action) : [200, {}];
  }

  private answerRules(method: string, path: string, body: unknown): [number, unknown] {
    const datasource = path.replace(/.*\//, "");
    if (method === "GET") {
      return [200, this.rules.get(datasource) ?? []];
    }
    // Druid fills in its defaults.
    const defaults = { tieredReplicants: { _default_tier: 2 }, useDefaultTierForNull: true };
    const filled = (body as { type: string }[]).map((rule) =>
      rule.type.startsWith("load") ? { ...defaults, ...rule } : rule,
    );
    this.rules.set(datasource, filled);
    return [200, undefined];
  }

  private answerCompaction(method: string, path: string, body: unknown): [number, unknown] {
    if (method === "POST") {
      const config = { taskPriority: 25, maxRowsPerSegment: null, ...(body as object) };
      this.compaction.set(String(Reflect.get(config, "dataSource")), config);
      return [200, { success: true }];
    }
    const datasource = path.replace(/.*\//, "");
    const config = this.compaction.get(datasource);
    if (config === undefined) {
      return [404, { errorMessage: "Datasource compaction config does not exist" }];
    }
    if (method === "DELETE") {
      this.compaction.delete(datasource);
    }
    return [200, config];
  }

  private select({ query, parameters }: Query): [number, unknown] {
    const table = /FROM "(.*)"$/.exec(query)?.[1];
    if (table === undefined) {
      return [200, [{ n: this.segments.get(parameters[0]?.value ?? "") ?? 0 }]];
    }
    const rows = this.rows.get(table);
    return rows === undefined
      ? [400, { errorMessage: `Object '${table}' not found` }]
      : [200, [{ n: rows }]];
  }

  private sample(): [number, unknown] {
    if (this.invalid !== undefined) {
      return [400, { error: this.invalid }];
    }
    const error = this.unparseable;
    const data = [error === undefined ? {} : { unparseable: true, error }];
    return [200, { numRowsRead: 1, numRowsIndexed: error === undefined ? 1 : 0, data }];
  }

  private post(spec: Spec): [number, unknown] {
    const { dataSchema } = spec.spec as { dataSchema: { dataSource: string } };
    const id = dataSchema.dataSource;
    // Druid fills in its defaults.
    const { ioConfig, ...rest } = spec.spec as { ioConfig: object };
    const live = {
      ...spec,
      context: spec.context ?? null,
      suspended: spec.suspended ?? false,
      spec: { ...rest, ioConfig: { pollTimeout: 100, idleConfig: null, ...ioConfig } },
    } as unknown as Spec;
    this.supervisors.set(id, live);
    this.history.set(id, [live, ...(this.history.get(id) ?? [])]);
    return [200, { id }];
  }

  private supervisor(id: string, action: string): [number, unknown] {
    const live = this.supervisors.get(id);
    if (action === "history") {
      const specs = this.history.get(id);
      return specs
        ? [200, specs.map((spec) => ({ spec, version: "2026-01-01T12:00:00.000Z" }))]
        : [404, {}];
    }
    if (live === undefined) {
      return [404, { error: `[${id}] does not exist` }];
    }
    if (action === "terminate") {
      this.supervisors.delete(id);
      this.history.set(id, [{ type: "noop" }, ...(this.history.get(id) ?? [])]);
    }
    if (action === "suspend" || action === "resume") {
      live.suspended = action === "suspend";
    }
    if (action === "status") {
      const activeTasks = [{ id: "task-1", startTime: "2026-11-22T00:00:00Z" }];
      const recentErrors = this.status.healthy ? [] : [{ message: "no such host: kafka" }];
      const { suspended } = live;
      return [200, { payload: { activeTasks, recentErrors, ...this.status, suspended } }];
    }
    return [200, action === "" ? live : { id }];
  }
}

/** A task that has read, and failed at once. */
function failedNow(errorMsg: string): object {
  const createdTime = new Date().toISOString();
  return {
    ...{ id: createdTime, type: "index_kafka", statusCode: "FAILED", errorMsg },
    ...{ createdTime, duration: 0 },
  };
}
