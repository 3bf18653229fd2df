/** What the four custom resources of Superset have in common: a Pulumi dynamic provider over one kind of object. */
import type { dynamic } from "@pulumi/pulumi";
import { type HttpConnection, unlessNamespaceGone } from "../connection";
import { hasUnknown, isSame } from "../drift";
import { objectOf } from "../json";
import { unfinished } from "../unfinished";
import { deleteObject, isRetriable, type ObjectPath, request, type Session } from "./api";
import { findByUuid } from "./lookup";
import { withSession } from "./session";

/** The inputs that every object has. */
export interface Registration {
  readonly connection: HttpConnection;
  readonly username: string;
  readonly password: string;
  /** The object's fixed identity, by which it is found again: see `objectUuid`. */
  readonly uuid: string;
  /** Take over an object of the same natural key that was made by somebody else; otherwise that is an error. */
  readonly adopt: boolean;
}

/** What differs from one kind of object to the next. */
export interface ObjectKind<I extends Registration> {
  readonly path: ObjectPath;
  /** The output that holds Superset's own number of the object. */
  readonly idOutput: string;
  /** The inputs that live in Superset, and that are compared with it. */
  readonly fields: readonly (keyof I & string)[];
  /** Inputs whose change needs another object. */
  readonly replaceOn: readonly (keyof I & string)[];
  /** How a person names the object: `dashboard "Sales" (/superset/dashboard/sales/)`. */
  describe(inputs: I): string;
  /** Fills in what was left out. */
  complete(inputs: I): I;
  /** What is wrong with the inputs; only called when all of them are known. */
  validate(inputs: I): dynamic.CheckFailure[];
  /** Another object that has this one's natural key, and so is in the way. */
  findRival(session: Session, inputs: I): Promise<number | undefined>;
  /** Makes the object, and returns its number. */
  insert(session: Session, inputs: I): Promise<number>;
  /** Brings the object in line, and proves that it is. */
  configure(session: Session, id: number, inputs: I): Promise<void>;
  /** Whether `insert` alone leaves the object unfinished. */
  readonly configureAfterInsert: boolean;
  /** The fields as they are now. A field that is as `inputs` has it is returned as it stands there. */
  readLive(session: Session, id: number, inputs: I): Promise<Partial<I> | undefined>;
}

type Properties = Record<string, unknown>;

const INSERT_ATTEMPTS = 3;

/** The provider of one kind of object. The object is identified by its UUID, which is also Pulumi's id. */
export function registrationProvider<I extends Registration>(
  kind: ObjectKind<I>,
): dynamic.ResourceProvider<I, I & Properties> {
  const read = async (id: string, props?: I & Properties) => {
    if (props === undefined) {
      throw new Error(
        `Superset ${kind.path} ${id} cannot be imported: declare it, and it is adopted`,
      );
    }
    const inputs = kind.complete(props);
    const found = withSession(inputs, async (session) => {
      const number = await findByUuid(session, kind.path, id);
      const live = number && (await kind.readLive(session, number, inputs));
      if (!live) {
        return {};
      }
      const outputs = recorded({ ...props, ...live, [kind.idOutput]: number });
      const { [kind.idOutput]: _, ...declared } = outputs;
      // The inputs too, so that a preview shows the field that drifted; the SDK types them as outputs.
      return { id, props: outputs, inputs: declared as I & Properties };
    });
    return (await unlessNamespaceGone(found)) ?? {};
  };
  return {
    check: async (_olds, news) => {
      const inputs = recorded(kind.complete(news));
      const failures = !hasUnknown(inputs)
        ? [...validateUuid(inputs), ...kind.validate(inputs)]
        : [];
      return { inputs, failures };
    },
    diff: async (_id, olds, news) => {
      // Not `adopt`: it says how an object comes, and changes nothing of one that is there.
      const compared = ["connection", "username", "password", "__provider", ...kind.fields];
      const before = objectOf(olds);
      const after = objectOf(news);
      const differs = (key: string) => !isSame(before[key], after[key]);
      const replaces = ["uuid", ...kind.replaceOn].filter(differs);
      return {
        changes: replaces.length > 0 || compared.some(differs),
        replaces,
        // The natural key can be held by one object only.
        deleteBeforeReplace: true,
      };
    },
    create: async (inputs) => {
      const number = await put(kind, inputs);
      return { id: inputs.uuid, outs: recorded({ ...inputs, [kind.idOutput]: number }) };
    },
    read,
    update: async (_id, _olds, news) => {
      const number = await put(kind, news);
      return { outs: recorded({ ...news, [kind.idOutput]: number }) };
    },
    delete: async (id, props) => {
      const removal = withSession(props, async (session) => {
        const number = await findByUuid(session, kind.path, id);
        if (number !== undefined) {
          await deleteObject(session, kind.path, number, kind.describe(kind.complete(props)));
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

/** Makes the object or brings it in line, whichever it needs: deleted by hand, it is made again. */
async function put<I extends Registration>(kind: ObjectKind<I>, inputs: I): Promise<number> {
  return await withSession(inputs, async (session) => {
    const existing = await findOrTakeOver(session, kind, inputs);
    const number = existing ?? (await insert(session, kind, inputs));
    if (existing === undefined && !kind.configureAfterInsert) {
      return number;
    }
    try {
      await kind.configure(session, number, inputs);
    } catch (error) {
      throw unfinished(error, inputs.uuid, { ...inputs, [kind.idOutput]: number });
    }
    return number;
  });
}

async function findOrTakeOver<I extends Registration>(
  session: Session,
  kind: ObjectKind<I>,
  inputs: I,
): Promise<number | undefined> {
  const own = await findByUuid(session, kind.path, inputs.uuid);
  if (own !== undefined) {
    return own;
  }
  const rival = await kind.findRival(session, inputs);
  if (rival === undefined) {
    return undefined;
  }
  const about = kind.describe(inputs);
  if (!inputs.adopt) {
    throw new Error(
      `Superset already has a ${about} that this stack did not make: ${kind.path} ${rival} at ${session.url}. ` +
        "Delete or rename it, or set adopt: true to take it over with all that it has",
    );
  }
  await request(session, {
    method: "PUT",
    path: `/api/v1/${kind.path}/${rival}`,
    about,
    json: { uuid: inputs.uuid },
  });
  return rival;
}

/** A request that was cut off may have made the object, so each further attempt looks first. */
async function insert<I extends Registration>(
  session: Session,
  kind: ObjectKind<I>,
  inputs: I,
): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await kind.insert(session, inputs);
    } catch (error) {
      if (!isRetriable(error) || attempt === INSERT_ATTEMPTS) {
        throw error;
      }
    }
    const made = await findByUuid(session, kind.path, inputs.uuid);
    if (made !== undefined) {
      return made;
    }
  }
}

function validateUuid(inputs: Registration): dynamic.CheckFailure[] {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(inputs.uuid)
    ? []
    : [{ property: "uuid", reason: `uuid must be a lower-case UUID, is "${inputs.uuid}"` }];
}
