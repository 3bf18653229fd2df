import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fullKey } from "../settings/config-key";
import { nextRotation } from "./rotate-secrets";

for (const notation of [(key: string) => key, fullKey]) {
  const file = `# Ours.\nconfig:\n  ${notation("namespace")}: ours # fixed\n`;
  const generation = `  ${notation("secretsGeneration")}: `;

  describe(`a rotation in a file with the key ${notation("secretsGeneration")}`, () => {
    test("counts the generation up by one, and leaves what else stands in the file", () => {
      assert.deepEqual(nextRotation(`${file}${generation}2\n`, 2), {
        text: `${file}${generation}3\n`,
        generation: 3,
        resumed: false,
      });
    });

    test("continues one that was interrupted, and no further one begins", () => {
      const text = `${file}${generation}"3"\n`;
      assert.deepEqual(nextRotation(text, 2), { text, generation: 3, resumed: true });
    });
  });
}

test("the first rotation adds the generation to the file", () => {
  const file = "config:\n  namespace: ours\n";
  assert.deepEqual(nextRotation(file, 1), {
    text: `${file}  secretsGeneration: 2\n`,
    generation: 2,
    resumed: false,
  });
});

test("a file without config is given one", () => {
  assert.equal(nextRotation("config: {}\n", 1).generation, 2);
});
