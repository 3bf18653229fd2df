import assert from "node:assert/strict";
import { test } from "node:test";
import { objectUuid } from "./uuid";

test("the same names give the same UUID of version 5, other names another", () => {
  const uuid = objectUuid("project", "stack", "demo", "chart");
  assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(objectUuid("project", "stack", "demo", "chart"), uuid);
  assert.notEqual(objectUuid("project", "other", "demo", "chart"), uuid);
  assert.notEqual(objectUuid("project", "stack", "demochart", ""), uuid);
});
