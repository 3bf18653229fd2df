import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { administration, reading, securityProperties } from "./security";

const users = (internalUsername: string) => ({ store: "stack-1234", internalUsername });

describe("Druid's security", () => {
  it("lets a process in by one store alone, and never holds a password", () => {
    const own = securityProperties("broker", users("druid_system"));
    assert.equal(own["druid.auth.authenticatorChain"], '["stack-1234"]');
    assert.equal(own["druid.auth.authorizers"], '["stack-1234"]');
    assert.equal(own["druid.escalator.internalClientUsername"], "druid_system");
    const passwords = Object.entries(own).filter(([key]) => key.endsWith("Password"));
    assert.equal(passwords.length, 2);
    for (const [, value] of passwords) {
      assert.equal(value, '{"type":"environment","variable":"DRUID_INTERNAL_PASSWORD"}');
    }
  });

  it("has the Coordinator make the first internal user, and none that a later one took the place of", () => {
    const initial = "druid.auth.authenticator.stack-1234.initialInternalClientPassword";
    assert.ok(initial in securityProperties("coordinator", users("druid_system")));
    assert.ok(!(initial in securityProperties("coordinator", users("druid_system_2"))));
  });

  it("opens to the kubelet alone what its probes ask", () => {
    const own = securityProperties("router", users("druid_system"));
    assert.equal(own["druid.auth.unsecuredPaths"], '["/status/selfDiscovered/status"]');
  });

  it("keeps files and addresses from the administrator", () => {
    assert.equal(
      securityProperties("broker", users("druid_system"))["druid.auth.enableInputSourceSecurity"],
      true,
    );
    const [sources, ...more] = administration.filter(({ type }) => type === "EXTERNAL");
    assert.deepEqual(more, []);
    for (const name of ["local", "http", "s3", "hdfs"]) {
      assert.doesNotMatch(name, new RegExp(`^(?:${sources?.name})$`));
    }
  });

  it("lets a reader query the tables of these names, and those of no similar name", () => {
    const permissions = reading(["demo", "a.b"]);
    assert.deepEqual(
      new Set(permissions.map(({ type, action }) => `${action} ${type}`)),
      new Set(["READ DATASOURCE"]),
    );
    const mayRead = (table: string) =>
      permissions.some(({ name }) => new RegExp(`^(?:${name})$`).test(table));
    assert.deepEqual(["demo", "a.b", "axb", "demo2"].map(mayRead), [true, true, false, false]);
  });
});
