import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret } from "./values";
import { markSecretsLike } from "./wire";

test("what a provider gives back of a secret is secret, as the CLI marks it", () => {
  const token = new Secret("t");
  const inputs = { token, open: 1, object: { token, open: 2 }, list: [1, token], gone: token };
  const outputs = { token: "t", open: 1, object: { token: "t", open: 2 }, list: [1, "t"], made: 3 };
  assert.deepEqual(markSecretsLike(outputs, inputs), {
    token: new Secret("t"),
    open: 1,
    object: { token: new Secret("t"), open: 2 },
    // Items have no names by which they could be told from each other.
    list: new Secret([1, "t"]),
    made: 3,
  });
  assert.deepEqual(markSecretsLike({ object: "t" }, { object: { token } }), {
    object: new Secret("t"),
  });
});
