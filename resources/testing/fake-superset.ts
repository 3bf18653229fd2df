import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

type Fields = Record<string, unknown>;
type Answer = readonly [status: number, body: unknown];
type Kind = "database" | "dataset" | "chart" | "dashboard";

const NaturalKeys: Record<Kind, string> = {
  database: "database_name",
  dataset: "table_name",
  chart: "uuid",
  dashboard: "slug",
};

/** Superset's REST API as far as the providers use it, with what is special in it: masked passwords, charts linked by PUT alone. */
export class FakeSuperset {
  /** Each call that changes something, such as "PUT /api/v1/chart/3". */
  readonly writes: string[] = [];
  readonly objects: Record<Kind, Map<number, Fields>> = {
    database: new Map(),
    dataset: new Map(),
    chart: new Map(),
    dashboard: new Map(),
  };
  /** The charts of each dashboard. */
  readonly links = new Map<number, number[]>();
  /** What the next calls whose "METHOD path" starts with the key are answered with, once each. */
  readonly failures: { readonly call: string; readonly status: number; readonly body: unknown }[] =
    [];
  password = "secret";
  logins = 0;
  /** How long each answer takes, in ms; an import's takes five times as long. */
  answerAfterMs = 0;
  /** The most requests that waited for an answer at once. */
  mostAtOnce = 0;
  private atOnce = 0;
  private imports = 0;
  private nextId = 1;
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      this.atOnce += 1;
      this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const url = new URL(request.url ?? "", "http://fake");
        const call = { method: request.method ?? "", path: url.pathname, query: url.searchParams };
        const isImport = call.path === "/api/v1/assets/import/";
        if (isImport) this.imports += 1;
        const [status, body] = this.answer(call, request.headers, Buffer.concat(chunks));
        const cookie = url.pathname.includes("csrf") ? { "set-cookie": "session=1; Path=/" } : {};
        setTimeout(
          () => {
            this.atOnce -= 1;
            if (isImport) this.imports -= 1;
            response.writeHead(status, { "content-type": "application/json", ...cookie });
            response.end(JSON.stringify(body));
          },
          this.answerAfterMs * (isImport ? 5 : 1),
        );
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

  /** The one object of its kind, to look at or to change behind the provider's back. */
  only(kind: Kind): Fields {
    const [object, ...more] = [...this.objects[kind].values()];
    if (object === undefined || more.length > 0) {
      throw new Error(`${this.objects[kind].size} objects of kind ${kind}, where one was expected`);
    }
    return object;
  }

  /** Adds an object as somebody else would make it. */
  add(kind: Kind, fields: Fields): number {
    const id = this.nextId++;
    this.objects[kind].set(id, { id, ...fields });
    return id;
  }

  private answer(
    { method, path, query }: { method: string; path: string; query: URLSearchParams },
    headers: IncomingHttpHeaders,
    content: Buffer,
  ): Answer {
    const failure = this.failures.findIndex(({ call }) => `${method} ${path}`.startsWith(call));
    const [planned] = failure < 0 ? [] : this.failures.splice(failure, 1);
    if (planned !== undefined) {
      return [planned.status, planned.body];
    }
    if (path === "/api/v1/security/login") {
      this.logins += 1;
      return JSON.parse(content.toString()).password === this.password
        ? [200, { access_token: `token-${this.password}` }]
        : [401, { message: "Not authorized" }];
    }
    if (headers.authorization !== `Bearer token-${this.password}`) {
      return [401, { msg: "Missing Authorization Header" }];
    }
    if (path === "/api/v1/security/csrf_token/") {
      return [200, { result: "csrf" }];
    }
    if (method !== "GET") {
      if (headers["x-csrftoken"] !== "csrf" || headers.cookie !== "session=1") {
        return [400, { errors: [{ message: "The CSRF session token is missing." }] }];
      }
      this.writes.push(`${method} ${path}`);
    }
    if (path === "/api/v1/assets/import/") {
      return this.imports > 1
        ? [500, { message: "duplicate key value violates unique constraint" }]
        : this.importDataset(content);
    }
    return this.route(method, path, query, content);
  }

  private route(method: string, path: string, query: URLSearchParams, content: Buffer): Answer {
    const [, kind, number, part] =
      /^\/api\/v1\/(database|dataset|chart|dashboard)\/(\d*)\/?(\w*)$/.exec(path) ?? [];
    if (!isKind(kind)) {
      return [404, { message: `no route ${path}` }];
    }
    const json: Fields = content.length === 0 ? {} : JSON.parse(content.toString());
    if (number === "") {
      return method === "POST" ? this.create(kind, json) : this.list(kind, query.get("q") ?? "");
    }
    const id = Number(number);
    const object = this.objects[kind].get(id);
    if (object === undefined) {
      return [404, { message: "Not found" }];
    }
    switch (method) {
      case "PUT":
        return this.update(kind, id, object, json);
      case "DELETE":
        this.objects[kind].delete(id);
        return [200, { message: "OK" }];
      default:
        return part === "charts"
          ? [200, { result: (this.links.get(id) ?? []).map((chart) => ({ id: chart })) }]
          : [200, { result: object }];
    }
  }

  private create(kind: Kind, fields: Fields): Answer {
    const key = NaturalKeys[kind];
    const taken = [...this.objects[kind].values()].some((other) => other[key] === fields[key]);
    if (taken) {
      return [422, { message: { [key]: "Must be unique" } }];
    }
    const id = this.add(kind, stored(fields));
    return [201, { id, result: fields }];
  }

  private update(kind: Kind, id: number, object: Fields, fields: Fields): Answer {
    Object.assign(object, stored(fields));
    if (kind === "dashboard" && typeof fields.json_metadata === "string") {
      const { positions, ...metadata } = JSON.parse(fields.json_metadata);
      const charts = Object.values<Fields>(positions).flatMap(({ type, meta }) =>
        type === "CHART" ? [Number(Object(meta).chartId)] : [],
      );
      const existing = charts.filter((chart) => this.objects.chart.has(chart));
      this.links.set(id, existing);
      object.position_json = JSON.stringify(positions);
      const derived = { map_label_colors: { BTC: "#000000" }, timed_refresh_immune_slices: [] };
      object.json_metadata = JSON.stringify({ ...metadata, ...derived, expanded_slices: {} });
    }
    return [200, { id, result: fields }];
  }

  private list(kind: Kind, rison: string): Answer {
    const filters = [...rison.matchAll(/\(col:(\w+),opr:(\w+),value:('(?:[^'!]|!.)*'|\d+)\)/g)];
    const found = [...this.objects[kind].values()].filter((object) =>
      filters.every(([, column = "", , value = ""]) => {
        const wanted = value.replace(/^'|'$/g, "").replace(/!(.)/g, "$1");
        const actual = column === "database" ? Object(object.database).id : object[column];
        return String(actual) === wanted;
      }),
    );
    const columns = /columns:!\(([^)]*)\)/.exec(rison)?.[1]?.split(",") ?? [];
    const result = found.map((object) => pick(object, columns));
    return [200, { count: result.length, result }];
  }

  /** Overwrites the dataset of this UUID, or makes it; the ZIP's files are stored, so their text stands in it. */
  private importDataset(content: Buffer): Answer {
    const text = content.toString("latin1");
    const start = text.indexOf('{"version":"1.0.0","uuid"');
    const config = JSON.parse(text.slice(start, text.indexOf("PK\u0001\u0002", start)));
    const database = [...this.objects.database.values()].find(
      ({ uuid }) => uuid === config.database_uuid,
    );
    if (database === undefined) {
      return [500, { message: "Error importing assets" }];
    }
    const fields = { ...config, database: { id: database.id } };
    const existing = [...this.objects.dataset.values()].find(({ uuid }) => uuid === config.uuid);
    if (existing === undefined) {
      this.add("dataset", fields);
    } else {
      Object.assign(existing, fields);
    }
    return [200, { message: "OK" }];
  }
}

/** Of an object only what was asked for; `database.id` is the number of an object's database. */
function pick(object: Fields, columns: readonly string[]): Fields {
  const picked: Fields = {};
  for (const column of columns) {
    const [first = "", second] = column.split(".");
    picked[first] =
      second === undefined ? object[first] : { [second]: Object(object[first])[second] };
  }
  return picked;
}

function isKind(kind: string | undefined): kind is Kind {
  return kind !== undefined && kind in NaturalKeys;
}

/** The fields as Superset gives them back: without the password. */
function stored(fields: Fields): Fields {
  const uri = fields.sqlalchemy_uri;
  return typeof uri === "string"
    ? { ...fields, sqlalchemy_uri: uri.replace(/:[^:@/]+@/, ":XXXXXXXXXX@") }
    : fields;
}
