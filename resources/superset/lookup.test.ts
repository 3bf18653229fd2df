import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { FakeSuperset } from "../testing/fake-superset";
import { openSession, type Session } from "./api";
import { findByUuid, findObjects } from "./lookup";

let superset: FakeSuperset;
let session: Session;
beforeEach(async () => {
  superset = new FakeSuperset();
  const url = await superset.start();
  session = await openSession(url, { username: "admin", password: superset.password });
});
afterEach(() => superset.stop());

/** What Superset answers next to a list of charts, instead of what was asked for. */
function answerNext(...results: object[][]): void {
  const answers = results.map((result) => ({
    call: "GET /api/v1/chart/",
    status: 200,
    body: { result },
  }));
  superset.failures.push(...answers);
}

test("an answer with another's object in it, or with none, is asked for again", async () => {
  const id = superset.add("chart", { uuid: "own" });
  answerNext([{ id: 9, uuid: "other" }], [], [{ id: 8, uuid: "third" }]);
  assert.equal(await findByUuid(session, "chart", "own"), id);
  assert.equal(superset.failures.length, 0);
});

test("none twice running is none", async () => {
  assert.equal(await findByUuid(session, "chart", "own"), undefined);
  answerNext([{ id: 9, uuid: "other" }], [], []);
  assert.equal(await findByUuid(session, "chart", "own"), undefined);
  assert.equal(superset.failures.length, 0);
});

test("what passes the filters only by the server's rules is left out", async () => {
  const rows = [{ id: 5, slice_name: "percent" }];
  answerNext(rows, rows);
  assert.deepEqual(
    await findObjects(session, "chart", [{ column: "slice_name", value: "Percent" }]),
    [],
  );
});

test("a filter over another object is proven by that object's column", async () => {
  const id = superset.add("dataset", { table_name: "demo", database: { id: 2 } });
  superset.add("dataset", { table_name: "demo", database: { id: 3 } });
  const filters = [
    { column: "database", operator: "rel_o_m", value: 2, answered: "database.id" },
    { column: "table_name", value: "demo" },
  ];
  assert.deepEqual(await findObjects(session, "dataset", filters), [id]);
});

test("answers that never agree are an error", async () => {
  answerNext(...Array.from({ length: 20 }, (_, id) => [{ id, uuid: `other ${id}` }]));
  await assert.rejects(
    findByUuid(session, "chart", "own"),
    /Superset gave 10 different lists of charts in answer to one question/,
  );
});

test("lists of one kind are asked for one after the other", async () => {
  const names = ["a", "b", "c", "d"];
  const ids = names.map((uuid) => superset.add("chart", { uuid }));
  superset.answerAfterMs = 5;
  const found = await Promise.all(names.map((name) => findByUuid(session, "chart", name)));
  assert.deepEqual(found, ids);
  assert.equal(superset.mostAtOnce, 1);
});
