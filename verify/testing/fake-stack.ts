import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Session } from "../../resources/superset/api";
import { Druid } from "../druid";
import type { StackAccess } from "../stack-access";
import type { KafkaProbe, Message } from "../topic";

/** The contents of the fakes, and their faults. */
export interface FakeState {
  /** Values of all messages, in order; null is a tombstone. */
  readonly messages: (string | null)[];
  /** How many rows a message becomes. Default: one if it is JSON, none if it isn't. */
  rowsOf: (message: string) => number;
  /** Whether each chart leaves out marked events. */
  chartsFilter: boolean;
  /** The error that Superset answers instead of data. Default: it answers with data. */
  chartError?: string;
  suspended: boolean;
  /** Druid's state of the supervisor, where it is not well. */
  unhealthy?: { readonly state: string; readonly detailedState: string; readonly error: string };
  /** The first offset that Kafka has. */
  low: number;
  /** Called before the topic's end offset is read, so that a test can send as the stack's producer would. */
  onEndOffset: () => void;
}

const isJson = (text: string) => text.startsWith("{") && text.endsWith("}");
const isText = (text: string | null) => text !== null;

/** Kafka in memory, and Druid and Superset as HTTP servers that answer only the proof's requests. */
export class FakeStack {
  readonly state: FakeState = {
    messages: [],
    rowsOf: (message) => (isJson(message) ? 1 : 0),
    chartsFilter: true,
    suspended: false,
    low: 0,
    onEndOffset: () => {},
  };
  #server: Server | undefined;
  #url = "";

  async start(): Promise<StackAccess> {
    const server = createServer(async (request, response) => {
      const reply = this.#answer(request, await readBody(request));
      response.statusCode = reply === undefined ? 404 : 200;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(reply ?? { error: "no such path" }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.#server = server;
    const address = server.address();
    this.#url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
    const session: Session = { url: this.#url, headers: {} };
    return {
      kafka: this.#kafka(),
      druid: new Druid(this.#url),
      superset: async () => session,
    };
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  #kafka(): KafkaProbe {
    const { state } = this;
    return {
      send: async (_topic: string, messages: readonly Message[]) => {
        state.messages.push(...messages.map(({ value }) => value));
      },
      endOffset: async () => {
        state.onEndOffset();
        return state.messages.length;
      },
      cameWithin: async () => state.messages.length,
      offsets: async () => [{ partition: 0, low: state.low, high: state.messages.length }],
      read: async (_topic, [range], onMessage) => {
        state.messages.forEach((text, offset) => {
          if (range === undefined || offset < range.from || offset >= range.to) return;
          onMessage({ partition: 0, offset, value: text === null ? null : Buffer.from(text) });
        });
      },
      close: async () => {},
    };
  }

  #rows(): { probe_id?: string }[] {
    return this.state.messages
      .filter(isText)
      .flatMap((message) =>
        Array.from({ length: this.state.rowsOf(message) }, () => JSON.parse(message)),
      );
  }

  #answer({ url = "" }: IncomingMessage, body: string): unknown {
    const supervisor = "/druid/indexer/v1/supervisor/demo";
    switch (url) {
      case "/druid/v2/sql":
        return this.#sql(JSON.parse(body));
      case `${supervisor}/status`:
        return { payload: this.#status() };
      case `${supervisor}/stats`: {
        const texts = this.state.messages.filter(isText);
        const processed = texts.filter(isJson).length;
        const thrownAway = this.state.messages.length - texts.length;
        const buildSegments = { processed, unparseable: texts.length - processed, thrownAway };
        return { 0: { task: { totals: { buildSegments } } } };
      }
      case "/api/v1/chart/data":
        return { result: [this.#chartData(JSON.parse(body))] };
    }
    if (url.startsWith("/druid/indexer/v1/tasks")) return [];
    if (url.startsWith("/api/v1/chart/")) return { result: this.#chart(url) };
    return undefined;
  }

  #status() {
    const { suspended, unhealthy } = this.state;
    const activeTasks = [{ id: "task", startTime: "2026-11-22T00:00:00Z" }];
    return {
      healthy: unhealthy === undefined,
      state: unhealthy?.state ?? "RUNNING",
      detailedState: unhealthy?.detailedState ?? (suspended ? "SUSPENDED" : "RUNNING"),
      suspended,
      activeTasks: suspended || unhealthy ? [] : activeTasks,
      recentErrors: unhealthy ? [{ message: unhealthy.error }] : [],
      aggregateLag: 0,
    };
  }

  #sql({ query, parameters }: { query: string; parameters: { value: string }[] }): unknown {
    const rows = this.#rows();
    const [mark = ""] = parameters.map(({ value }) => value);
    if (query.includes("MAX(__time)")) return [{ newest: new Date().toISOString() }];
    if (query.includes("COLUMN_NAME")) return [{ name: "name" }, { name: "data_id" }];
    if (query.includes("FILTER")) return [{ name: 0, data_id: rows.length }];
    if (query.includes("IS NULL")) return [{ n: rows.filter((row) => !row.probe_id).length }];
    if (query.includes("= ?")) return [{ n: rows.filter((row) => row.probe_id === mark).length }];
    if (!query.includes("LIKE")) return [{ n: rows.length }];
    const counts = new Map<string, number>();
    for (const { probe_id: id } of rows) {
      if (id?.startsWith(mark.slice(0, -1))) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    return [...counts].map(([id, n]) => ({ mark: id, n }));
  }

  #chart(url: string): unknown {
    const filters = this.state.chartsFilter ? [{ col: "probe_id", op: "IS NULL" }] : [];
    return {
      slice_name: `Chart ${url.split("/").at(-1)}`,
      query_context: JSON.stringify({ datasource: { id: 1 }, queries: [{ filters }] }),
    };
  }

  #chartData(context: { queries: { filters: { col: string; op: string; val?: string }[] }[] }) {
    if (this.state.chartError) return { error: this.state.chartError, query: "SELECT 1" };
    const filters = context.queries[0]?.filters ?? [];
    const passes = ({ probe_id: id }: { probe_id?: string }) =>
      filters.every(({ op, val = "" }) => {
        if (op === "IS NULL") return id === undefined;
        return op === "==" ? id === val : id?.startsWith(val.slice(0, -1)) === true;
      });
    return { data: [{ events: this.#rows().filter(passes).length }] };
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += chunk;
  return body;
}
