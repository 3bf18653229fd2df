/**
 * Finding objects by their keys. Superset's lists share one set of filters between the requests that it works on at
 * once, so that an answer can contain the objects of another request, or lack those asked for:
 * https://github.com/apache/superset/issues/33828, https://github.com/dpgaspar/Flask-AppBuilder/issues/2366. A wrong
 * answer would overwrite another chart, so an answer counts only when it is proven here.
 */

import { objectOf, objectsOf } from "../json";
import { getObject, type ObjectPath, request, type Session } from "./api";

export interface Filter {
  readonly column: string;
  /** FAB's operator. Default: `eq`. */
  readonly operator?: string;
  readonly value: string | number;
  /** The answer's column that has the value, such as `database.id`. Default: `column`. */
  readonly answered?: string;
}

/** How many answers may differ from each other. */
const attempts = 10;

/** The id of the object that has this UUID, or undefined. */
export async function findByUuid(
  session: Session,
  path: ObjectPath,
  uuid: string,
): Promise<number | undefined> {
  const [found] = await findObjects(session, path, [{ column: "uuid", value: uuid }]);
  return found;
}

/** The UUID of an object that is there. */
export async function uuidOf(session: Session, path: ObjectPath, id: number): Promise<string> {
  const { uuid } = objectOf(await getObject(session, path, id));
  if (typeof uuid !== "string") throw new Error(`Superset tells no UUID of ${path} ${id}`);
  return uuid;
}

/**
 * The ids of the objects that pass all filters, at most 100.
 *
 * @throws Error when Superset gives another answer each time; SupersetError as `request` does.
 */
export async function findObjects(
  session: Session,
  path: ObjectPath,
  filters: readonly Filter[],
): Promise<number[]> {
  let before: string | undefined;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const rows = await list(session, path, filters);
    const own = rows.filter((row) => filters.every((filter) => passes(row, filter)));
    const answer = JSON.stringify(rows);
    // An empty answer proves nothing, nor does one with a row that was not asked for. Such an answer counts when it is
    // given twice in a row, as by a metadata database that ignores case.
    if ((rows.length > 0 && own.length === rows.length) || answer === before) {
      return own.map(({ id }) => id).filter((id) => typeof id === "number");
    }
    before = answer;
  }
  throw new Error(
    `Superset gave ${attempts} different lists of ${path}s in answer to one question: its log says who else asks`,
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
