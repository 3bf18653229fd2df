import assert from "node:assert/strict";
import { test } from "node:test";
import { isWell, renderStatus } from "./screen";
import { section } from "./section";

const now = new Date("2026-11-30T06:24:05.123Z");

test("a section whose service does not answer in time says so, and the others go on", async () => {
  const found = await Promise.all([
    section("Streams", () => new Promise(() => {}), 20),
    section("Disks", async () => {
      throw new Error("no ready pod", { cause: new Error("refused") });
    }),
    section("Versions", async () => ({ summary: "Kubernetes 1.35" })),
  ]);
  assert.equal(isWell(found), false);
  assert.deepEqual(renderStatus("dev", found, { width: 80 }, now).split("\n"), [
    "Stack dev, 2026-11-30 06:24:05 UTC: 2 problems",
    "",
    "Streams",
    "  ! not known: no answer in 0.02 s",
    "",
    "Disks",
    "  ! not known: no ready pod: refused",
    "",
    "Versions: Kubernetes 1.35",
  ]);
});

test("what is longer than the screen ends with the number of lines that are left out", () => {
  const sections = ["A", "B", "C"].map((title) => ({ title, problems: [] }));
  assert.equal(isWell(sections), true);
  const text = renderStatus("local", sections, { width: 80, height: 4 }, now).split("\n");
  assert.equal(text.length, 4);
  assert.equal(text[0], "Stack local, 2026-11-30 06:24:05 UTC: all is well");
  assert.equal(text[3], "… 4 more lines: `make status`");
});
