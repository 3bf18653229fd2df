import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblems } from "./formats";

test("d3's and Superset's formats are taken, others are named", () => {
  const good = [
    ",.2f",
    ".1%",
    ",d",
    "$,.2f",
    "+.3s",
    "~g",
    ".^20",
    "08.2f",
    "SMART_NUMBER",
    "DURATION",
    "",
  ];
  for (const format of good) assert.deepEqual(formatProblems("metric", { format }), [], format);
  for (const format of [",.f", "#,##0.00", "%.2f", "SMART", ",.2 f"]) {
    assert.match(
      formatProblems('metric "revenue"', { format }).join(),
      /^the format of metric "revenue" must be one of d3-format/,
      format,
    );
  }
});

test("a currency is a code of ISO 4217", () => {
  assert.deepEqual(formatProblems("metric", { currency: "EUR" }), []);
  assert.match(
    formatProblems('metric "revenue"', { currency: "€" }).join(),
    /the currency of metric "revenue" must be a code of ISO 4217, such as "EUR", is "€"/,
  );
});
