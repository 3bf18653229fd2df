import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { canonicalQuantity } from "./quantity";

describe("a quantity in canonical form", () => {
  // What an API server 1.35 gives back for each.
  const forms: [given: string | number, canonical: string | number][] = [
    ["0.5", "500m"],
    ["0.01", "10m"],
    [1, "1"],
    ["1000m", "1"],
    ["1024Mi", "1Gi"],
    ["0.125Gi", "128Mi"],
    ["1.5Gi", "1536Mi"],
    ["100M", "100M"],
    ["1000M", "1G"],
    ["1e3", "1e3"],
    ["1500", "1500"],
    ["0", "0"],
    ["50", "50"],
    ["20480Mi", "20Gi"],
    ["many", "many"],
  ];
  for (const [given, canonical] of forms) {
    it(`is ${canonical} for ${given}`, () => {
      assert.equal(canonicalQuantity(given), canonical);
    });
  }
});
