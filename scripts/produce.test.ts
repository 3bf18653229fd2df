import assert from "node:assert/strict";
import { test } from "node:test";
import { prices, shop } from "../pipelines/testing/streams";
import { chooseSpec, takeOption } from "./produce";

test("the stream is the one that is named, or the only one that declares a producer", () => {
  const silent = { ...prices, name: "silent", producer: undefined };
  assert.equal(chooseSpec([silent, prices, shop], "web-shop").name, "web-shop");
  assert.equal(chooseSpec([silent, prices], undefined).name, "prices");
  const refused = (streams: Parameters<typeof chooseSpec>[0], name?: string) => {
    try {
      return chooseSpec(streams, name).name;
    } catch (error) {
      return String(error);
    }
  };
  assert.match(refused([silent, prices, shop]), /declares `producer` \(prices, web-shop\)$/);
  assert.match(refused([silent, prices], "silent"), /\(prices\), is "silent"$/);
  assert.match(refused([]), /\(there is none\)$/);
});

test("an option is taken out of the command line in both of its forms", () => {
  const args = ["--rate", "10", "--stream", "demo", "--count", "1"];
  const rest = ["--rate", "10", "--count", "1"];
  assert.deepEqual(takeOption(args, "stream"), { value: "demo", rest });
  const joined = ["--rate", "10", "--stream=demo", "--count", "1"];
  assert.deepEqual(takeOption(joined, "stream"), { value: "demo", rest });
  assert.deepEqual(takeOption(rest, "stream"), { rest });
});
