/** What would be lost with a topic or a datasource. */
import {
  type HttpConnection,
  type KafkaConnection,
  unlessNamespaceGone,
  withHttp,
  withKafka,
} from "../connection";
import { counted } from "../counted";
import { querySql, quoted } from "../druid/api";
import { errorText } from "../error-text";
import type { Login } from "../http-login";
import { countMessages, withAdmin } from "../kafka/api";

export interface DataObject {
  readonly kind: "topic" | "datasource";
  readonly name: string;
}

/** An object that has data. */
export interface Loss extends DataObject {
  /** Such as `1,204 messages`. */
  readonly amount: string;
}

const timeoutMs = 30_000;

/** Those of the topics that have messages. */
export async function topicLosses(
  connection: KafkaConnection,
  names: readonly string[],
): Promise<Loss[]> {
  if (names.length === 0) return [];
  const asked = withKafka(
    connection,
    (config) =>
      withAdmin(config, (admin) =>
        Promise.all(names.map(async (name) => ({ name, count: await countMessages(admin, name) }))),
      ),
    { timeoutMs },
  );
  return ((await unlessNamespaceGone(asked)) ?? [])
    .filter(({ count }) => count > 0)
    .map(({ name, count }) => ({ kind: "topic", name, amount: counted(count, "message") }));
}

/** Those of the datasources that have rows, published or not. */
export async function datasourceLosses(
  connection: HttpConnection,
  names: readonly string[],
  login?: Login,
): Promise<Loss[]> {
  if (names.length === 0) return [];
  const asked = withHttp(
    connection,
    (url) =>
      Promise.all(names.map(async (name) => ({ name, amount: await amountOfRows(url, name) }))),
    { login, timeoutMs },
  );
  return ((await unlessNamespaceGone(asked)) ?? []).flatMap(({ name, amount }) =>
    amount === undefined ? [] : [{ kind: "datasource", name, amount }],
  );
}

/** Brokers know a table only while a historical or a task serves it, so that the segments count too. */
async function amountOfRows(url: string, datasource: string): Promise<string | undefined> {
  const rows = await countOf(url, `SELECT COUNT(*) AS "n" FROM ${quoted(datasource)}`).catch(
    (error: unknown) => {
      if (/not found/i.test(errorText(error))) return 0;
      throw error;
    },
  );
  if (rows > 0) return counted(rows, "row");
  const used =
    'SELECT COUNT(*) AS "n" FROM sys.segments WHERE "datasource" = ? AND "is_overshadowed" = 0';
  const segments = await countOf(url, used, [datasource]);
  return segments > 0 ? `${counted(segments, "segment")} that can't be queried now` : undefined;
}

async function countOf(url: string, query: string, parameters?: string[]): Promise<number> {
  const [row] = await querySql(url, query, parameters);
  return Number(row?.n ?? 0);
}
