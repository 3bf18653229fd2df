import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { discoverStreams } from "../pipelines";
import { registeredResources } from "../render";

describe("the rows of a stream that is removed, or whose datasource is renamed", () => {
  for (const data of ["keep", "delete"]) {
    it(`are dealt with as dataOnDestroy ${data} says`, async () => {
      const registered = await registeredResources("local", {
        dataOnDestroy: data,
      });
      const supervisors = registered.filter(({ name }) => name.endsWith("-ingestion"));
      assert.deepEqual(
        supervisors.map(({ inputs }) => inputs.dataOnDelete),
        discoverStreams().map(() => data),
      );
    });
  }
});
