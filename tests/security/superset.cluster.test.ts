/** The registrations have a user of their own in Superset, who needs no administrator and can't be one. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { objectOf, objectsOf } from "../../resources/json";
import { isStatus, openSession, request, type Session } from "../../resources/superset/api";
import type { StackOutputs } from "../../verify/outputs";
import { EditedFile } from "../support/edited-file";
import { mustMake, standUp, withService } from "../support/stack";

const values = new EditedFile("charts-values/superset.yaml");
const byHand = "set-in-superset-by-hand";
let outputs: StackOutputs;
before(async () => {
  outputs = await standUp();
});
after(() => values.putBack());

function as<T>(username: string, password: string, use: (session: Session) => Promise<T>) {
  return withService(outputs, "superset", async (url) =>
    use(await openSession(url, { username, password })),
  );
}

const ask = (session: Session, method: "GET" | "PUT", path: string, json?: object) =>
  request(session, { method, path: `/api/v1/${path}`, about: path, json });

async function setPassword(session: Session, password: string): Promise<void> {
  const { result } = await ask(session, "GET", "security/users/");
  const user = objectsOf(result).find(({ username }) => username === outputs.supersetUsername);
  assert.ok(user, "the administrator is not in the list of users");
  await ask(session, "PUT", `security/users/${user.id}`, { password });
}

test("the registrar changes what others own, and sees no users or roles", async () => {
  const { supersetRegistrarUsername: username, supersetRegistrarPassword: password } = outputs;
  await as(username, password, async (session) => {
    for (const path of ["security/users/", "security/roles/"]) {
      await assert.rejects(ask(session, "GET", path), (error) => isStatus(error, 403));
    }
    const { result } = await ask(session, "GET", "dashboard/");
    assert.ok(objectsOf(result).length > 0);
  });
});

test("a password that the administrator sets in Superset breaks no up, and a new setup leaves it", async () => {
  const { supersetUsername: username, supersetPassword: made } = outputs;
  await as(username, made, (session) => setPassword(session, byHand));
  try {
    // Another config has the setup Job run again; drift has the registrations write.
    values.write(values.original.replace(`config: ""`, `config: APP_NAME = "Tried"`));
    await as(username, byHand, async (session) => {
      const { result } = await ask(session, "GET", "dashboard/");
      const [dashboard] = objectsOf(result);
      await ask(session, "PUT", `dashboard/${objectOf(dashboard).id}`, { css: "/* by hand */" });
    });
    await mustMake("refresh");
    await mustMake("up");
    await mustMake("verify");
    await as(username, byHand, async () => undefined);
    await assert.rejects(
      as(username, made, async () => undefined),
      (error) => isStatus(error, 401),
    );
  } finally {
    await as(username, byHand, (session) => setPassword(session, made));
  }
});
