/** The dynamic provider that the four custom resources of Superset share. */
import type { dynamic } from "@pulumi/pulumi";
import { type Claimed, claim, isClaimed } from "../claims";
import { type HttpConnection, unlessNamespaceGone } from "../connection";
import { hasUnknown, isSame } from "../drift";
import { objectOf } from "../json";
import { unfinished } from "../unfinished";
import {
  deleteObject,
  getObject,
  isRetriable,
  type ObjectPath,
  type Request,
  request,
  type Session,
} from "./api";
import { type Columns, completed, type Field, flag, option, readFields, written } from "./fields";
import { type Filter, findByUuid, findObjects, uuidOf } from "./lookup";
import { withSession } from "./session";
import { isObjectUuid } from "./uuid";

/** The inputs that every object has. */
export interface Registration {
  readonly connection: HttpConnection;
  readonly username: string;
  readonly password: string;
  /** The object's fixed identity: see `objectUuid`. A change replaces the object. */
  readonly uuid: string;
  /** Superset's own pages then do not let people edit the object. Default: true. */
  readonly managedExternally?: boolean;
  /** Take over an object of the same natural key that somebody else made. Default: false: that is an error. */
  readonly adopt?: boolean;
}

/** The request that creates or updates the object; its JSON has all columns. */
export type WriteRequest = Request & { readonly json: Columns };

/** What differs from one kind of object to the next. */
export interface ObjectKind<I extends Registration> {
  readonly path: ObjectPath;
  /** Below the object's path, where it is read. Default: the object itself. */
  readonly readPath?: string;
  /** The inputs that live in Superset, and that are compared with it. */
  readonly fields: readonly Field<I>[];
  /** Columns that are sent with every object. Default: none. */
  readonly constants?: Columns;
  /** How a person names the object: `dashboard "Sales" (/superset/dashboard/sales/)`. */
  describe(inputs: I): string;
  /** What is wrong with the inputs; only called when all of them are known. */
  validate(inputs: I): dynamic.CheckFailure[];
  /** The filters that find an object of the same natural key. */
  naturalKey(inputs: I): readonly Filter[];
  /** Whether several objects may have the same natural key. Default: false. */
  readonly isKeyShared?: boolean;
  /** Whether the POST leaves the object unfinished, so that a PUT follows. Default: false. */
  readonly needsPut?: boolean;
  /** Sends a POST, or the PUT of the object of this number. Default: `request`. */
  write?(session: Session, request: WriteRequest, inputs: I, number?: number): Promise<Columns>;
  /** What else the fields are read from. Default: the object's own columns are all. */
  readMore?(session: Session, id: number): Promise<Columns>;
}

const insertAttempts = 3;

/** The provider of one kind of object. The object is identified by its UUID, which is also Pulumi's id. */
export function registrationProvider<I extends Registration>(
  own: ObjectKind<I>,
): dynamic.ResourceProvider<I, I & Columns> {
  const uuid: Field<I> = {
    name: "uuid",
    column: "uuid",
    replaces: true,
    write: (inputs) => inputs.uuid,
  };
  const managedExternally = flag<I>("managedExternally", "is_managed_externally", true);
  const fields = [uuid, ...own.fields, managedExternally, option<I>("adopt", false)];
  const kind = { ...own, fields };
  return {
    check: async (_olds, news) => {
      const inputs = recorded(completed(fields, news));
      claim(objectOfKind(kind.path, inputs, inputs.uuid));
      const isKnown = !hasUnknown(inputs);
      return {
        inputs,
        failures: isKnown ? [...validateUuid(inputs), ...kind.validate(inputs)] : [],
      };
    },
    diff: async (_id, olds, news) => {
      const before = objectOf(olds);
      const after = objectOf(news);
      const differs = (name: string) => !isSame(before[name], after[name]);
      const changed = fields.filter(({ name, read, write }) => (read || write) && differs(name));
      return {
        changes:
          changed.length > 0 || ["connection", "username", "password", "__provider"].some(differs),
        replaces: changed.filter(({ replaces }) => replaces).map(({ name }) => name),
        // The natural key can be held by one object only.
        deleteBeforeReplace: true,
      };
    },
    create: async (inputs) => ({ id: inputs.uuid, outs: await put(kind, inputs) }),
    read: async (id, props) => {
      if (props === undefined) {
        throw new Error(
          `Superset ${kind.path} ${id} cannot be imported: declare it, and it is adopted`,
        );
      }
      return (await unlessNamespaceGone(readObject(kind, id, props))) ?? {};
    },
    update: async (_id, _olds, news) => ({ outs: await put(kind, news) }),
    delete: async (id, props) => {
      const removal = withSession(props, async (session) => {
        const number = await findByUuid(session, kind.path, id);
        if (number !== undefined) {
          await deleteObject(session, kind.path, number, kind.describe(completed(fields, props)));
        }
      });
      await unlessNamespaceGone(removal);
    },
  };
}

/** State files cannot hold undefined, at any depth. */
function recorded<T extends object>(properties: T): T {
  const plain: T = JSON.parse(JSON.stringify(properties));
  return plain;
}

/** The outputs: the inputs, and Superset's own number of the object. */
function outputsOf<I extends Registration>(kind: ObjectKind<I>, inputs: I, number: number) {
  return recorded({ ...inputs, [`${kind.path}Id`]: number });
}

async function readObject<I extends Registration>(
  kind: ObjectKind<I>,
  id: string,
  props: I & Columns,
): Promise<dynamic.ReadResult<I & Columns>> {
  const inputs = completed(kind.fields, props);
  return await withSession(inputs, async (session) => {
    const number = await findByUuid(session, kind.path, id);
    const live = number && (await getObject(session, kind.path, number, kind.readPath));
    if (!live) return {};
    const columns = { ...live, ...(await kind.readMore?.(session, number)) };
    const declared = recorded({ ...props, ...readFields(kind.fields, columns, inputs) });
    const { [`${kind.path}Id`]: _, ...found } = declared;
    // The inputs too, so that a preview shows the field that drifted; the SDK types them as outputs.
    return { id, props: outputsOf(kind, declared, number), inputs: found as I & Columns };
  });
}

/** Creates or updates the object: one that was deleted by hand is created again. */
async function put<I extends Registration>(kind: ObjectKind<I>, inputs: I): Promise<I & Columns> {
  return await withSession(inputs, async (session) => {
    const existing = await findOrTakeOver(session, kind, inputs);
    const number = existing ?? (await insert(session, kind, inputs));
    const outputs = outputsOf(kind, inputs, number);
    if (existing === undefined && !kind.needsPut) {
      return outputs;
    }
    try {
      await write(session, kind, inputs, number);
    } catch (error) {
      throw unfinished(error, inputs.uuid, outputs);
    }
    return outputs;
  });
}

async function findOrTakeOver<I extends Registration>(
  session: Session,
  kind: ObjectKind<I>,
  inputs: I,
): Promise<number | undefined> {
  const own = await findByUuid(session, kind.path, inputs.uuid);
  if (own !== undefined || (kind.isKeyShared && !inputs.adopt)) {
    return own;
  }
  const [other, ...more] = await findObjects(session, kind.path, kind.naturalKey(inputs));
  if (other === undefined || (kind.isKeyShared && more.length > 0)) {
    return undefined;
  }
  const about = kind.describe(inputs);
  if (!inputs.adopt) {
    const uuid = await uuidOf(session, kind.path, other);
    if (isClaimed(objectOfKind(kind.path, inputs, uuid))) {
      throw new Error(
        `Superset has a ${about} that another resource of the program declares too. If that one gets another name in this run, ` +
          "run up again. Two can exchange their names only by way of a third one",
      );
    }
    // Without a resource, it is what an earlier program made, as before a stream was renamed.
    if (isObjectUuid(uuid)) return await takeOver(session, kind, inputs, other);
    throw new Error(
      `Superset already has a ${about} that this stack did not make: ${kind.path} ${other} at ${session.url}. ` +
        "Delete or rename it, or set adopt: true to take it over with all that it has",
    );
  }
  return await takeOver(session, kind, inputs, other);
}

async function takeOver<I extends Registration>(
  session: Session,
  kind: ObjectKind<I>,
  inputs: I,
  number: number,
): Promise<number> {
  const path = `/api/v1/${kind.path}/${number}`;
  const about = kind.describe(inputs);
  await request(session, { method: "PUT", path, about, json: { uuid: inputs.uuid } });
  return number;
}

function objectOfKind(kind: ObjectPath, { connection }: Registration, uuid: string): Claimed {
  return { kind, connection, name: uuid };
}

/** A request that was cut off may have made the object, so each further attempt looks first. */
async function insert<I extends Registration>(
  session: Session,
  kind: ObjectKind<I>,
  inputs: I,
): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await insertOnce(session, kind, inputs);
    } catch (error) {
      if (!isRetriable(error) || attempt === insertAttempts) {
        throw error;
      }
    }
    const made = await findByUuid(session, kind.path, inputs.uuid);
    if (made !== undefined) {
      return made;
    }
  }
}

async function insertOnce<I extends Registration>(
  session: Session,
  kind: ObjectKind<I>,
  inputs: I,
): Promise<number> {
  const { id } = await write(session, kind, inputs);
  const number = typeof id === "number" ? id : await findByUuid(session, kind.path, inputs.uuid);
  if (number === undefined) {
    throw new Error(
      `Superset took ${kind.describe(inputs)} and has no such ${kind.path}: see its log`,
    );
  }
  return number;
}

async function write<I extends Registration>(
  session: Session,
  kind: ObjectKind<I>,
  inputs: I,
  number?: number,
): Promise<Columns> {
  const options: WriteRequest = {
    method: number === undefined ? "POST" : "PUT",
    path: `/api/v1/${kind.path}/${number ?? ""}`,
    about: kind.describe(inputs),
    json: { ...kind.constants, ...written(kind.fields, inputs) },
  };
  return kind.write === undefined
    ? await request(session, options)
    : await kind.write(session, options, inputs, number);
}

function validateUuid(inputs: Registration): dynamic.CheckFailure[] {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(inputs.uuid)
    ? []
    : [{ property: "uuid", reason: `uuid must be a lower-case UUID, is "${inputs.uuid}"` }];
}
