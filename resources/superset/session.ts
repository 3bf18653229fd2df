/** One login for all objects of a run: each login costs Superset a third of a second of CPU. */
import { type HttpConnection, withHttp } from "../connection";
import { type Credentials, openSession, type Session } from "./api";

interface Login {
  readonly session: Promise<Session>;
  /** In ms since the epoch. */
  readonly since: number;
}

/** Superset's tokens are good for 15 min. */
const loginLifetimeMs = 5 * 60_000;

/** Connects to Superset, logs in unless there is a login already, and disconnects. */
export async function withSession<T>(
  target: Credentials & { readonly connection: HttpConnection },
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const key = JSON.stringify([target.connection, target.username, target.password]);
  return await withHttp(target.connection, async (url) => {
    const known = logins.get(key);
    if (known !== undefined && Date.now() - known.since < loginLifetimeMs) {
      try {
        // A port-forward has another address each time.
        return await use(at(url, await known.session));
      } catch (error) {
        if (!isStale(error)) {
          throw error;
        }
      }
    }
    const session = openSession(url, target);
    const login = { session, since: Date.now() };
    logins.set(key, login);
    try {
      return await use(await session);
    } catch (error) {
      if (logins.get(key) === login) {
        logins.delete(key);
      }
      throw error;
    }
  });
}

/** All logins of this process. */
const logins = new Map<string, Login>();

function at(url: string, session: Session): Session {
  return { url, headers: { ...session.headers, referer: `${url}/` } };
}

/** Whether Superset no longer knows the login: it was restarted with another key, or its users were created again. */
function isStale(error: unknown): boolean {
  return (
    error instanceof Error &&
    "status" in error &&
    (error.status === 401 ||
      ((error.status === 400 || error.status === 422) &&
        /csrf|signature|token/i.test(error.message)))
  );
}
