/** The tests' stack restricts what comes in. What goes out is restricted on the rehearsal's (12-staging). */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { StackOutputs } from "../../verify/outputs";
import {
  accepted,
  apiServer,
  declaredPorts,
  everyPair,
  runningPods,
  standUpStranger,
} from "../support/network";
import { standUp } from "../support/stack";

let outputs: StackOutputs;
let stranger: Awaited<ReturnType<typeof standUpStranger>>;
before(async () => {
  outputs = await standUp();
  stranger = await standUpStranger();
});
after(() => stranger?.remove());

test("a stranger reaches no port of the stack, and the stack's pods reach each other and him", async () => {
  const pods = await runningPods(outputs.namespace);
  const ports = declaredPorts(pods);
  assert.ok(ports.length >= 10, JSON.stringify(ports));
  const outside = [stranger.port, apiServer];
  // One pod: whatever goes out passes, and that the others get in is the next line's.
  const [first] = pods;
  assert.ok(first);
  const all = [...ports, ...outside];
  assert.deepEqual(await accepted([stranger.pod], all), everyPair([stranger.pod], outside).sort());
  assert.deepEqual(await accepted([first], all), everyPair([first], all).sort());
});
