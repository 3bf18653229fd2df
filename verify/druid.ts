import * as z from "zod";
import {
  endedTasks,
  getStatus,
  quoted,
  type SupervisorStatus,
  type Task,
} from "../resources/druid/api";
import { oneLine, type TopicView, type Trouble, troubleOf } from "../resources/druid/health";
import { fetchAs, splitLogin } from "../resources/http-login";
import { warningsOf } from "./task-log";

const requestTimeoutMs = 30_000;

const rows = z.array(z.record(z.string(), z.unknown()));
export type Row = z.output<typeof rows>[number];

/** How many messages the running tasks have read since they started. */
export interface IngestionTotals {
  /** Rows without an error. */
  readonly processed: number;
  /** Rows with a value that does not fit its column, which is null. */
  readonly processedWithError: number;
  /** Lines or messages without a row. */
  readonly unparseable: number;
  /** Messages that are left out on purpose: tombstones. */
  readonly thrownAway: number;
}

/**
 * Druid's HTTP API as the proof uses it.
 *
 * Each call throws an Error that names the request and what Druid answered.
 */
export class Druid {
  /** @param url the router's, with the login that it asks for, which forwards requests about supervisors to the leading overlord */
  constructor(private readonly url: string) {}

  /** Runs a Druid SQL query; each row is an object. `parameters` are the values of the query's `?`. */
  async sql(
    query: string,
    parameters: readonly (string | number)[] = [],
    context: Readonly<Record<string, boolean>> = {},
  ): Promise<Row[]> {
    const answer = await fetchJson(`${this.url}/druid/v2/sql`, {
      query,
      parameters: parameters.map((value) => ({
        type: typeof value === "number" ? "BIGINT" : "VARCHAR",
        value,
      })),
      // An answer from a cache would prove nothing.
      context: { ...context, useCache: false, useResultLevelCache: false },
    });
    return rows.parse(answer);
  }

  /** The answer to a query whose result is one number. */
  async number(query: string, parameters: readonly (string | number)[] = []): Promise<number> {
    const [row = {}] = await this.sql(query, parameters);
    return Number(Object.values(row)[0]);
  }

  /** The time of the newest event that queries find, in ms since the epoch. Undefined: there is none. */
  async newestEvent(datasource: string): Promise<number | undefined> {
    const query = `SELECT MAX(__time) AS newest FROM ${quoted(datasource)}`;
    // Druid then looks at the newest segment alone.
    const found = this.sql(query, [], { enableTimeBoundaryPlanning: true });
    const [row] = await found.catch((error: unknown) => {
      // Druid has no table before the first row.
      if (/Object '.*' not found/.test(String(error))) return [];
      throw error;
    });
    const time = Date.parse(String(row?.newest));
    return Number.isNaN(time) ? undefined : time;
  }

  /** Describes a supervisor: its state, its latest errors, and why its last tasks failed. */
  async supervisorState(id: string): Promise<string> {
    const status = await getStatus(this.url, id);
    if (status === undefined) {
      return `Druid has no supervisor "${id}": \`make refresh\` sees it, \`make up\` restores it`;
    }
    const failed = (await endedTasks(this.url, id)).filter(
      ({ statusCode }) => statusCode === "FAILED",
    );
    const advice = status.suspended ? ". Somebody suspended it: `make up` resumes it" : "";
    return [
      `Druid says of supervisor "${id}": ${status.detailedState}, ${status.activeTasks.length} tasks${advice}`,
      ...status.recentErrors
        .slice(0, 3)
        .map(({ timestamp, message }) => `${timestamp} ${oneLine(message)}`),
      ...failed
        .slice(0, 2)
        .map((task) => `task ${task.id} failed: ${oneLine(task.errorMsg ?? "")}`),
    ].join("\n  ");
  }

  /**
   * What the supervisor's running tasks warn of in their own logs. A task within a process of kind `indexer` has none: its
   * lines are in the log of the process.
   */
  async taskWarnings(id: string): Promise<string[]> {
    const tasks = (await getStatus(this.url, id))?.activeTasks ?? [];
    const logs = await Promise.all(
      tasks.map(async (task) => {
        const url = `${this.url}/druid/indexer/v1/task/${encodeURIComponent(task.id)}/log?offset=-100000`;
        const response = await fetchAs(url, { signal: AbortSignal.timeout(requestTimeoutMs) });
        const lines = response.ok ? warningsOf(await response.text()) : [];
        return lines.map((line) => `${task.id}: ${line}`);
      }),
    );
    return logs.flat();
  }

  /** The supervisor's state; undefined where there is none. */
  status(id: string): Promise<SupervisorStatus | undefined> {
    return getStatus(this.url, id);
  }

  /** Why the supervisor does not read; undefined if nothing is known to be wrong. */
  trouble(id: string, topic: TopicView): Promise<Trouble | undefined> {
    return troubleOf(this.url, id, topic);
  }

  /** The datasource's reading task that ended last. */
  async lastEnded(datasource: string): Promise<Task | undefined> {
    return (await endedTasks(this.url, datasource)).find(({ type }) => type === "index_kafka");
  }

  /** How many messages the supervisor's running tasks have read. */
  async totals(id: string): Promise<IngestionTotals> {
    const groups = ingestionStats.parse(await fetchJson(`${this.url}${supervisorPath(id)}/stats`));
    const all = Object.values(groups)
      .flatMap((tasks) => Object.values(tasks))
      .flatMap((task) => task.totals?.buildSegments ?? []);
    const sum = (key: keyof IngestionTotals) => all.reduce((total, task) => total + task[key], 0);
    return {
      processed: sum("processed"),
      processedWithError: sum("processedWithError"),
      unparseable: sum("unparseable"),
      thrownAway: sum("thrownAway"),
    };
  }
}

const supervisorPath = (id: string) => `/druid/indexer/v1/supervisor/${encodeURIComponent(id)}`;

const count = z.number().default(0);
/** By task group, then by task. */
const ingestionStats = z.record(
  z.string(),
  z.record(
    z.string(),
    z.object({
      totals: z
        .object({
          buildSegments: z
            .object({
              processed: count,
              processedWithError: count,
              unparseable: count,
              thrownAway: count,
            })
            .optional(),
        })
        .optional(),
    }),
  ),
);

async function fetchJson(url: string, body?: unknown): Promise<unknown> {
  const method = body === undefined ? "GET" : "POST";
  const place = splitLogin(url).url;
  const response = await fetchAs(url, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(requestTimeoutMs),
  }).catch((error: unknown) => {
    throw new Error(`Druid did not answer ${method} ${place}`, { cause: error });
  });
  const text = await response.text();
  if (!response.ok) {
    throw new Error(
      `Druid answered ${response.status} to ${method} ${place}: ${text.slice(0, 500)}`,
    );
  }
  return JSON.parse(text);
}
