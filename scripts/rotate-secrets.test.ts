import assert from "node:assert/strict";
import { test } from "node:test";
import { nextRotation } from "./rotate-secrets";

const file = "# Ours.\nconfig:\n  realtime-analytics:namespace: ours # fixed\n";
const generation = "  realtime-analytics:secretsGeneration: ";

test("the generation is counted up by one, and what else stands in the file stays", () => {
  const first = nextRotation(file, 1);
  assert.deepEqual(first, { text: `${file}${generation}2\n`, generation: 2, resumed: false });
  const second = nextRotation(first.text, 2);
  assert.deepEqual(second, { text: `${file}${generation}3\n`, generation: 3, resumed: false });
});

test("a rotation that was interrupted continues, and no further one begins", () => {
  const text = `${file}${generation}"3"\n`;
  assert.deepEqual(nextRotation(text, 2), { text, generation: 3, resumed: true });
});

test("a file without config is given one", () => {
  assert.equal(nextRotation("config: {}\n", 1).generation, 2);
});
