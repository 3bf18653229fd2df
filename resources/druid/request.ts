/** Requests to Druid's HTTP API. */
import { objectOf } from "../json";
import { poll } from "../poll";

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** How long one request may take, in ms; the sampler of an empty topic takes its own time-out. */
const requestTimeoutMs = 30_000;
/** How long Druid may be without a leading overlord, such as while one starts: it answers 503. */
const leaderlessMs = 60_000;

/**
 * Asks again while no overlord leads: Druid did nothing when it answers 503, or 307 to the next leader.
 *
 * @throws Error with method, URL, status and Druid's own words; also where Druid does not answer.
 */
export async function request(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  timeoutMs: number = requestTimeoutMs,
): Promise<Reply> {
  const failure = (last: string) => new Error(`Druid refused ${method} ${path} with ${last}`);
  return poll({ timeoutMs: leaderlessMs, pauseMs: 500, failure }, async (report) => {
    const reply = await requestOnce(url, method, path, body, timeoutMs);
    if (reply.status < 300 || reply.status === 404) return reply;
    const refusal = `${reply.status}: ${druidMessage(reply.body)}`;
    if (reply.status !== 503 && reply.status !== 307) throw failure(refusal);
    return report(refusal);
  });
}

async function requestOnce(
  url: string,
  method: string,
  path: string,
  body: unknown,
  timeoutMs: number,
): Promise<Reply> {
  try {
    const response = await fetch(url + path, {
      method,
      headers: { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      // An overlord that does not lead redirects to a name that only the cluster resolves; the router finds the leader.
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: response.status, body: parse(await response.text()) };
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw new Error(`Druid did not answer ${method} ${path} at ${url}: ${String(cause)}`, {
      cause,
    });
  }
}

function parse(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}

/** Druid words errors as {error}, {errorMessage} or, for Jackson's, {error: long text}. */
function druidMessage(body: unknown): string {
  const { errorMessage, error } = objectOf(body);
  const words = [errorMessage, error].find((text) => typeof text === "string");
  return words ?? String(typeof body === "string" ? body : JSON.stringify(body)).slice(0, 1_000);
}

export function found(reply: Reply, what: string): unknown {
  if (reply.status === 404) {
    throw new Error(`Druid has no ${what}: ${druidMessage(reply.body)}`);
  }
  return reply.body;
}
