import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { scramVerifier } from "./scram";

describe("what PostgreSQL stores of a password", () => {
  it("is the same in each run, and another for another role or password", () => {
    const verifier = scramVerifier("superset", "one");
    assert.equal(scramVerifier("superset", "one"), verifier);
    assert.notEqual(scramVerifier("druid", "one"), verifier);
    assert.notEqual(scramVerifier("superset", "two"), verifier);
  });

  it("has PostgreSQL's form, without a quote or the password", () => {
    const verifier = scramVerifier("superset", "a-pass-word");
    assert.match(verifier, /^SCRAM-SHA-256\$4096:[\w+/]{22}==\$[\w+/]{43}=:[\w+/]{43}=$/);
    assert.doesNotMatch(verifier, /a-pass-word/);
  });
});
