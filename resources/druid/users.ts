/**
 * Users of Druid's extension druid-basic-security. `store` names the authenticator, which knows the passwords, and the authorizer,
 * which knows the rights. The Coordinator keeps both, and the router leads there. Nothing of Pulumi here.
 */
import { isSame } from "../drift";
import type { Login } from "../http-login";
import { objectOf, objectsOf } from "../json";
import { request } from "./request";

/** A right. `name` is a regular expression of the whole name. */
export interface Permission {
  readonly type: "DATASOURCE" | "STATE" | "CONFIG" | "SYSTEM_TABLE" | "EXTERNAL";
  readonly name: string;
  readonly action: "READ" | "WRITE";
}

export interface User {
  readonly name: string;
  readonly password: string;
  /** Of the user's own role, the only one that it has. "all": Druid's role of administrators. */
  readonly permissions: readonly Permission[] | "all";
}

/**
 * How often a password is hashed, at each request. More would slow down a guess at a short password; the stack's are as long as keys.
 * Druid takes 10,000 for its first internal user, and where a request names no number, whatever the authenticator is configured with:
 * 10 ms of a core for each request, of which Druid's processes send each other some twenty a second.
 */
export const passwordIterations = 100;

/** Has all rights. Druid makes it, and its processes are in it. */
const administrators = "admin";
/** A user may be called admin, too, and has fewer rights. */
const ownRole = (name: string) => `rights-of-${name}`;

const base = "/proxy/coordinator/druid-ext/basic-security";
const passwords = (store: string, name: string) =>
  `${base}/authentication/db/${store}/users/${encodeURIComponent(name)}`;
const rights = (store: string) => `${base}/authorization/db/${store}`;
const rightsOf = (store: string, name: string) =>
  `${rights(store)}/users/${encodeURIComponent(name)}`;

/** Makes the user, or gives it this password and these rights, and no others. */
export async function setUser(url: string, store: string, user: User): Promise<void> {
  const { name, password, permissions } = user;
  const role = permissions === "all" ? administrators : ownRole(name);
  await make(url, passwords(store, name));
  await setPassword(url, store, name, password);
  await make(url, rightsOf(store, name));
  if (permissions !== "all") {
    const path = `${rights(store)}/roles/${encodeURIComponent(role)}`;
    await make(url, path);
    await request(url, "POST", `${path}/permissions`, permissions.map(resourceAction));
  }
  const roles = (await rolesOf(url, store, name)).map((one) => String(one.name));
  for (const one of roles.filter((other) => other !== role)) {
    await request(url, "DELETE", `${rightsOf(store, name)}/roles/${encodeURIComponent(one)}`);
  }
  if (!roles.includes(role)) {
    await request(url, "POST", `${rightsOf(store, name)}/roles/${encodeURIComponent(role)}`);
  }
}

function setPassword(url: string, store: string, name: string, password: string) {
  const credentials = { password, iterations: passwordIterations };
  return request(url, "POST", `${passwords(store, name)}/credentials`, credentials);
}

/** Has the password of a user whom Druid made hashed as often as others' are. The password stays. */
export async function limitIterations(
  url: string,
  store: string,
  { username, password }: Login,
): Promise<void> {
  const iterations = await iterationsOf(url, store, username);
  if (iterations > passwordIterations) await setPassword(url, store, username, password);
}

/** How often a user's password is hashed. */
export async function iterationsOf(url: string, store: string, name: string): Promise<number> {
  const { body } = await request(url, "GET", `${passwords(store, name)}?full`);
  return Number(objectOf(objectOf(body).credentials).iterations);
}

/** Whether there is such a user, whatever its password. */
export async function hasUser(url: string, store: string, name: string): Promise<boolean> {
  return (await unlessMissing(request(url, "GET", passwords(store, name)))) !== undefined;
}

/** The rights of all roles of a user. */
export async function permissionsOf(
  url: string,
  store: string,
  name: string,
): Promise<readonly Permission[]> {
  const roles = await rolesOf(url, store, name);
  return roles.flatMap(({ permissions }) =>
    objectsOf(permissions).map(({ resource, action }) => {
      const { type, name: pattern } = objectOf(resource);
      return { type, name: pattern, action } as Permission;
    }),
  );
}

/** Deletes the user and its own role; nothing happens where there is none. */
export async function removeUser(url: string, store: string, name: string): Promise<void> {
  const paths = [
    passwords(store, name),
    rightsOf(store, name),
    `${rights(store)}/roles/${encodeURIComponent(ownRole(name))}`,
  ];
  for (const path of paths) await unlessMissing(request(url, "DELETE", path));
}

/** Whether both say the same, in whatever order. */
export function isSamePermissions(
  left: readonly Permission[],
  right: readonly Permission[],
): boolean {
  const includes = (list: readonly Permission[], one: Permission) =>
    list.some((other) => isSame(one, other));
  return left.every((one) => includes(right, one)) && right.every((one) => includes(left, one));
}

async function rolesOf(url: string, store: string, name: string) {
  const path = `${rightsOf(store, name)}?full&simplifyPermissions`;
  const reply = await unlessMissing(request(url, "GET", path));
  return objectsOf(objectOf(reply?.body).roles);
}

/** Makes a user or a role; one that is there stays. */
async function make(url: string, path: string): Promise<void> {
  await request(url, "POST", path).catch((error: unknown) => {
    if (!/already exists/.test(String(error))) throw error;
  });
}

/** What `reply` resolves to; undefined where Druid has no such user or role, of which it says so with 400. */
async function unlessMissing<T>(reply: Promise<T>): Promise<T | undefined> {
  return reply.catch((error: unknown) => {
    if (/does not exist/.test(String(error))) return undefined;
    throw error;
  });
}

function resourceAction({ type, name, action }: Permission) {
  return { resource: { type, name }, action };
}
