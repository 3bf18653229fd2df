/** Superset's REST API: HTTP and nothing of Pulumi. */
import { objectOf, objectsOf } from "../json";

/** The four kinds of object, as the API's paths name them. */
export type ObjectPath = "database" | "dataset" | "chart" | "dashboard";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** A user logged in. Writes need all three: the bearer token, the CSRF token and the session's cookie. */
export interface Session {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface SupersetError extends Error {
  /** The HTTP status; undefined when there was no answer. */
  readonly status?: number;
  /** Whether the same request may succeed later. */
  readonly retriable: boolean;
}

export interface Request {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below the service's address, with its query. */
  readonly path: string;
  /** The object that it is about, as a person names it: `dashboard "Sales"`. */
  readonly about: string;
  readonly json?: unknown;
  readonly form?: FormData;
  /** Whether doing it twice is as doing it once. Default: as HTTP has it, so not for POST. */
  readonly idempotent?: boolean;
  /** For how long to try again when nothing or 429, 502, 503 or 504 comes back, in ms. Default: 30,000. */
  readonly retryMs?: number;
  /** Requests of the same name are sent one after the other by this process. Default: at once. */
  readonly oneAtATime?: string;
}

/** One request's own limit, in ms. Superset asks Druid before it stores a database or a dataset. */
const requestTimeoutMs = 60_000;
const defaultRetryMs = 30_000;

/**
 * Logs in.
 *
 * @throws SupersetError when Superset cannot be reached or does not accept the user.
 */
export async function openSession(url: string, credentials: Credentials): Promise<Session> {
  const { username, password } = credentials;
  const about = `user "${username}"`;
  const guest: Session = { url, headers: {} };
  const login = await send(guest, {
    method: "POST",
    path: "/api/v1/security/login",
    about,
    json: { username, password, provider: "db", refresh: false },
    idempotent: true,
  });
  const authorization = `Bearer ${String(objectOf(await login.json()).access_token)}`;
  const csrf = await send(
    { url, headers: { authorization } },
    { method: "GET", path: "/api/v1/security/csrf_token/", about },
  );
  const cookie = csrf.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  const token = String(objectOf(await csrf.json()).result);
  // With HTTPS Superset also compares the referrer with its own address.
  return {
    url,
    headers: { authorization, cookie, "x-csrftoken": token, referer: `${url}/` },
  };
}

/**
 * Sends one request and gives the answer's JSON.
 *
 * @throws SupersetError for every answer that is not 2xx.
 */
export async function request(
  session: Session,
  options: Request,
): Promise<Record<string, unknown>> {
  const response = await send(session, options);
  return objectOf(await response.json().catch(() => ({})));
}

/** The object's fields, or undefined when there is none of this id. */
export async function getObject(
  session: Session,
  path: ObjectPath,
  id: number,
  part = "",
): Promise<Record<string, unknown> | undefined> {
  try {
    const answer = await request(session, {
      method: "GET",
      path: `/api/v1/${path}/${id}${part}`,
      about: `${path} ${id}`,
    });
    return objectOf(answer.result);
  } catch (error) {
    if (isStatus(error, 404)) {
      return undefined;
    }
    throw error;
  }
}

/** Deletes the object; one that is gone already is no error. */
export async function deleteObject(
  session: Session,
  path: ObjectPath,
  id: number,
  about: string,
): Promise<void> {
  try {
    await request(session, { method: "DELETE", path: `/api/v1/${path}/${id}`, about });
  } catch (error) {
    if (!isStatus(error, 404)) {
      throw error;
    }
  }
}

export function isStatus(error: unknown, status: number): boolean {
  return error instanceof Error && "status" in error && error.status === status;
}

export function isRetriable(error: unknown): boolean {
  return error instanceof Error && "retriable" in error && error.retriable === true;
}

async function send(session: Session, options: Request): Promise<Response> {
  const deadline = Date.now() + (options.retryMs ?? defaultRetryMs);
  const { method, idempotent = method !== "POST" } = options;
  for (let pauseMs = 250; ; pauseMs = Math.min(pauseMs * 2, 4_000)) {
    try {
      return await sendOnce(session, options);
    } catch (error) {
      // A POST that was cut off may have succeeded: only its caller can check that before it tries again.
      const again = isRetriable(error) && (idempotent || isStatus(error, 429));
      if (!again || Date.now() + pauseMs > deadline) {
        throw error;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

async function sendOnce(session: Session, options: Request): Promise<Response> {
  const { method, path, json, form } = options;
  const line = `${method} ${session.url}${path.split("?")[0]}`;
  const headers = {
    ...session.headers,
    ...(json === undefined ? {} : { "content-type": "application/json" }),
  };
  const body = json === undefined ? form : JSON.stringify(json);
  const exchange = () => {
    const signal = AbortSignal.timeout(requestTimeoutMs);
    return fetch(`${session.url}${path}`, { method, headers, body, signal });
  };
  let response: Response;
  try {
    response = await inTurn(options.oneAtATime, exchange);
  } catch (error) {
    const { cause } = objectOf(error);
    const reason = cause instanceof Error ? cause.message || String(objectOf(cause).code) : error;
    throw fail(
      `Superset did not answer about ${options.about}: ${line}: ${reason}. Is its pod ready, and the address right?`,
      { retriable: true, cause: error },
    );
  }
  if (response.ok) {
    return response;
  }
  const { status } = response;
  const detail = explain(await response.text());
  throw fail(
    `Superset refused ${options.about}: ${line} answered ${status}: ${detail}${adviceOn(status)}`,
    { status, retriable: [429, 502, 503, 504].includes(status) },
  );
}

/** The last request of each name. */
const turns = new Map<string, Promise<unknown>>();

/** Starts once all that came before it under this name, in the whole process, are over. */
async function inTurn<T>(name: string | undefined, start: () => Promise<T>): Promise<T> {
  if (name === undefined) {
    return await start();
  }
  const mine = (turns.get(name) ?? Promise.resolve()).then(start);
  turns.set(
    name,
    mine.catch(() => undefined),
  );
  return await mine;
}

function fail(
  message: string,
  more: { status?: number; retriable: boolean; cause?: unknown },
): SupersetError {
  const { cause, ...fields } = more;
  return Object.assign(new Error(message, { cause }), fields);
}

function adviceOn(status: number): string {
  if (status === 401) {
    return ". Is the password the one that the stack made? `make rotate-secrets` sets another one";
  }
  return status >= 500 ? ". Superset's log says more" : "";
}

/** What the body of an error says: Superset has three forms of it. */
function explain(body: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    const title = /<title>([^<]*)<\/title>/.exec(body)?.[1];
    return title ?? (body.slice(0, 300) || "no reason given");
  }
  const { message, msg, errors } = objectOf(parsed);
  const said = message ?? msg ?? objectsOf(errors).map((error) => error.message);
  return typeof said === "string" ? said : JSON.stringify(said ?? parsed);
}
