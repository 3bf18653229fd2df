import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { registeredResources } from "../render";

describe("the rows of a stream that is removed, or whose datasource is renamed", () => {
  for (const data of ["keep", "delete"]) {
    it(`are dealt with as dataOnDestroy ${data} says`, async () => {
      const registered = await registeredResources("local", {
        "realtime-analytics:dataOnDestroy": data,
      });
      const supervisor = registered.find(({ name }) => name === "demo-ingestion");
      assert.equal(supervisor?.inputs.dataOnDelete, data);
    });
  }
});
