import assert from "node:assert/strict";
import { test } from "node:test";
import type { Project } from "./project";
import type { Crypter } from "./secrets";
import { resolveConfig } from "./stack-config";

const crypter: Crypter = {
  salt: "",
  encrypt: (text) => text,
  decrypt: (text) => {
    if (!text.startsWith("sealed-")) throw new Error("bad");
    return text.slice(7);
  },
};

function resolve(
  declared: Project["config"],
  config: Record<string, unknown>,
  overrides: Record<string, string> = {},
) {
  const project: Project = {
    name: "p",
    root: "/",
    main: ".",
    runtimeOptions: {},
    stackConfigDir: "",
    config: declared,
  };
  return resolveConfig(project, { path: "Pulumi.s.yaml", config }, overrides, crypter);
}

test("the command line is over the file, and the file over the defaults", () => {
  const declared = {
    a: { type: "integer", default: 1 },
    b: { type: "integer", default: 1 },
    c: { type: "integer", default: 1 },
  } as const;
  const { values } = resolve(declared, { "p:b": 2, c: 2 }, { c: "3" });
  assert.deepEqual(values, { "p:a": "1", "p:b": "2", "p:c": "3" });
});

test("objects and lists reach the program as JSON, other packages' keys as they are", () => {
  const { values } = resolve({}, { list: [1, "x"], map: { a: true }, "kubernetes:context": "k" });
  assert.deepEqual(values, {
    "p:list": '[1,"x"]',
    "p:map": '{"a":true}',
    "kubernetes:context": "k",
  });
});

test("a value of a wrong type is refused, naming file, key, value and what is allowed", () => {
  assert.throws(
    () => resolve({ n: { type: "integer" } }, { n: "many" }),
    /^Error: Pulumi\.s\.yaml: p:n must be of type integer, is "many"$/,
  );
  assert.throws(
    () => resolve({ l: { type: "array", items: { type: "string" } } }, { l: [1] }),
    /p:l must be of type array of string, is \[1\]/,
  );
  assert.doesNotThrow(() =>
    resolve({ n: { type: "integer" }, f: { type: "boolean" } }, { n: "3", f: "true" }),
  );
});

test("a key that is declared without a default is required", () => {
  assert.throws(
    () => resolve({ n: { type: "string", description: "what for" } }, {}),
    /the key p:n is missing\. .* \(what for\)/,
  );
});

test("secure values are decrypted and marked, at any depth", () => {
  const { values, secretKeys } = resolve(
    {},
    { a: { secure: "sealed-x" }, b: { c: [{ secure: "sealed-y" }] } },
  );
  assert.deepEqual(values, { "p:a": "x", "p:b": '{"c":["y"]}' });
  assert.deepEqual(secretKeys, ["p:a", "p:b"]);
  assert.throws(
    () => resolve({}, { a: { secure: "other" } }),
    /Pulumi\.s\.yaml: a could not be decrypted/,
  );
});
