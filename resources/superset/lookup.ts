/**
 * Finding objects by their keys. Superset's lists share one set of filters between the requests that it works on at
 * once, so that an answer can be another request's, with another's object in it or without one's own:
 * https://github.com/apache/superset/issues/33828, https://github.com/dpgaspar/Flask-AppBuilder/issues/2366. What comes of
 * trusting it is another chart overwritten, so no answer is taken here for what it doesn't prove.
 */

import { objectOf, objectsOf } from "../json";
import { type ObjectPath, request, type Session } from "./api";

export interface Filter {
  readonly column: string;
  /** FAB's operator; default `eq`. */
  readonly operator?: string;
  readonly value: string | number;
  /** The answer's column that has the value, such as `database.id`; default: `column`. */
  readonly answered?: string;
}

/** How often an answer may differ from the one before it. */
const ATTEMPTS = 10;

/** The id of the object that has this UUID, or undefined. */
export async function findByUuid(
  session: Session,
  path: ObjectPath,
  uuid: string,
): Promise<number | undefined> {
  const [found] = await findObjects(session, path, [{ column: "uuid", value: uuid }]);
  return found;
}

/**
 * The ids of the objects that pass all filters, at most 100.
 *
 * @throws Error when Superset keeps answering otherwise each time; SupersetError as `request` does.
 */
export async function findObjects(
  session: Session,
  path: ObjectPath,
  filters: readonly Filter[],
): Promise<number[]> {
  let before: string | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const rows = await list(session, path, filters);
    const own = rows.filter((row) => filters.every((filter) => passes(row, filter)));
    const said = JSON.stringify(rows);
    // Nothing at all proves nothing, and nor does a row that wasn't asked for: such an answer counts if it is given
    // twice running, as by a metadata database that compares without regard to case.
    if ((rows.length > 0 && own.length === rows.length) || said === before) {
      return own.map(({ id }) => id).filter((id) => typeof id === "number");
    }
    before = said;
  }
  throw new Error(
    `Superset gave ${ATTEMPTS} different lists of ${path}s in answer to one question: its log says who else asks`,
  );
}

async function list(
  session: Session,
  path: ObjectPath,
  filters: readonly Filter[],
): Promise<Record<string, unknown>[]> {
  const columns = ["id", ...filters.map(({ column, answered = column }) => answered)];
  const conditions = filters.map(
    ({ column, operator = "eq", value }) =>
      `(col:${column},opr:${operator},value:${typeof value === "number" ? value : risonText(value)})`,
  );
  const query = `(columns:!(${columns.join(",")}),filters:!(${conditions.join(",")}),page_size:100)`;
  const answer = await request(session, {
    method: "GET",
    path: `/api/v1/${path}/?q=${encodeURIComponent(query)}`,
    about: `the list of ${path}s`,
    oneAtATime: `list of ${path}s`,
  });
  return objectsOf(answer.result);
}

function passes(row: Record<string, unknown>, { column, answered = column, value }: Filter) {
  const given = answered.split(".").reduce<unknown>((part, key) => objectOf(part)[key], row);
  return given === value;
}

/** A string in Rison, the notation of the API's list queries. */
function risonText(text: string): string {
  return `'${text.replace(/[!']/g, (mark) => `!${mark}`)}'`;
}
