import assert from "node:assert/strict";
import { it } from "node:test";
import { checkVersion } from "./version";

it("Kubernetes before 1.27 is refused, by name", () => {
  const version = (minor: string) => ({ major: "1", minor, gitVersion: `v1.${minor}.0` });
  for (const minor of ["27", "28+", "35"]) assert.deepEqual(checkVersion(version(minor)), []);
  assert.match(checkVersion(version("26+"))[0]?.found ?? "", /^Kubernetes is v1\.26\+\.0.*1\.27/);
});
