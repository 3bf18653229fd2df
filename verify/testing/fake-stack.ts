import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Session } from "../../resources/superset/api";
import { Druid } from "../druid";
import type { StackAccess } from "../stack-access";
import type { KafkaProbe, Message } from "../topic";

/** The contents of the fakes, and their faults. */
export interface FakeState {
  /** Values of all messages, in order. */
  readonly messages: string[];
  /** How many rows a message becomes. Default: one if it is JSON, none if it isn't. */
  rowsOf: (message: string) => number;
  /** Whether each chart leaves out marked events. */
  chartsFilter: boolean;
  /** The error that Superset answers instead of data. Default: it answers with data. */
  chartError?: string;
  suspended: boolean;
  /** Called before the topic's end offset is read, so that a test can send as the stack's producer would. */
  onEndOffset: () => void;
}

const isJson = (text: string) => text.startsWith("{") && text.endsWith("}");

/** Kafka in memory, and Druid and Superset as HTTP servers that answer only the proof's requests. */
export class FakeStack {
  readonly state: FakeState = {
    messages: [],
    rowsOf: (message) => (isJson(message) ? 1 : 0),
    chartsFilter: true,
    suspended: false,
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
      close: async () => {},
    };
  }

  #rows(): { probe_id?: string }[] {
    return this.state.messages.flatMap((message) =>
      Array.from({ length: this.state.rowsOf(message) }, () => JSON.parse(message)),
    );
  }

  #answer({ url = "" }: IncomingMessage, body: string): unknown {
    const supervisor = "/druid/indexer/v1/supervisor/demo";
    switch (url) {
      case "/druid/v2/sql":
        return this.#sql(JSON.parse(body));
      case `${supervisor}/status`:
        return {
          payload: {
            detailedState: this.state.suspended ? "SUSPENDED" : "RUNNING",
            suspended: this.state.suspended,
            activeTasks: [],
            recentErrors: [],
          },
        };
      case `${supervisor}/stats`: {
        const unparseable = this.state.messages.filter((text) => !isJson(text)).length;
        return { 0: { task: { totals: { buildSegments: { unparseable } } } } };
      }
      case `${supervisor}/parseErrors`:
        return this.state.messages
          .filter((text) => !isJson(text))
          .map((input) => ({ input, details: [`Unable to parse row [${input}]`] }));
      case "/api/v1/chart/data":
        return { result: [this.#chartData(JSON.parse(body))] };
    }
    if (url.startsWith("/druid/indexer/v1/tasks")) return [];
    if (url.startsWith("/api/v1/chart/")) return { result: this.#chart(url) };
    return undefined;
  }

  #sql({ query, parameters }: { query: string; parameters: { value: string }[] }): unknown {
    const rows = this.#rows();
    const [mark = ""] = parameters.map(({ value }) => value);
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
