import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { registeredResources } from "../render";
import { providerText } from "./dynamic-resource";
import { providers } from "./providers";

describe("the providers of the custom resources", () => {
  it("are there for each kind that the program registers, under the name that its type has", async () => {
    const images = { kindCluster: "kind", imageRegistry: "" };
    const registered = await registeredResources("local", images);
    const prefix = "pulumi-nodejs:dynamic/";
    const custom = registered.filter(({ type }) => type.startsWith(prefix));
    const kinds = new Set(custom.map(({ type }) => type.slice(prefix.length)));
    assert.deepEqual([...kinds].sort(), Object.keys(providers).sort());
    for (const { type, inputs } of custom) {
      assert.equal(inputs.__provider, providerText(type.slice(prefix.length)));
    }
  });

  it("stay where the states of stacks look for them", () => {
    assert.equal(
      providerText("kafka:Topic"),
      'exports.handler = () => require(require("node:path").resolve("resources/load-provider.cjs"))("kafka:Topic");\n',
    );
  });

  it("of a kind that is not known are an error that says why", () => {
    const load = require("./load-provider.cjs");
    assert.throws(
      () => load("kafka:Queue"),
      /has no provider kafka:Queue: the state is of another/,
    );
  });

  it("tell an error once: the host's own line of it, with a stack trace, is left out", async (context) => {
    const print = context.mock.method(process.stderr, "write", () => true);
    const provider = require("./load-provider.cjs")("kafka:Topic");
    const error: Error = await provider.read("demo").catch((reason: Error) => reason);
    assert.match(error.message, /can only be read with its state/);
    console.error(`${error}: ${error.stack}`);
    assert.equal(print.mock.callCount(), 0);
    console.error("another error");
    assert.equal(print.mock.callCount(), 1);
  });
});
