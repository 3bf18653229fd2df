/** Requests to Druid's HTTP API. */
import { fetchAs, splitLogin } from "../http-login";
import { objectOf } from "../json";
import { poll } from "../poll";

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** How long one request may take, in ms; the sampler of an empty topic takes its own time-out. */
const requestTimeoutMs = 30_000;
/** What a process says that has not asked the Coordinator for its users yet. */
const withoutUsers = "No userMap is available";
/** How long Druid may be without a leading overlord, such as while one starts: it answers 503. */
const leaderlessMs = 60_000;

/**
 * Asks again while no overlord leads, and while a process that has just started does not know the users yet: Druid did nothing when
 * it answers 503, 307 to the next leader, or 500 about its users.
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
    const message = druidMessage(reply.body);
    const refusal = `${reply.status}: ${reply.status === 401 ? adviceOnLogin(url) : message}`;
    const isPassing = [503, 307].includes(reply.status) || message.includes(withoutUsers);
    if (!isPassing) throw Object.assign(failure(refusal), { status: reply.status });
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
    const response = await fetchAs(url + path, {
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
    throw new Error(
      `Druid did not answer ${method} ${path} at ${splitLogin(url).url}: ${String(cause)}`,
      {
        cause,
      },
    );
  }
}

function parse(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}

/** What to do about a refused login. Names the user, never the password. */
function adviceOnLogin(url: string): string {
  const user = splitLogin(url).login?.username;
  if (user === undefined) return "it asks for a user and a password";
  return `user "${user}" does not exist there, or has another password. \`make refresh\` sees that, and \`make up\` sets it right`;
}

/** Druid words errors as {error}, {errorMessage} or, for Jackson's, {error: long text}. */
function druidMessage(body: unknown): string {
  const { errorMessage, error } = objectOf(body);
  const title = typeof body === "string" && /<title>([^<]*)<\/title>/.exec(body)?.[1];
  const words = [errorMessage, error, title].find((text) => typeof text === "string");
  return words ?? String(typeof body === "string" ? body : JSON.stringify(body)).slice(0, 1_000);
}

/** Whether Druid does not know the user, or knows another password, or has no users for longer than a start takes. */
export function isRefusedLogin(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ("status" in error && error.status === 401) || error.message.includes(withoutUsers);
}

export function found(reply: Reply, what: string): unknown {
  if (reply.status === 404) {
    throw new Error(`Druid has no ${what}: ${druidMessage(reply.body)}`);
  }
  return reply.body;
}
