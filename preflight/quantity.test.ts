import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { amountOf } from "../components/kubernetes/quantity";
import { holds, shown } from "./quantity";

describe("quantities", () => {
  it("are read in every form that an API server writes", () => {
    const forms: [string | number | undefined, number][] = [
      ["250m", 0.25],
      ["2", 2],
      [2, 2],
      ["1.5Gi", 1.5 * 2 ** 30],
      ["129e6", 129e6],
      ["1E", 1e18],
      ["500000n", 0.0005],
      ["128974848", 128974848],
      [undefined, 0],
    ];
    for (const [quantity, expected] of forms) {
      assert.ok(Math.abs(amountOf(quantity) - expected) < 1e-9, `${quantity}`);
    }
  });

  it("are compared without the errors of fractions, and shown in cores and GiB", () => {
    assert.equal(holds({ cpu: 0.3, memory: 1 }, { cpu: 0.1 + 0.2, memory: 1 }), true);
    assert.equal(holds({ cpu: 0.3, memory: 1 }, { cpu: 0.31, memory: 1 }), false);
    assert.equal(shown({ cpu: 0.1 + 0.2, memory: 1.5 * 2 ** 30 }), "0.3 CPU and 1.5 GiB of memory");
  });
});
