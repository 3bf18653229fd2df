/**
 * HTTP with a user's name and password, which stand in the address: `http://user:password@host`. So whoever is handed an address
 * needs no more. `fetch` refuses such an address.
 */

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** Of a resource whose user and password are left out where the service asks for none. */
export function loginOf({ username, password }: Partial<Login>): Login | undefined {
  return username === undefined || password === undefined ? undefined : { username, password };
}

/** The address with the login in it. Undefined: as it is. */
export function withLogin(url: string, login: Login | undefined): string {
  if (login === undefined) return url;
  const address = new URL(url);
  address.username = encodeURIComponent(login.username);
  address.password = encodeURIComponent(login.password);
  return address.href.replace(/\/$/, "");
}

/** The address as it may be told, and the login that stood in it. */
export function splitLogin(url: string): { readonly url: string; readonly login?: Login } {
  const [, scheme, userinfo, rest] = /^(https?:\/\/)([^/@]*)@(.*)$/s.exec(url) ?? [];
  if (userinfo === undefined) return { url };
  const [username = "", password = ""] = userinfo.split(":").map(decodeURIComponent);
  return { url: `${scheme}${rest}`, login: { username, password } };
}

/** As `fetch`, of an address with or without a login. */
export function fetchAs(address: string, init: RequestInit = {}): Promise<Response> {
  const { url, login } = splitLogin(address);
  if (login === undefined) return fetch(url, init);
  const headers = new Headers(init.headers);
  const credentials = Buffer.from(`${login.username}:${login.password}`).toString("base64");
  headers.set("authorization", `Basic ${credentials}`);
  return fetch(url, { ...init, headers });
}
