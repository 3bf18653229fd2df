import * as pulumi from "@pulumi/pulumi";
import { type HttpConnection, unlessNamespaceGone, withHttp } from "../connection";
import { changedKeys, hasUnknown } from "../drift";
import { DynamicResource } from "../dynamic-resource";
import { errorText } from "../error-text";
import { type Login, splitLogin, withLogin } from "../http-login";
import { poll } from "../poll";
import { unfinished } from "../unfinished";
import { querySql } from "./api";
import { isRefusedLogin } from "./request";
import {
  hasUser,
  isSamePermissions,
  limitIterations,
  type Permission,
  permissionsOf,
  removeUser,
  setUser,
} from "./users";

interface UserInputs {
  readonly connection: HttpConnection;
  /** Who makes the user: Druid's internal one. */
  readonly username: string;
  readonly password: string;
  readonly store: string;
  readonly name: string;
  readonly userPassword: string;
  readonly permissions: readonly Permission[];
  readonly __provider?: string;
}

const comparedKeys = [
  "connection",
  "username",
  "password",
  "store",
  "name",
  "userPassword",
  "permissions",
  "__provider",
] as const;

/** A preview does not know the store while the internal user changes, which keeps it. */
async function diff(_id: string, olds: UserInputs, news: UserInputs) {
  const changed = changedKeys<UserInputs>(olds, news, comparedKeys);
  const isSameRights =
    Array.isArray(news.permissions) && isSamePermissions(olds.permissions, news.permissions);
  return {
    changes: changed.some((key) => key !== "permissions" || !isSameRights),
    replaces: changed.filter(
      (key) => key === "name" || (key === "store" && !hasUnknown(news.store)),
    ),
    deleteBeforeReplace: false,
  };
}

const idOf = ({ store, name }: UserInputs) => `${store}/${name}`;

async function create(inputs: UserInputs) {
  await withHttp(inputs.connection, (url) => apply(url, inputs), {
    login: inputs,
    timeoutMs: 180_000,
  });
  return { id: idOf(inputs), outs: inputs };
}

async function update(_id: string, olds: UserInputs, news: UserInputs) {
  await withHttp(news.connection, (url) => apply(url, news, olds), {
    login: news,
    timeoutMs: 180_000,
  });
  return { outs: news };
}

async function apply(url: string, inputs: UserInputs, olds = inputs): Promise<void> {
  const { store, name, userPassword: password, permissions, username } = inputs;
  await setUser(url, store, { name, password, permissions });
  await limitIterations(url, store, inputs);
  // All processes have restarted, and none asks as the internal user of before.
  if (olds.username !== username) await removeUser(url, store, olds.username);
  try {
    await awaitAccepted(url, { username: name, password });
  } catch (error) {
    throw unfinished(error, idOf(inputs), inputs);
  }
}

/** How long the Coordinator may take to tell the others, in ms. They also ask it by themselves. */
const acceptedMs = 30_000;

/** Waits until the router and a broker know the user with this password. */
async function awaitAccepted(url: string, user: Login): Promise<void> {
  const own = withLogin(splitLogin(url).url, user);
  const failure = (last: string) =>
    new Error(`Druid made user "${user.username}", but does not accept it: ${last}`);
  await poll({ timeoutMs: acceptedMs, failure }, async (report) => {
    try {
      return await querySql(own, "SELECT 1");
    } catch (error) {
      return report(errorText(error));
    }
  });
}

/** What stands for a password that is not the declared one: Druid does not tell it. */
const otherPassword = "(changed in Druid)";

async function read(
  id: string,
  props?: UserInputs,
): Promise<pulumi.dynamic.ReadResult<UserInputs>> {
  if (props === undefined) throw new Error(`Druid's user ${id} can only be read with its state`);
  const { connection, store, name, userPassword: password } = props;
  const look = async (url: string) => {
    if (!(await hasUser(url, store, name))) return undefined;
    const own = withLogin(splitLogin(url).url, { username: name, password });
    const isAccepted = await querySql(own, "SELECT 1").then(
      () => true,
      (error: unknown) => !isRefusedLogin(error),
    );
    const permissions = await permissionsOf(url, store, name);
    return {
      ...props,
      userPassword: isAccepted ? password : otherPassword,
      permissions: isSamePermissions(permissions, props.permissions)
        ? props.permissions
        : permissions,
    };
  };
  const options = { login: props, timeoutMs: 30_000 };
  const found = await unlessStoreGone(withHttp(connection, look, options));
  // The inputs too, so that a preview shows what drifted.
  return found === undefined ? { id: undefined } : { id, props: found, inputs: found };
}

async function remove(_id: string, props: UserInputs): Promise<void> {
  const { connection, store, name } = props;
  const options = { login: props, timeoutMs: 30_000 };
  await unlessStoreGone(withHttp(connection, (url) => removeUser(url, store, name), options));
}

/** Where the internal user is refused, Druid has other users than this stack's, or the next `up` makes them in another store. */
async function unlessStoreGone<T>(task: Promise<T>): Promise<T | undefined> {
  return unlessNamespaceGone(task).catch((error: unknown) => {
    if (isRefusedLogin(error)) return undefined;
    throw error;
  });
}

/** The provider of `DruidUser`; exported for tests. */
export const userProvider: pulumi.dynamic.ResourceProvider<UserInputs, UserInputs> = {
  diff,
  create,
  read,
  update,
  delete: remove,
};

export interface DruidUserArgs {
  /** The router's HTTP. */
  readonly connection: pulumi.Input<HttpConnection>;
  /** `DruidInternalUser.username`, and its password: as whom the user is made. */
  readonly username: pulumi.Input<string>;
  readonly password: pulumi.Input<string>;
  /** `DruidInternalUser.store`. Another one replaces the user. */
  readonly store: pulumi.Input<string>;
  /** Another one replaces the user. */
  readonly name: string;
  readonly userPassword: pulumi.Input<string>;
  readonly permissions: readonly Permission[];
}

/** A user of Druid with the rights that it has, which are no more than these. It is there once a broker accepts it. */
export class DruidUser extends DynamicResource {
  declare readonly name: pulumi.Output<string>;
  declare readonly userPassword: pulumi.Output<string>;

  constructor(name: string, args: DruidUserArgs, options?: pulumi.CustomResourceOptions) {
    const { password, userPassword } = args;
    const secrets = {
      password: pulumi.secret(password),
      userPassword: pulumi.secret(userPassword),
    };
    super(
      "druid:User",
      name,
      { ...args, ...secrets },
      pulumi.mergeOptions(options, { additionalSecretOutputs: ["password", "userPassword"] }),
    );
  }
}
