import { randomBytes } from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";
import { type HttpConnection, unlessNamespaceGone, withHttp } from "../connection";
import { changedKeys } from "../drift";
import { DynamicResource } from "../dynamic-resource";
import { isRefusedLogin } from "./request";
import { hasUser, setUser } from "./users";

interface InternalUserInputs {
  readonly connection: HttpConnection;
  readonly password: string;
  /** Counted up with each other password. */
  readonly generation: number;
  readonly __provider?: string;
}

interface InternalUserOutputs extends InternalUserInputs {
  readonly store: string;
  readonly username: string;
}

/** The user that a Coordinator makes when it first starts with a store, with a password of its configuration. */
export const firstInternalUser = "druid_system";

/**
 * The Coordinator makes the user, so there is nothing to ask it: it does not run yet. A store of its own has no user of an earlier
 * life of the metadata, whose passwords nobody knows any more.
 */
async function create(inputs: InternalUserInputs) {
  const store = `stack-${randomBytes(4).toString("hex")}`;
  return { id: store, outs: { ...inputs, store, username: firstInternalUser } };
}

/**
 * Another password is another user's: while the processes restart one after the other, each accepts both. The earlier user is
 * deleted when all have restarted (user.ts).
 */
async function update(_id: string, olds: InternalUserOutputs, news: InternalUserInputs) {
  const { store, username } = olds;
  if (olds.password === news.password) return { outs: { ...news, store, username } };
  const name = `${firstInternalUser}_${news.generation}`;
  const user = { name, password: news.password, permissions: "all" as const };
  await withHttp(news.connection, (url) => setUser(url, store, user), { login: olds });
  return { outs: { ...news, store, username: name } };
}

async function diff(_id: string, olds: InternalUserOutputs, news: InternalUserInputs) {
  const keys = ["connection", "password", "generation", "__provider"] as const;
  return { changes: changedKeys<InternalUserInputs>(olds, news, keys).length > 0 };
}

/**
 * Gone where the metadata were lost, or somebody changed the password: in another store the Coordinator makes a user again. Where
 * Druid does not answer, nothing is known of its users.
 */
async function read(id: string, props?: InternalUserOutputs) {
  if (props === undefined) throw new Error("Druid's internal user can only be read with its state");
  const { connection, store, username } = props;
  const look = withHttp(connection, (url) => hasUser(url, store, username), {
    login: props,
    timeoutMs: 15_000,
  });
  const isThere = await unlessNamespaceGone(look).catch((error: unknown) => !isRefusedLogin(error));
  return isThere ? { id, props } : { id: undefined };
}

/** The provider of `DruidInternalUser`; exported for tests. It is deleted with Druid's metadata. */
export const internalUserProvider: pulumi.dynamic.ResourceProvider<
  InternalUserInputs,
  InternalUserOutputs
> = { diff, create, read, update };

export interface DruidInternalUserArgs {
  /** The router's HTTP. It is asked when the password changes. */
  readonly connection: pulumi.Input<HttpConnection>;
  readonly password: pulumi.Input<string>;
  /** Counted up with each other password. */
  readonly generation: number;
}

/** The user as whom Druid's processes ask each other, and the store of all users. The processes are made after it. */
export class DruidInternalUser extends DynamicResource {
  /** Name of the authenticator and of the authorizer. */
  declare readonly store: pulumi.Output<string>;
  declare readonly username: pulumi.Output<string>;

  constructor(name: string, args: DruidInternalUserArgs, options?: pulumi.CustomResourceOptions) {
    const props = { ...args, store: undefined, username: undefined };
    super("druid:InternalUser", name, props, {
      ...options,
      additionalSecretOutputs: ["password"],
    });
  }
}
