import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { querySql } from "./druid/api";
import { fetchAs, splitLogin, withLogin } from "./http-login";

const login = { username: "a person", password: "p@ss:w/rd#?%" };

test("a login goes into an address and comes out of it again, whatever is in it", () => {
  for (const url of ["http://127.0.0.1:8888", "https://druid.example/path"]) {
    const address = withLogin(url, login);
    assert.deepEqual(splitLogin(address), { url, login });
    assert.deepEqual(splitLogin(`${address}/druid/v2/sql?a=@b`), {
      url: `${url}/druid/v2/sql?a=@b`,
      login,
    });
    assert.equal(withLogin(url, undefined), url);
    assert.deepEqual(splitLogin(`${url}/user@host`), { url: `${url}/user@host` });
  }
});

test("a request is made as the user of the address, and a refusal names the user and no password", async () => {
  const server = createServer((request, response) => {
    response.statusCode = 401;
    response.end(`<html><title>Error 401 ${request.headers.authorization}</title></html>`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const response = await fetchAs(withLogin(url, login));
    const sent = Buffer.from(`${login.username}:${login.password}`).toString("base64");
    assert.match(await response.text(), new RegExp(`Basic ${sent}<`));
    assert.match(await (await fetchAs(url)).text(), /undefined</);
    await assert.rejects(querySql(withLogin(url, login), "SELECT 1"), ({ message }: Error) => {
      assert.match(message, /^Druid refused POST \/druid\/v2\/sql with 401: user "a person" /);
      assert.match(message, /make refresh/);
      assert.doesNotMatch(message, /p@ss|p%40ss|Basic/);
      return true;
    });
    await assert.rejects(querySql(url, "SELECT 1"), /401: it asks for a user and a password$/);
  } finally {
    server.close();
  }
  await assert.rejects(querySql(withLogin(url, login), "SELECT 1"), ({ message }: Error) => {
    assert.match(message, /did not answer/);
    assert.doesNotMatch(message, /p@ss|p%40ss/);
    return true;
  });
});
