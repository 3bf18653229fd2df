import assert from "node:assert/strict";
import { it } from "node:test";
import { isOfEndedRun } from "./ended-run";

const unavailable = Object.assign(new Error("14 UNAVAILABLE: No connection established."), {
  code: 14,
});

it("errors of calls to an engine that has ended the run are known, whatever wraps their message", () => {
  const serializing = 'error serializing property "outputs": Channel has been shut down';
  for (const error of [
    new Error("Channel has been shut down"),
    new Error(serializing),
    unavailable,
  ])
    assert.equal(isOfEndedRun(error), true, error.message);
});

it("errors of the program, of the network and of a refused call are not among them", () => {
  const refused = Object.assign(new Error("3 INVALID_ARGUMENT: bad"), { code: 3 });
  const network = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  const kafka = Object.assign(new Error("The coordinator is loading"), { code: 14 });
  const others = [new Error("a setting is wrong"), refused, network, kafka, "text", undefined];
  for (const error of others) assert.equal(isOfEndedRun(error), false, String(error));
});
