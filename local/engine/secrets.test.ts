import assert from "node:assert/strict";
import { test } from "node:test";
import { createCrypter, openCrypter } from "./secrets";

// Salt and value were made by the Pulumi CLI, with the passphrase `golden`.
const salt = "v1:cS29qNWZaI0=:v1:hhB1PnDLptTun90/:lI9JZAD+TBsxokNh1Oonn8QH1zlaqQ==";
const sealed = "v1:o1UM+IwOSXaqzLT7:PN29REUHoohfkci4wsYKOZ5bm7guow==";

test("a value that the CLI encrypted is decrypted, and no other passphrase opens its salt", async () => {
  const crypter = await openCrypter("golden", salt, "x.yaml");
  assert.equal(crypter.decrypt(sealed), "s3cr3t");
  await assert.rejects(
    openCrypter("silver", salt, "x.yaml"),
    /^Error: x.yaml: the passphrase is not the one/,
  );
});

test("each encryption is another, and comes back the same", async () => {
  const crypter = await createCrypter("x");
  const again = await openCrypter("x", crypter.salt, "x.yaml");
  const [one, two] = [crypter.encrypt("grüße"), crypter.encrypt("grüße")];
  assert.notEqual(one, two);
  assert.equal(again.decrypt(one), "grüße");
});

test("a damaged value is refused", async () => {
  const crypter = await createCrypter("x");
  const sealedValue = crypter.encrypt("value");
  const damaged = sealedValue.slice(0, -6) + (sealedValue.endsWith("AAAA==") ? "BBBB==" : "AAAA==");
  assert.throws(() => crypter.decrypt(damaged));
});
